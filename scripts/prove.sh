#!/bin/sh
# Proves that the C of models has no run-time error: every model of the folders
# that are given, on machines with an int of 16 and of 32 bits, optimised for
# speed, size and RAM, and with its input pushed row by row where that can be.
# With MACHINES in the environment, for those instead: "-tavr -tcortex-m4".
#
# usage: prove.sh MICROFLOW FOLDER|MODEL...
set -u

microflow=$1
shift
failed=0
start=$(date +%s)
for place; do
    test -d "$place" && place="$place/*.tflite"
    for model in $place; do
        how="speed size ram"
        "$microflow" inspect "$model" --input push >/dev/null 2>&1 &&
            how="$how push"
        for optimize in $how; do
            options="--optimize $optimize"
            test $optimize = push && options="--input push"
            for machine in ${MACHINES:---int=16 --int=32}; do
                # shellcheck disable=SC2086
                "$microflow" prove "$model" $machine $options || failed=1
            done
        done
    done
done
echo "models: $(($(date +%s) - start)) s"
exit $failed
