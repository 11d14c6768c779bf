#!/usr/bin/env bash
# Models with all their frames on a target's simulator, to the bit what the host
# computes; that the host computes what the reference does is golden/t1's.
#
# usage: simulated.sh MICROFLOW MODELS TARGET LARGEST TOOL...
#
# TARGET may be followed by options of bench, in the same word.
# Models of over LARGEST bytes are left out, and those that the linker finds not
# to fit.  Skipped (77) where a tool or the models are not there.
set -u

microflow=$1
models=$2
target=$3
largest=$4
shift 4
for tool; do
    command -v "$tool" >/dev/null || {
        echo "needs $tool"
        exit 77
    }
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
exact=0
failed=0
for model in "$models"/*.tflite; do
    [ -e "$model" ] || exit 77
    [ "$(stat -Lc %s "$model")" -le "$largest" ] || continue
    # shellcheck disable=SC2086 # words
    if "$microflow" bench "$model" --target $target \
        --input "${model%.tflite}.in" --json >/dev/null 2>"$log"; then
        exact=$((exact + 1))
    elif grep -Eq 'will not fit|overflowed by|is not within region|too large|out of range|overlaps' "$log"; then
        echo "$(basename "$model"): does not fit"
    elif grep -q '^microflow-simavr: not found' "$log"; then
        cat "$log"
        exit 77
    else
        echo "FAIL $(basename "$model"): $(cat "$log")"
        failed=1
    fi
done
echo "$exact models exact to the bit on $target"
[ "$exact" -gt 0 ] || failed=1
exit $failed
