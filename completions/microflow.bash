# bash completion for microflow
_microflow_targets() {
    microflow targets --json 2>/dev/null |
        sed -n 's/^.*"name":[[:space:]]*"\(.*\)",$/\1/p'
}
_microflow() {
    local current=${COMP_WORDS[COMP_CWORD]}
    local previous=${COMP_WORDS[COMP_CWORD-1]}
    local command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W \
            'compile run inspect bench targets help --help
                --version' -- "$current")
        return
    fi
    case $command,$previous in
        help,*)
            mapfile -t COMPREPLY < <(compgen -W 'compile run inspect bench
                targets' \
                -- "$current")
            return ;;
        compile,-o | compile,--output | compile,--evidence)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            return ;;
        *,--optimize)
            mapfile -t COMPREPLY < <(compgen -W 'ram size speed' \
                -- "$current")
            return ;;
        compile,-n | compile,--name | compile,--custom | compile,--dump-after)
            return ;;
        *,-t | *,--target)
            mapfile -t COMPREPLY < <(compgen -W "$(_microflow_targets)" \
                -- "$current")
            return ;;
        inspect,--svg)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return ;;
        compile,-i | compile,--input | inspect,-i | inspect,--input)
            mapfile -t COMPREPLY < <(compgen -W 'push resident' -- "$current")
            return ;;
        compile,--guard)
            mapfile -t COMPREPLY < <(compgen -W 'arena weights' -- "$current")
            return ;;
        *,--ram-limit | *,--region | bench,--spread)
            return ;;
        run,-i | run,--input | run,-o | run,--output | bench,-i | \
            bench,--input)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return ;;
    esac
    case $command,$current in
        compile,-*)
            mapfile -t COMPREPLY < <(compgen -W '--output --name --target --optimize
                --ram-limit --region --input --driver --selftest --guard --evidence --custom --dump-after --help' -- "$current") ;;
        run,-*)
            mapfile -t COMPREPLY < <(compgen -W '--input --output --help' \
                -- "$current") ;;
        bench,-*)
            mapfile -t COMPREPLY < <(compgen -W '--target --optimize --input
                --spread --json --help' -- "$current") ;;
        inspect,-*)
            mapfile -t COMPREPLY < <(compgen -W '--target --optimize
                --ram-limit --region --input --svg --pareto --json --help' \
                -- "$current") ;;
        targets,-*)
            mapfile -t COMPREPLY < <(compgen -W '--json --help' \
                -- "$current") ;;
        compile,* | run,* | inspect,* | bench,*)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current"
                compgen -f -X '!*.tflite' -- "$current") ;;
    esac
}
complete -F _microflow microflow
