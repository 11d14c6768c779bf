#!/bin/sh
# Code made for AVR, on AVR: the primitives in assembly, and whole networks to
# the bit.
#
# usage: avr.sh MICROFLOW RUNNER [SHARED]
#
# RUNNER is the program microflow-simavr.  77 means skipped.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
microflow=$1
runner=$2
shared=${3:-}
if ! command -v avr-gcc >/dev/null || [ ! -x "$runner" ]; then
    echo "skipped: no avr-gcc, or no simavr when this was built"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
warnings='-Wall -Wextra -pedantic -Wconversion -Wshadow -Wvla -Werror'

echo 'primitives'
for level in -Os -O2; do
    # shellcheck disable=SC2086 # a list of options
    avr-gcc -mmcu=atmega328p -std=gnu99 $level $warnings "-I$root/kernels" \
        "-I$root/sim" "$here/avr_primitives.c" "$root/sim/avr/board.c" \
        -o "$folder/primitives.elf"
    "$runner" atmega328p "$folder/primitives.elf" /dev/null || {
        echo "check $? failed at $level"
        exit 1
    }
done

# frames COUNT: as many bytes, all values
frames() {
    LC_ALL=C awk -v count="$1" 'BEGIN {
        for (i = 0; i < count; i++) printf "%02x", (i * 167 + int(i / 256)) % 256
    }' | xxd -r -p
}

# against_host MODEL FRAMES MCU RAM ARGUMENT...
against_host() {
    model=$1
    input=$2
    mcu=$3
    ram=$4
    shift 4
    echo "$(basename "$model") on $mcu $*"
    rm -rf "$folder/c"
    "$microflow" compile "$model" -o "$folder/c" --name net --driver "$@"
    # shellcheck disable=SC2086
    "$here/avr_cc.sh" "$runner" "$mcu" -std=c99 -Os $warnings "-I$folder/c" \
        "-Wl,--defsym=__DATA_REGION_LENGTH__=$ram" \
        "$folder"/c/*.c -o "$folder/net"
    "$microflow" run "$model" --input "$input" --output "$folder/expected"
    "$folder/net" <"$input" >"$folder/found"
    cmp "$folder/found" "$folder/expected"
}

if command -v xxd >/dev/null; then
    frames 256 >"$folder/sine.in"
else
    cat "$root/models/digits.in" >"$folder/sine.in"
fi
head -c 640 "$root/models/digits.in" >"$folder/digits.in"
for optimize in speed size; do
    against_host "$root/models/sine.tflite" "$folder/sine.in" \
        atmega328p 2048 --target avr --optimize $optimize
    against_host "$root/models/digits.tflite" "$folder/digits.in" \
        atmega328p 2048 --target avr --optimize $optimize
done
against_host "$root/models/digits_residual.tflite" "$folder/digits.in" \
    atmega2560 8192 --target avr-mega2560

if [ -n "$shared" ] && [ -f "$shared/accept/golden.py" ]; then
    # golden MCU RAM TARGET PREFIX...
    golden() {
        mcu=$1
        ram=$2
        target=$3
        shift 3
        python3 "$shared/accept/golden.py" --quiet --via compile \
            --microflow "$microflow" --compile-args "--target $target" \
            --cc "$here/avr_cc.sh $runner $mcu -std=c99 -O2 $warnings \
-Wl,--defsym=__DATA_REGION_LENGTH__=$ram" "$@"
    }
    golden atmega328p 2048 avr t1/sine t1/hello_world_int8
    # Constants of every operand that kernels read from flash or from RAM.
    golden atmega2560 8192 avr-mega2560 op/mixed_input_model \
        op/constant_output_tensor op/single_add_default_a16w8 op/concat \
        op/fc op/maximum op/multi_add op/add8 op/sub4 op/conv18 op/conv8 \
        op/leaky_relu1 op/pad11 op/pad13 op/strided_slice1 op/topo_sort_fork_split
fi
