# Builds firmware for a Cortex-M4 and runs it in QEMU, or the same as a program
# for this machine; read by run.sh of the examples, which set `microflow`, `root`
# (of the sources), `build` and `out`, and `target`: cortex-m4 or host.

target=${target:-cortex-m4}
cc=${CC:-cc}
warnings='-Wall -Wextra'
cpu='-mcpu=cortex-m4 -mthumb -mfloat-abi=soft'

# need TOOL PACKAGE: or says what is missing, and ends as a test that is skipped.
need() {
    command -v "$1" >/dev/null || {
        echo "$1: not found; Debian packages that bring it: $2" >&2
        exit 77
    }
}
if [ "$target" = cortex-m4 ]; then
    need arm-none-eabi-gcc 'gcc-arm-none-eabi libnewlib-arm-none-eabi'
    need qemu-system-arm qemu-system-arm
fi

# need_recording FILE RATE BITS: a WAV file with a header of 44 bytes, of one
# channel and so many samples a second, or says that it is none, and ends.
need_recording() {
    bytes=$(($3 / 8))
    format=$(od -An -tu4 -j16 -N4 "$1"; od -An -tu2 -j20 -N4 "$1"
        od -An -tu4 -j24 -N8 "$1"; od -An -tu2 -j32 -N4 "$1")
    if [ "$(head -c 4 "$1")$(tail -c +9 "$1" | head -c 8)$(tail -c +37 "$1" |
        head -c 4)" != 'RIFFWAVEfmt data' ] ||
        [ "$(echo $format)" != "16 1 1 $2 $(($2 * bytes)) $bytes $3" ]; then
        echo "$1: is not a WAV file of $2 samples a second, $3 bits," \
            "one channel" >&2
        exit 1
    fi
}

# write_array TYPE NAME FILE SKIP: the bytes of a file behind the first SKIP, as
# a constant array of uint8_t, int8_t or int16_t.
write_array() {
    case $1 in
    int8_t) format=d1 ;;
    int16_t) format=d2 ;;
    *) format=u1 ;;
    esac
    echo "static const $1 $2[] = {"
    od -An -v -t$format -j"$4" "$3" | sed 's/ *\(-\{0,1\}[0-9]\{1,\}\)/\1,/g'
    echo '};'
}

# build_firmware "NETWORK..." MAIN: $out/NETWORK.c, which `microflow compile`
# wrote, MAIN, and start-up code and linker script of sim/arm become
# $out/firmware.  Memory is that of the simulated board, an Arm MPS2.
build_firmware() {
    objects=
    # shellcheck disable=SC2086 # words
    for network in $1; do
        objects="$objects $out/$network.o"
        if [ "$target" = host ]; then
            $cc -std=c99 -O2 $warnings -I"$out" -c "$out/$network.c" \
                -o "$out/$network.o"
        else
            arm-none-eabi-gcc $cpu -std=c99 -O2 -ffunction-sections $warnings \
                -I"$out" -c "$out/$network.c" -o "$out/$network.o"
        fi
    done
    includes="-I$out -I$root/sim -I$root/examples"
    # shellcheck disable=SC2086
    if [ "$target" = host ]; then
        $cc -std=gnu99 -O2 $warnings $includes "$2" "$root/sim/host/board.c" \
            $objects -o "$out/firmware"
        return
    fi
    # shellcheck disable=SC2086
    arm-none-eabi-gcc $cpu -std=gnu99 -O2 $warnings $includes \
        -fno-tree-loop-distribute-patterns \
        "$2" "$root/sim/arm/board.c" $objects -nostartfiles \
        -T "$root/sim/arm/link.ld" -Wl,--gc-sections \
        -Wl,--defsym=VECTORS_ORIGIN=0,--defsym=FLASH_ORIGIN=0x400 \
        -Wl,--defsym=FLASH_SIZE=0x3ffc00 \
        -Wl,--defsym=RAM_ORIGIN=0x20000000,--defsym=RAM_SIZE=0x400000 \
        -o "$out/firmware"
}

# Runs it; what it prints goes to stdout, instructions (on this machine
# nanoseconds) at each board_mark() to $out/marks.
run_firmware() {
    if [ "$target" = host ]; then
        "$out/firmware" "$out/marks"
        return
    fi
    marker=$(arm-none-eabi-nm "$out/firmware" |
        awk '$3 == "board_mark" { print "0x" $1 }')
    qemu-system-arm -M mps2-an386 -display none -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$out/firmware" \
        -plugin "$build/libexec/libmicroflow_count.so,marker=$marker,out=$out/marks" \
        2>&1
}

# print_costs NETWORK: what an inference takes.  Marks come in pairs.
print_costs() {
    if [ "$target" = host ]; then
        awk 'NR % 2 == 0 { n++; sum += $1 - last } { last = $1 }
             END { printf "\ninference  %d ns, the mean of %d\n", sum / n, n }' \
            "$out/marks"
        return
    fi
    awk 'NR % 2 == 0 { n++; sum += $1 - last } { last = $1 }
         END { printf "\ninference  %d instructions, the mean of %d\n", sum / n, n }' \
        "$out/marks"
    arm-none-eabi-size "$out/$1.o" | awk 'NR == 2 {
        printf "network    %d bytes of flash, %d of RAM\n", $1 + $2, $2 + $3 }'
}
