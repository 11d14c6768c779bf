# shellcheck shell=bash
# What the tests of the tool share; sourced with
#
#     . "$(dirname "$0")/check.sh" "$@"
#
# Arguments: the tool, and the program that writes the models.  The test then
# stands in an empty folder of its own, with the models in it.
set -u

MICROFLOW=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
"$2" . || exit 1
failed=0

# microflow is called by its own name, whatever it is built as.
microflow() { "$MICROFLOW" "$@"; }

to_full() { "$MICROFLOW" "$@" >/dev/full; }

fail() {
    printf 'FAIL %s\n' "$*"
    failed=1
}

# check STATUS STDOUT STDERR COMMAND...: what the command does, to the letter;
# the ends of STDOUT and STDERR may lack newlines.
check() {
    local status=$1 out=$2 err=$3
    shift 3
    "$@" >.out 2>.err
    local got=$?
    [ "$got" -eq "$status" ] || fail "$*: status $got, expected $status"
    compare "$*: stdout" "$out" .out
    compare "$*: stderr" "$err" .err
    rm -f .out .err
}

compare() {
    diff -u <([ -z "$2" ] || printf '%s\n' "$2") "$3" >.diff ||
        fail "$1 (- expected, + found)" "$(printf '\n%s' "$(tail -n +4 .diff)")"
    rm -f .diff
}

# files FOLDER NAME...: the folder holds these and nothing else.
files() {
    local in=$1
    shift
    local found expected
    found=$(find "$in" -mindepth 1 -printf '%P\n' | sort | tr '\n' ' ')
    expected=$(printf '%s\n' "$@" | sort | tr '\n' ' ')
    [ "$found" = "$expected" ] ||
        fail "$in holds: $found, expected: $expected"
}

absent() { [ ! -e "$1" ] || fail "$1 is there"; }

finish() { exit "$failed"; }
