#!/bin/sh
# The sine example draws a sine: the column of each line is where it must be, or
# next to it.
#
# usage: avr-sine.sh MICROFLOW BUILD_FOLDER
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
for tool in avr-gcc "$2/libexec/microflow-simavr"; do
    command -v "$tool" >/dev/null || {
        echo "needs $tool"
        exit 77
    }
done
out=$(mktemp)
trap 'rm -f "$out"' EXIT
"$root/examples/avr-sine/run.sh" "$@" >"$out"
awk '/[*]/ {
         away = index($0, "*") - 21 - 20 * sin(n++ * 3.14159265 / 8)
         if (away > 1.5 || away < -1.5) { print "FAIL line " n; failed = 1 }
     }
     /^cycles +[1-9]/ { measured = 1 }
     END { exit failed || n != 17 || !measured }' "$out" || {
    cat "$out"
    exit 1
}
