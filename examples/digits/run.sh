#!/bin/sh
# Compiles models/digits.tflite to C, that C to a program, and runs it:
#
#     run.sh MICROFLOW BUILD_FOLDER
#
# Environment: CC (cc); DIGIT, the number of the digit to show (0).
set -eu

if [ $# -ne 2 ]; then
    echo "usage: run.sh MICROFLOW BUILD_FOLDER" >&2
    exit 2
fi
microflow=$1
out=$2/examples/digits
here=$(cd "$(dirname "$0")" && pwd)
models=$here/../../models
cc=${CC:-cc}

mkdir -p "$out"
"$microflow" compile "$models/digits.tflite" -o "$out"
$cc -std=c99 -O2 -I"$out" -c "$out/digits.c" -o "$out/digits.o"
$cc -std=c99 -O2 -I"$out" "$here/main.c" "$out/digits.o" -o "$out/digits"
"$out/digits" "$models/digits.in" "$models/digits.labels" "${DIGIT:-0}"

# Code and constants of an object file, in bytes.
flash_of() {
    "$1" "$2" | awk 'NR == 2 { print $1 + $2 }'
}

printf 'flash      %s bytes of code and constants with %s -O2\n' \
    "$(flash_of size "$out/digits.o")" "$cc"
if command -v arm-none-eabi-gcc >/dev/null 2>&1; then
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -std=c99 -ffreestanding -Os \
        -ffunction-sections -I"$out" -c "$out/digits.c" \
        -o "$out/digits_m4.o"
    printf '           %s bytes for a Cortex-M4 with -Os\n' \
        "$(flash_of arm-none-eabi-size "$out/digits_m4.o")"
fi
