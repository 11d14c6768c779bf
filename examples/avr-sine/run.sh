#!/bin/sh
# Compiles models/sine.tflite to C, that C to a firmware for the ATmega328P, and
# runs it in simavr:
#
#     run.sh MICROFLOW BUILD_FOLDER
#
# Needs gcc-avr and avr-libc, and a build that found libsimavr-dev.
# Environment: MODEL, another model of the sine.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: run.sh MICROFLOW BUILD_FOLDER" >&2
    exit 2
fi
microflow=$1
runner=$2/libexec/microflow-simavr
out=$2/examples/avr-sine
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
mcu=atmega328p

mkdir -p "$out"
"$microflow" compile "${MODEL:-$root/models/sine.tflite}" -o "$out" \
    --name sine --target avr
avr-gcc -mmcu=$mcu -std=c99 -Os -ffunction-sections -fdata-sections \
    -I"$out" -c "$out/sine.c" -o "$out/sine.o"
avr-gcc -mmcu=$mcu -std=gnu99 -Os -I"$out" -I"$root/sim" "$here/main.c" \
    "$root/sim/avr/board.c" "$out/sine.o" -Wl,--gc-sections \
    -Wl,--defsym=__DATA_REGION_LENGTH__=2048 -o "$out/avr-sine.elf"
"$runner" $mcu "$out/avr-sine.elf" "$out/marks"

# Marks come in pairs, before and after an inference.
awk 'NR % 2 == 0 { n++; sum += $1 - last; if ($1 - last > most) most = $1 - last }
     { last = $1 }
     END { printf "\ncycles     %d an inference on average, %d at most: " \
                  "%.2f ms at 16 MHz\n", sum / n, most, most / 16000 }' \
    "$out/marks"
avr-nm -S -t d "$out/avr-sine.elf" | awk '
    $4 ~ /^(sine_|op[0-9]|shared_)/ && $3 ~ /[tTrR]/ { total += $2 }
    END { if (total) printf "flash      %d bytes of code and constants\n", total }'
avr-size "$out/avr-sine.elf" | awk 'NR == 2 {
    printf "firmware   %d bytes of flash, %d of RAM\n", $1 + $2, $2 + $3 }'
grep ARENA_SIZE "$out/sine.h" | awk '{ printf "network    %d bytes of RAM\n", $3 }'
