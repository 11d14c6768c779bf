#!/bin/sh
# Proves that the C of single operators has no run-time error: of models that
# the tests of operators make, up to four sets of integer types an operator, on
# machines with an int of 16 and of 32 bits.  Models that cannot be compiled,
# since C has no type for an input, are left out.
#
# usage: prove_operators.sh BUILD
set -u

build=$(cd "$1" && pwd) || exit 1
models=$(mktemp -d)
trap 'rm -rf "$models"' EXIT
(cd "$build" && MICROFLOW_KEEP_MODELS=$models ctest -L op -Q) || exit 1
cd "$models" || exit 1
start=$(date +%s)

# "OPERATOR-TYPE_TYPE_0.tflite", the types that do most first.
chosen=$(ls | grep '_0\.tflite$' | grep -v FLOAT | awk -F- '{
    rank = $2 ~ /^INT8/ ? 1 : $2 ~ /INT8/ ? 2 : $2 ~ /^INT16/ ? 3 : 4
    print $1, rank, $0
}' | sort | awk '++seen[$1] <= 4 { print $3 }')

failed=0 proved=0
for model in $chosen; do
    "$build/microflow" compile "$model" -o c >/dev/null 2>&1 || continue
    for bits in 16 32; do
        if "$build/microflow" prove "$model" --int $bits; then
            proved=$((proved + 1))
        else
            failed=$((failed + 1))
        fi
    done
done
echo "operators: $proved proofs, $failed without one, $(($(date +%s) - start)) s"
test "$failed" = 0 && test "$proved" -gt 0
