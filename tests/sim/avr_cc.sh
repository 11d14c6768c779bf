#!/bin/sh
# A C compiler whose programs run in simavr: `avr_cc.sh RUNNER MCU ARGUMENT...`
# calls avr-gcc with the arguments, one of which is -o PROGRAM, and makes
# PROGRAM a script that runs the firmware with its stdin and stdout.  RUNNER is
# the program microflow-simavr.
set -eu

sim=$(cd "$(dirname "$0")/../../sim" && pwd)
runner=$1
mcu=$2
shift 2
program=
last=
for argument; do
    [ "$last" != -o ] || program=$argument
    last=$argument
done
avr-gcc "-mmcu=$mcu" "-I$sim" "$sim/avr/stdio.c" "$sim/avr/board.c" \
    -ffunction-sections -fdata-sections -Wl,--gc-sections -Wl,--wrap=main "$@"
mv "$program" "$program.elf"
printf '#!/bin/sh\nexec "%s" %s "%s" /dev/null\n' \
    "$runner" "$mcu" "$program.elf" >"$program"
chmod +x "$program"
