#!/bin/sh
# The person detector says of the pictures of models/person.in what
# models/person.labels says, of all but one at most: it is right about 95 of 100;
# and TensorFlow Lite Micro's own model, where it is
# beside the sources, of the photographs that its frames end with.
#
# usage: person-detector.sh MICROFLOW BUILD_FOLDER
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
run=$root/examples/person-detector/run.sh
t1=${MICROFLOW_SHARED:-$root/../shared}/models/t1
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# Its verdicts, 1 for a person, in one line.
verdicts() {
    awk '/^(nobody|a person) +[0-9]+%$/ { printf "%d ", /^a/ }' "$out"
}

"$run" "$@" >"$out" || exit $?
grep -q '^inference  [1-9]' "$out"
expected=$(tr '\n' ' ' <"$root/models/person.labels")
echo "$(verdicts)/ $expected" | awk -F/ '{
    said = split($1, is, " ")
    pictures = split($2, must, " ")
    for (i = 1; i <= pictures; i++) wrong += is[i] != must[i]
    exit said != pictures || pictures < 12 || wrong > 1
}' || {
    cat "$out"
    echo "FAIL says $(verdicts), must say $expected"
    exit 1
}

if [ ! -f "$t1/person_detect.tflite" ]; then
    echo "skipped: no person_detect.tflite in $t1"
    exit 0
fi
MODEL=$t1/person_detect.tflite PICTURES=$t1/person_detect.in "$run" "$@" >"$out"
case $(verdicts) in
*'1 0 ') ;;
*)
    cat "$out"
    echo 'FAIL a person, then none, are the last two photographs'
    exit 1
    ;;
esac
