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
. "$here/../cortex-m4.sh"

mkdir -p "$out"
"$microflow" compile "$root/models/wake_word.tflite" -o "$out" \
    --target cortex-m4

# The samples stand behind a header of 44 bytes.
format=$(od -An -tu1 -j8 -N32 "$recording" | tr -s ' \n' ' ')
case $format in
' 87 65 86 69 102 109 116 32 16 0 0 0 1 0 1 0 64 31 0 0 64 31 0 0 1 0 8 0 100 97 116 97 ') ;;
*)
    echo "$recording: is not a WAV file of 8000 samples a second, 8 bits," \
        "one channel" >&2
    exit 1
    ;;
esac
write_array uint8_t recording "$recording" 44 >"$out/recording.h"
build_firmware wake_word "$here/main.c"
echo '   time  loudness            |how sure'
run_firmware
print_costs wake_word
