#!/bin/sh
# The keywords example reports each word of models/words.txt that it knows within
# half a second of its end, and nothing else, on this machine and on a
# Cortex-M4; its stream gives the same numbers on both, and a plot.  And it runs
# TensorFlow Lite Micro's own front end and micro_speech, where they are beside
# the sources, on noise.
#
# usage: keywords.sh MICROFLOW BUILD_FOLDER
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
run=$root/examples/keywords/run.sh
models=${MICROFLOW_SHARED:-$root/../shared}/models
out=$(mktemp)
wav=$(mktemp)
trap 'rm -f "$out" "$wav"' EXIT

# check TARGET: what it says of words.wav.
check() {
    "$run" "$microflow" "$build" "$1" >"$out" || exit $?
    awk 'FNR == NR { end[NR] = $2; word[NR] = $3; words = NR; next }
         / s  (why|wow|you)$/ {
             hit = 0
             for (i = 1; i <= words; i++)
                 if (word[i] == $3 && $1 > end[i] - 0.1 && $1 < end[i] + 0.5)
                     hit = heard[i] = 1
             if (!hit) { print "FAIL nobody said " $3 " at " $1; failed = 1 }
         }
         / s +\|#*/ { bars++ }
         /^inference +[1-9]/ { measured++ }
         END {
             for (i = 1; i <= words; i++) {
                 if (word[i] ~ /^(why|wow|you)$/) {
                     said++
                     if (!heard[i]) {
                         print "FAIL not heard until " end[i]; failed = 1
                     }
                 }
             }
             if (said < 5 || measured != 2 || bars < 80) {
                 print "FAIL no words, no figures or no plot"; failed = 1
             }
             exit failed
         }' "$root/models/words.txt" "$out" || { cat "$out"; exit 1; }
    grep -q '<path fill="none".*M.*L' "$build/examples/keywords-$1/words.svg"
}

microflow=$1
build=$2
check host
if command -v arm-none-eabi-gcc >/dev/null &&
    command -v qemu-system-arm >/dev/null; then
    check cortex-m4
    cmp "$build/examples/keywords-host/stream.txt" \
        "$build/examples/keywords-cortex-m4/stream.txt"
fi

# A recording that is none.
if RECORDING=$root/models/digits.in "$run" "$@" host >"$out" 2>&1; then
    echo 'FAIL takes any file for a recording'
    exit 1
fi
grep -q 'digits.in: is not a WAV file of 8000 samples a second' "$out" || {
    cat "$out"
    exit 1
}

if [ ! -f "$models/t2/audio_preprocessor_int8.tflite" ]; then
    echo "skipped: no audio_preprocessor_int8.tflite in $models/t2"
    exit 0
fi
# Two seconds at 16 kHz, 16 bits: a header, then faint noise.
{
    printf 'RIFF\044\372\000\000WAVEfmt \020\000\000\000\001\000\001\000'
    printf '\200\076\000\000\000\175\000\000\002\000\020\000data\000\372\000\000'
    awk 'BEGIN { srand(1); for (i = 0; i < 32000; i++)
        printf "%c%c", 1 + int(rand() * 120), 0 }' | tr '\0' '\001'
} >"$wav"
FRONT_END=$models/t2/audio_preprocessor_int8.tflite \
    MODEL=$models/t1/micro_speech.tflite RECORDING=$wav RATE=16000 BITS=16 \
    LABELS='silence unknown yes no' FIRST_WORD=0 "$run" "$@" host >"$out"
if ! grep -q ' s  [a-z]*$' "$out" || grep -q '  \(yes\|no\)$' "$out"; then
    echo 'FAIL micro_speech has another opinion of noise'
    cat "$out"
    exit 1
fi
