# bash completion for microflow
_microflow() {
    local current=${COMP_WORDS[COMP_CWORD]}
    local previous=${COMP_WORDS[COMP_CWORD-1]}
    local command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W \
            'compile run inspect help --help --version' -- "$current")
        return
    fi
    case $command,$previous in
        help,*)
            mapfile -t COMPREPLY < <(compgen -W 'compile run inspect' \
                -- "$current")
            return ;;
        compile,-o | compile,--output)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            return ;;
        compile,--optimize)
            mapfile -t COMPREPLY < <(compgen -W 'size speed' -- "$current")
            return ;;
        compile,-n | compile,--name | compile,--dump-after | \
            compile,-t | compile,--target)
            return ;;
        run,-i | run,--input | run,-o | run,--output)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return ;;
    esac
    case $command,$current in
        compile,-*)
            mapfile -t COMPREPLY < <(compgen -W '--output --name --target --optimize
                --driver --dump-after --help' -- "$current") ;;
        run,-*)
            mapfile -t COMPREPLY < <(compgen -W '--input --output --help' \
                -- "$current") ;;
        inspect,-*)
            mapfile -t COMPREPLY < <(compgen -W '--json --help' \
                -- "$current") ;;
        compile,* | run,* | inspect,*)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current"
                compgen -f -X '!*.tflite' -- "$current") ;;
    esac
}
complete -F _microflow microflow
