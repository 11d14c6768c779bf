# Builds firmware for a Cortex-M4 and runs it in QEMU; read by run.sh of the
# examples, which set `microflow`, `root` (of the sources), `build` and `out`.

cpu='-mcpu=cortex-m4 -mthumb -mfloat-abi=soft'

# need TOOL PACKAGE: or says what is missing, and ends as a test that is skipped.
need() {
    command -v "$1" >/dev/null || {
        echo "$1: not found; Debian packages that bring it: $2" >&2
        exit 77
    }
}
need arm-none-eabi-gcc 'gcc-arm-none-eabi libnewlib-arm-none-eabi'
need qemu-system-arm qemu-system-arm

# write_array TYPE NAME FILE SKIP: the bytes of a file behind the first SKIP, as
# a constant array of uint8_t or int8_t.
write_array() {
    case $1 in
    int8_t) format=d1 ;;
    *) format=u1 ;;
    esac
    echo "static const $1 $2[] = {"
    od -An -v -t$format -j"$4" "$3" | sed 's/ *\(-\{0,1\}[0-9]\{1,\}\)/\1,/g'
    echo '};'
}

# build_firmware NETWORK MAIN: $out/NETWORK.c, which `microflow compile` wrote,
# MAIN, and start-up code and linker script of sim/arm become $out/firmware.
# Memory is that of the simulated board, an Arm MPS2.
build_firmware() {
    # shellcheck disable=SC2086 # words
    arm-none-eabi-gcc $cpu -std=c99 -O2 -ffunction-sections -Wall -Wextra \
        -I"$out" -c "$out/$1.c" -o "$out/$1.o"
    # shellcheck disable=SC2086
    arm-none-eabi-gcc $cpu -std=gnu99 -O2 -Wall -Wextra -I"$out" -I"$root/sim" \
        -fno-tree-loop-distribute-patterns \
        "$2" "$root/sim/arm/board.c" "$out/$1.o" -nostartfiles \
        -T "$root/sim/arm/link.ld" -Wl,--gc-sections \
        -Wl,--defsym=VECTORS_ORIGIN=0,--defsym=FLASH_ORIGIN=0x400 \
        -Wl,--defsym=FLASH_SIZE=0x3ffc00 \
        -Wl,--defsym=RAM_ORIGIN=0x20000000,--defsym=RAM_SIZE=0x400000 \
        -o "$out/firmware"
}

# Runs it; what it prints goes to stdout, instructions at each board_mark() to
# $out/marks.
run_firmware() {
    marker=$(arm-none-eabi-nm "$out/firmware" |
        awk '$3 == "board_mark" { print "0x" $1 }')
    qemu-system-arm -M mps2-an386 -display none -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$out/firmware" \
        -plugin "$build/libexec/libmicroflow_count.so,marker=$marker,out=$out/marks" \
        2>&1
}

# print_costs NETWORK: what an inference takes.  Marks come in pairs.
print_costs() {
    awk 'NR % 2 == 0 { n++; sum += $1 - last } { last = $1 }
         END { printf "\ninference  %d instructions, the mean of %d\n", sum / n, n }' \
        "$out/marks"
    arm-none-eabi-size "$out/$1.o" | awk 'NR == 2 {
        printf "network    %d bytes of flash, %d of RAM\n", $1 + $2, $2 + $3 }'
}
