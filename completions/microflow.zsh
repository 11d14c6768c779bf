#compdef microflow
_microflow() {
  local -a commands=(
    'compile:write a model as C99'
    'run:run a model on this machine'
    'inspect:list layers, shapes, costs and the memory map'
    "bench:measure a model in a target's simulator"
    'targets:list what code can be made for'
    'help:print the help of a command'
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _describe option '(--help:print\ help --version:print\ the\ version)'
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  local targets=$(microflow targets --json 2>/dev/null |
    sed -n 's/^.*"name":[[:space:]]*"\(.*\)",$/\1/p' | tr '\n' ' ')
  case $command in
    compile)
      _arguments '(-o --output)'{-o,--output}'[where to write]:directory:_files -/' \
        '(-n --name)'{-n,--name}'[what generated names start with]:name:' \
        '(-t --target)'{-t,--target}"[what to make the code for]:target:($targets)" \
        '--optimize[kernel copies, or least RAM]:what:(ram size speed)' \
        '--ram-limit[bytes of arena]:bytes:' \
        '*--region[a memory of the arena]:NAME=BYTES,COST:' \
        '(-i --input)'{-i,--input}'[how the input comes]:how:(push resident)' \
        '--driver[also write a main()]' \
        '--selftest[also write NAME_selftest()]' \
        '*--guard[what the program can check]:what:(arena weights)' \
        '--evidence[what is known of the code, as files]:directory:_files -/' \
        '*--custom[a custom operator]:NAME=HEADER\:FUNCTION:' \
        '--dump-after[print the graph after a pass]:pass:' \
        '(- *)'{-h,--help}'[print help]' \
        '*:model:_files -g "*.tflite"' ;;
    run)
      _arguments '(-i --input)'{-i,--input}'[frames]:file:_files' \
        '(-o --output)'{-o,--output}'[outputs]:file:_files' \
        '(- *)'{-h,--help}'[print help]' \
        '1:model:_files -g "*.tflite"' ;;
    inspect)
      _arguments '(-t --target)'{-t,--target}"[what to plan for]:target:($targets)" \
        '--optimize[kernel copies, or least RAM]:what:(ram size speed)' \
        '--ram-limit[bytes of arena]:bytes:' \
        '*--region[a memory of the arena]:NAME=BYTES,COST:' \
        '(-i --input)'{-i,--input}'[how the input comes]:how:(push resident)' \
        '--svg[write the memory map as a picture]:file:_files' \
        '--pareto[list RAM against instructions]' \
        '--json[for programs to read]' \
        '(- *)'{-h,--help}'[print help]' \
        '1:model:_files -g "*.tflite"' ;;
    bench)
      _arguments '(-t --target)'{-t,--target}"[what to build for]:target:($targets)" \
        '--optimize[kernel copies, or least RAM]:what:(ram size speed)' \
        '(-i --input)'{-i,--input}'[frames]:file:_files' \
        '--spread[random inputs to compare the counts of]:count:' \
        '--json[for programs to read]' \
        '(- *)'{-h,--help}'[print help]' \
        '1:model:_files -g "*.tflite"' ;;
    targets)
      _arguments '--json[for programs to read]' \
        '(- *)'{-h,--help}'[print help]' ;;
    help)
      _describe command commands ;;
  esac
}
_microflow "$@"
