#!/usr/bin/env bash
# microflow run: frames, their lengths, and output that is whole or absent.
. "$(dirname "$0")/check.sh" "$@"

# y = round(x - 1) * w + b - 1: the scales cancel out.
printf '\1\1\1\1\2\1\1\1' >frames
printf '\11\365\12\361' >expected

run() { microflow run dense.tflite --input "$1" --output "$2"; }
is_expected() { cmp "$1" expected || fail "$1: $(od -An -tx1 "$1")"; }

check 0 '' '' run frames out
is_expected out
printf 'longer than before' >out
check 0 '' '' run frames out
is_expected out
run - - <frames >out
is_expected out
run frames - >out
is_expected out
microflow run - -i frames -o out <dense.tflite
is_expected out
# shellcheck disable=SC2002 # a pipe, not a file
cat frames | microflow run dense.tflite -i - -o out
is_expected out

# Two inputs a frame.
printf '\1\1\1\1\1\2\3\4\374\3\376\1\2\1\1\1\1\2\3\4\374\3\376\1' >two
microflow run two_inputs.tflite -i two -o out
is_expected out

# No frames, no outputs.
: >none
check 0 '' '' run none out
cmp out none || fail 'outputs of no frame'
rm out

# Lengths.
length='must be a multiple of 4, a frame'\''s inputs: "x" INT8 1x4'
printf '\1\1\1\1\1\1' >six
check 1 '' "six: is 6 bytes, $length" run six out
check 1 '' "standard input: is 6 bytes, $length" run - out <six
# shellcheck disable=SC2002
cat six | check 1 '' "standard input: is 6 bytes, $length" run - out
check 1 '' 'six: is 6 bytes, must be a multiple of 12, a frame'\''s inputs: '\
'"x" INT8 1x4, "w" INT8 2x4' \
    microflow run two_inputs.tflite -i six -o out
absent out

# What is there already survives a failure; nothing is left beside it.
mkdir alone
echo before >alone/out
# shellcheck disable=SC2002
cat six | microflow run dense.tflite -i - -o alone/out 2>/dev/null
check 0 'before' '' cat alone/out
files alone out

# A symbolic link stays one; a device is written to as it is.
ln -s alone/out link
check 0 '' '' run frames link
[ -L link ] || fail 'the link was replaced'
is_expected alone/out
files alone out
check 0 '' '' run frames /dev/null
[ -c /dev/null ] || fail '/dev/null was replaced'
mkfifo pipe
cat pipe >out &
check 0 '' '' run frames pipe
wait
is_expected out
rm out

# What cannot be read or written.
check 1 '' 'none.tflite: cannot be read: No such file or directory' \
    microflow run none.tflite -i frames -o out
check 1 '' 'nothing: cannot be read: No such file or directory' run nothing out
check 1 '' '.: cannot be read: Is a directory' run . out
check 1 '' 'frames/out: cannot be written: Not a directory' \
    run frames frames/out
check 1 '' 'alone: cannot be written: Is a directory' run frames alone
if [ -w /dev/full ]; then
    check 1 '' '/dev/full: cannot be written: No space left on device' \
        run frames /dev/full
    check 1 '' 'standard output: cannot be written: No space left on device' \
        to_full run dense.tflite -i frames -o -
fi
absent out

# A signal that ends it takes the temporary with it.
for signal in INT TERM HUP; do
    mkdir ended
    mkfifo slow
    # A shell's background job ignores INT; env gives it back.
    env --default-signal=INT "$MICROFLOW" run dense.tflite -i slow \
        -o ended/out &
    pid=$!
    exec 3>slow
    printf '\1\1\1\1' >&3
    tries=0
    until [ -n "$(ls -A ended)" ] || [ "$tries" -eq 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    [ -n "$(ls -A ended)" ] || fail "$signal: no temporary appeared"
    kill -s "$signal" "$pid"
    wait "$pid" 2>/dev/null
    status=$?
    [ "$status" -eq $((128 + $(kill -l "$signal"))) ] ||
        fail "$signal: status $status"
    exec 3>&-
    [ -z "$(ls -A ended)" ] || fail "$signal left $(ls -A ended)"
    rm -r ended slow
done
finish
