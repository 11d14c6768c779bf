#!/bin/sh
# Proves that the C of models has no run-time error: every model of the folders
# that are given, on machines with an int of 16 and of 32 bits, optimised for
# speed and for size.
#
# usage: prove.sh MICROFLOW FOLDER|MODEL...
set -u

microflow=$1
shift
failed=0
for place; do
    test -d "$place" && place="$place/*.tflite"
    for model in $place; do
        for optimize in speed size; do
            for bits in 16 32; do
                "$microflow" prove "$model" --int $bits \
                    --optimize $optimize || failed=1
            done
        done
    done
done
exit $failed
