#!/bin/sh
# From a recording to words: compiles an audio front end and a network of words
# to C, that C to a firmware, and has it listen to a WAV file; then streams the
# same file through the network as a stream, and plots how sure it is of each
# word over time:
#
#     run.sh MICROFLOW BUILD_FOLDER [cortex-m4|host]
#
# cortex-m4, in QEMU, needs gcc-arm-none-eabi, libnewlib-arm-none-eabi and
# qemu-system-arm; host needs a C compiler.  The plot is also written to
# BUILD_FOLDER/examples/keywords-TARGET/words.svg.
#
# Environment:
#   RECORDING  another WAV file, one channel
#   RATE BITS  of it: samples a second (8000), bits a sample: 8 or 16 (8)
#   FRONT_END  another front end: int16 samples to int8 features, of which one
#              step is two thirds of the samples
#   MODEL      another network: int8 features of many steps to int8 scores
#   LABELS     what its outputs are: words separated by spaces; none is plotted,
#              as MODEL is no stream
#   FIRST_WORD of them, counted from 0, the first that is a word (1)
set -eu

if [ $# -lt 2 ] || [ $# -gt 3 ]; then
    echo "usage: run.sh MICROFLOW BUILD_FOLDER [cortex-m4|host]" >&2
    exit 2
fi
microflow=$1
build=$2
target=${3:-cortex-m4}
out=$build/examples/keywords-$target
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
recording=${RECORDING:-$root/models/words.wav}
rate=${RATE:-8000}
bits=${BITS:-8}
labels=${LABELS:-none why wow you}
. "$here/../firmware.sh"

mkdir -p "$out"
need_recording "$recording" "$rate" "$bits"
{
    type=int16_t
    [ "$bits" != 8 ] || type=uint8_t
    write_array $type recording "$recording" 44
    echo "#define RECORDING_RATE $rate"
    echo "#define RECORDING_BITS $bits"
    echo "#define FIRST_WORD ${FIRST_WORD:-1}"
    echo "#define LABELS $(echo "$labels" | sed 's/[^ ]\{1,\}/"&",/g')"
} >"$out/recording.h"

# build NETWORK MAIN
build() {
    "$microflow" compile "${FRONT_END:-$root/models/front_end.tflite}" \
        -o "$out" --name front_end --target "$target"
    "$microflow" compile "$1" -o "$out" --name keywords --target "$target"
    build_firmware 'front_end keywords' "$2"
}

build "${MODEL:-$root/models/keywords.tflite}" "$here/main.c"
run_firmware
print_costs keywords
[ -z "${MODEL:-}" ] || exit 0

build "$root/models/keywords_stream.tflite" "$here/stream.c"
run_firmware >"$out/stream.txt"
awk -f "$here/plot.awk" -v labels="$labels" "$out/stream.txt"
awk -f "$here/plot.awk" -v labels="$labels" -v svg=1 "$out/stream.txt" \
    >"$out/words.svg"
print_costs keywords
echo "plot       $out/words.svg"
