#!/bin/sh
# The wake word example reports each "why" of models/words.txt within half a
# second of its end, and nothing else.
#
# usage: wake-word.sh MICROFLOW BUILD_FOLDER
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
run=$root/examples/wake-word/run.sh
out=$(mktemp)
trap 'rm -f "$out"' EXIT

"$run" "$@" >"$out" || exit $?
awk 'FNR == NR { end[NR] = $2; word[NR] = $3; words = NR; next }
     / why!$/ {
         hit = 0
         for (i = 1; i <= words; i++)
             if (word[i] == "why" && $1 > end[i] - 0.05 && $1 < end[i] + 0.5)
                 hit = heard[i] = 1
         if (!hit) { print "FAIL nobody said it at " $1; failed = 1 }
     }
     /^inference +[1-9]/ { measured = 1 }
     END {
         for (i = 1; i <= words; i++) {
             if (word[i] == "why") {
                 said++
                 if (!heard[i]) { print "FAIL not heard until " end[i]; failed = 1 }
             }
         }
         if (said < 3 || !measured) { print "FAIL no words, no figures"; failed = 1 }
         exit failed
     }' "$root/models/words.txt" "$out" || { cat "$out"; exit 1; }

# A recording that is none.
if RECORDING=$root/models/digits.in "$run" "$@" >"$out" 2>&1; then
    echo 'FAIL takes any file for a recording'
    exit 1
fi
grep -q 'digits.in: is not a WAV file of 8000 samples a second' "$out" || {
    cat "$out"
    exit 1
}
