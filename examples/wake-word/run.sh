#!/bin/sh
# Compiles models/wake_word.tflite to C, that C to a firmware for a Cortex-M4,
# and has it listen to models/words.wav in QEMU:
#
#     run.sh MICROFLOW BUILD_FOLDER
#
# Needs gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm.
# Environment: RECORDING, another WAV file of 8000 samples a second, 8 bits,
# one channel.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: run.sh MICROFLOW BUILD_FOLDER" >&2
    exit 2
fi
microflow=$1
build=$2
out=$build/examples/wake-word
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
recording=${RECORDING:-$root/models/words.wav}
. "$here/../firmware.sh"

mkdir -p "$out"
"$microflow" compile "$root/models/wake_word.tflite" -o "$out" \
    --target cortex-m4

need_recording "$recording" 8000 8
write_array uint8_t recording "$recording" 44 >"$out/recording.h"
build_firmware wake_word "$here/main.c"
echo '   time  loudness            |how sure'
run_firmware
print_costs wake_word
