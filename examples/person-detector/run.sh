#!/bin/sh
# Compiles models/person.tflite to C, that C to a firmware for a Cortex-M4, and
# shows it the pictures of models/person.in in QEMU:
#
#     run.sh MICROFLOW BUILD_FOLDER
#
# Needs gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm.
# Environment: MODEL and PICTURES, another detector (one int8 input, a square
# picture in grey, and an output of two classes or more, of which 1 is a person)
# and frames for it, back to back.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: run.sh MICROFLOW BUILD_FOLDER" >&2
    exit 2
fi
microflow=$1
build=$2
out=$build/examples/person-detector
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
. "$here/../firmware.sh"

mkdir -p "$out"
"$microflow" compile "${MODEL:-$root/models/person.tflite}" -o "$out" \
    --name person --target cortex-m4
write_array int8_t pictures "${PICTURES:-$root/models/person.in}" 0 \
    >"$out/pictures.h"
build_firmware person "$here/main.c"
run_firmware
print_costs person
