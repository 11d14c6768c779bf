# fish completion for microflow
set -l commands compile run inspect bench targets help
set -l none "not __fish_seen_subcommand_from $commands"
complete -c microflow -f
complete -c microflow -n $none -a compile -d 'write a model as C99'
complete -c microflow -n $none -a run -d 'run a model on this machine'
complete -c microflow -n $none -a inspect \
    -d 'list layers, shapes, costs and the memory map'
complete -c microflow -n $none -a bench \
    -d "measure a model in a target's simulator"
complete -c microflow -n $none -a targets -d 'list what code can be made for'
complete -c microflow -n $none -a help -d 'print the help of a command'
complete -c microflow -n $none -l version -d 'print the version'
complete -c microflow -s h -l help -d 'print help'
complete -c microflow -n '__fish_seen_subcommand_from help' \
    -a 'compile run inspect bench targets'
complete -c microflow \
    -n '__fish_seen_subcommand_from compile run inspect bench' \
    -k -a '(__fish_complete_suffix .tflite)'
complete -c microflow -n '__fish_seen_subcommand_from compile' \
    -s o -l output -x -a '(__fish_complete_directories)' -d 'where to write'
complete -c microflow -n '__fish_seen_subcommand_from compile' \
    -s n -l name -x -d 'what generated names start with'
complete -c microflow -n '__fish_seen_subcommand_from compile inspect bench' \
    -s t -l target -x -a '(microflow targets --json 2>/dev/null |
        string match -rg "\"name\":\\s*\"(.*)\",\$")' \
    -d 'what to make the code for'
complete -c microflow -n '__fish_seen_subcommand_from compile inspect bench' \
    -l optimize -x -a 'ram size speed' -d 'kernel copies, or least RAM'
complete -c microflow -n '__fish_seen_subcommand_from compile inspect bench' \
    -l ram-limit -x -d 'bytes of arena'
complete -c microflow -n '__fish_seen_subcommand_from compile inspect bench' \
    -l region -x -d 'NAME=BYTES,COST of a memory of the arena'
complete -c microflow -n '__fish_seen_subcommand_from compile inspect' \
    -s i -l input -x -a 'push resident' -d 'how the input comes'
complete -c microflow -n '__fish_seen_subcommand_from inspect' \
    -l svg -r -F -d 'write the memory map as a picture'
complete -c microflow -n '__fish_seen_subcommand_from inspect' \
    -l pareto -d 'list RAM against instructions'
complete -c microflow -n '__fish_seen_subcommand_from compile' \
    -l driver -d 'also write a main()'
complete -c microflow -n '__fish_seen_subcommand_from compile' \
    -l selftest -d 'also write NAME_selftest()'
complete -c microflow -n '__fish_seen_subcommand_from compile' \
    -l guard -x -a 'arena weights' -d 'what the program can check'
complete -c microflow -n '__fish_seen_subcommand_from compile' \
    -l evidence -x -a '(__fish_complete_directories)' \
    -d 'what is known of the code, as files'
complete -c microflow -n '__fish_seen_subcommand_from compile' \
    -l custom -x -d 'NAME=HEADER:FUNCTION of a custom operator'
complete -c microflow -n '__fish_seen_subcommand_from compile' \
    -l dump-after -x -d 'print the graph after a pass'
complete -c microflow -n '__fish_seen_subcommand_from run bench' \
    -s i -l input -r -F -d 'frames'
complete -c microflow -n '__fish_seen_subcommand_from run' \
    -s o -l output -r -F -d 'outputs'
complete -c microflow -n '__fish_seen_subcommand_from bench' \
    -l spread -x -d 'random inputs to compare the counts of'
complete -c microflow \
    -n '__fish_seen_subcommand_from inspect bench targets' \
    -l json -d 'for programs to read'
