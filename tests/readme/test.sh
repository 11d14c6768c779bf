#!/bin/sh
# Compiles README.md's C against a model, and runs its commands for the host.
#
# usage: test.sh MICROFLOW CC SOURCE_DIR
set -eu

microflow=$1
cc=$2
source=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The README's keyword spotter is whatever model we have.
cp "$source/models/digits.tflite" kws.tflite
cp "$source/models/digits.in" frames.bin

awk '/^```c$/ {inside = 1; next} /^```$/ {inside = 0} inside' \
    "$source/README.md" >example.c
grep -q kws_invoke example.c
"$microflow" compile kws.tflite -o kws
"$cc" -std=c99 -Wall -Wextra -pedantic -Werror -O2 -Ikws -c example.c
"$cc" -std=c99 -Wall -Wextra -pedantic -Werror -O2 -Ikws -c kws/kws.c

# Each command of the README that starts with microflow or cc and needs no
# cross compiler, as it stands there.
PATH=$work/bin:$PATH
mkdir bin
ln -s "$microflow" bin/microflow
ln -s "$(command -v "$cc")" bin/cc
rm -r kws
grep -E '^    (microflow|cc) ' "$source/README.md" | sed 's/ *#.*//' >commands
test "$(wc -l <commands)" -ge 5
while read -r command; do
    echo "$command"
    case $command in
    *compile*) rm -rf kws ;;
    esac
    sh -ec "$command" >/dev/null
    case $command in
    *" run "*) mv results.bin reference.bin ;;
    esac
done <commands
cmp results.bin reference.bin # both ways that the README shows
