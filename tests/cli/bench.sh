#!/usr/bin/env bash
# microflow bench and microflow targets.  A toolchain that is not there makes
# its part of the test no part of it; without any the test is skipped.
. "$(dirname "$0")/check.sh" "$@"

# --- targets ---

microflow targets --json >json || fail 'targets --json'
microflow targets >text || fail 'targets'
python3 - json text <<'END' || fail 'targets'
import json, sys

targets = json.load(open(sys.argv[1]))
text = open(sys.argv[2]).read()
names = [target["name"] for target in targets]
wanted = ["generic", "host", "avr", "avr-mega2560", "cortex-m0", "cortex-m3",
          "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55", "rv32imc",
          "rv32ec", "lx106", "x86-64"]
assert names[0] == "generic" and set(wanted) <= set(names), names
for target in targets:
    assert list(target) == ["name", "description", "word_bits", "simd",
                            "constants", "unit", "compiler", "flags",
                            "tested_in"], target
    assert target["tested_in"] != "nothing" and target["compiler"], target
    assert target["name"] in text and target["description"] in text, target
row = {target["name"]: target for target in targets}
assert (row["avr"]["word_bits"], row["avr"]["constants"],
        row["avr"]["unit"]) == (8, "LPM", "cycles")
assert (row["cortex-m4"]["simd"], row["cortex-m4"]["unit"]) == (
    "2 x 16 bits", "instructions")
assert row["host"]["unit"] == "ns"
END
check 2 '' "microflow targets: unexpected argument 'x'
Try 'microflow targets --help'." microflow targets x

# --- wrong usage of bench, and models that there are not ---

try="
Try 'microflow bench --help'."
check 2 '' "microflow bench: MODEL is missing$try" microflow bench -t host
check 2 '' "microflow bench: --target TARGET is missing$try" \
    microflow bench deep.tflite
check 2 '' "microflow bench: --optimize is 'fast', allowed: ram, size, speed$try" \
    microflow bench deep.tflite -t host --optimize fast
check 1 '' 'none: cannot be read: No such file or directory' \
    microflow bench none -t host
printf abc >short
check 1 '' "short: is 3 bytes, must be a multiple of 4, a frame's inputs" \
    microflow bench deep.tflite -t host -i short
rm short

# --- a tool that is missing ---

mkdir tools tmp
left_nothing() { [ -z "$(ls -A tmp)" ] || fail "left behind: $(ls -A tmp)"; }
export TMPDIR=$PWD/tmp
check 1 '' 'arm-none-eabi-gcc: not found; Debian packages that bring it: gcc-arm-none-eabi libnewlib-arm-none-eabi' \
    env PATH="$PWD/tools" "$MICROFLOW" bench deep.tflite -t cortex-m4
check 1 '' 'xtensa-lx106-elf-gcc: not found; Debian packages that bring it: gcc-xtensa-lx106' \
    env PATH="$PWD/tools" "$MICROFLOW" bench deep.tflite -t lx106
left_nothing

# --- what is measured ---

have() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || return 1
    done
}

# All that becomes firmware compiles without a warning.
mkdir strict
strict() {
    printf '#!/bin/sh\nexec %s -Wall -Wextra -pedantic -Wconversion -Wshadow -Wvla -Werror "$@"\n' \
        "$(command -v "$1")" >"strict/$1"
    chmod +x "strict/$1"
}

# Frames: the same twice, and the extremes.
printf '\1\1\1\1\2\1\1\1\1\1\1\1\177\200\0\377' >frames

benched=0
# bench TARGET UNIT COMPILER TOOL...
bench() {
    local target=$1 unit=$2 optimize
    shift 2
    have "$@" || {
        echo "$target: skipped, needs $*"
        return
    }
    benched=$((benched + 1))
    strict "$1"
    for optimize in speed size; do
        PATH=$PWD/strict:$PATH microflow bench deep.tflite --json \
            --target "$target" --optimize=$optimize --input frames \
            >json 2>err ||
            fail "bench $target $optimize: $(cat err)"
        [ -s err ] && fail "bench $target: $(cat err)"
        left_nothing
        python3 - json "$target" $optimize "$unit" <<'END' ||
import json, sys

path, target, optimize, unit = sys.argv[1:]
row = json.load(open(path))
assert list(row) == ["model", "target", "optimize", "unit", "count", "macs",
                     "flash_code", "flash_weights", "arena", "state", "ram_static",
                     "stack_peak", "stack_bound", "bit_exact", "layers"], row
assert (row["model"], row["target"], row["optimize"], row["unit"]) == (
    "deep.tflite", target, optimize, unit), row
assert row["bit_exact"] is True and row["macs"] == 14
layers = row["layers"]
assert [list(layer) for layer in layers] == [
    ["index", "operator", "name", "count"]] * 2, layers
assert [(layer["index"], layer["operator"], layer["name"])
        for layer in layers] == [(0, "FULLY_CONNECTED", "y"),
                                 (1, "FULLY_CONNECTED", "z")]
assert row["arena"] <= row["ram_static"] < 1000
# Fourteen weights there are at least, and some code.
assert 14 <= row["flash_weights"] < 1000 and 100 < row["flash_code"] < 4000
# The bound holds, and is no wild guess; not every function here uses the red
# zone that any of them may.
assert 0 < row["stack_peak"] <= row["stack_bound"], row
assert row["stack_bound"] <= max(1.25 * row["stack_peak"],
                                 row["stack_peak"] + 16) + (
                                     128 if unit == "ns" else 0), row
if unit != "ns":
    assert 50 < row["count"] < 20000
    assert all(layer["count"] > 10 for layer in layers)
    whole = sum(layer["count"] for layer in layers)
    assert 0.8 * row["count"] < whole < 1.2 * row["count"], (whole, row)
END
            fail "$target $optimize: $(cat json)"
    done
}

arm='arm-none-eabi-gcc qemu-system-arm'
riscv='riscv64-unknown-elf-gcc qemu-system-riscv32'
bench host ns cc
for target in cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55; do
    # shellcheck disable=SC2086 # words
    bench $target instructions $arm
done
for target in rv32imc rv32ec; do
    # shellcheck disable=SC2086 # words
    bench $target instructions $riscv
done
bench lx106 instructions xtensa-lx106-elf-gcc qemu-system-xtensa
PATH=$PATH:$(dirname "$MICROFLOW")/libexec
export PATH
for target in avr avr-mega2560; do
    bench $target cycles avr-gcc microflow-simavr
done
[ "$benched" -gt 0 ] || exit 77

# Rows that are pushed: the bound is that of both functions; and how much the
# counts vary over random inputs.
digits=$(dirname "$0")/../../models/digits.tflite
pushed() {
    microflow bench "$digits" --json --target "$1" --input push --spread 20 \
        >json 2>err || fail "bench $1, pushed: $(cat err)"
    python3 - json "$2" <<'END' || fail "$1, pushed: $(cat json)"
import json, sys

row = json.load(open(sys.argv[1]))
assert row["bit_exact"] is True
assert 0 < row["stack_peak"] <= row["stack_bound"] <= 1.25 * row["stack_peak"]
assert row["random_inputs"] == 20, row
spreads = [row["spread"]] + [layer["spread"] for layer in row["layers"]]
assert all(0 <= s["least"] <= s["most"] for s in spreads), spreads
# Saturation is all that costs more or less.
assert row["spread"]["most"] - row["spread"]["least"] <= (
    float(sys.argv[2]) * row["count"]), row
END
}
check 2 '' "microflow bench: --spread is '1', allowed: 2 to 10000$try" \
    microflow bench deep.tflite -t avr --spread 1
check 1 '' 'host: time is measured, which varies by itself: --spread says nothing' \
    microflow bench deep.tflite -t host --spread 20
have $riscv && pushed rv32imc 0.01
have avr-gcc microflow-simavr && pushed avr-mega2560 0.03

# Two runs count the same instructions.
if have $arm; then
    pushed cortex-m4 0.005
    microflow bench deep.tflite -t cortex-m4 --json >one
    microflow bench deep.tflite -t cortex-m4 --json >two
    cmp one two || fail 'counts are not reproducible'
    microflow bench deep.tflite -t cortex-m4 >text || fail 'bench as text'
    grep -q 'exact to the bit' text || fail "$(cat text)"
    grep -q '^ *1  FULLY_CONNECTED ' text || fail "$(cat text)"

    # A compiler that makes wrong code is found out.
    cat >tools/arm-none-eabi-gcc <<'END'
#!/bin/sh
case " $* " in
*" net.c "*) sed -i 's/arena\.s8 + 0)/arena.s8 + 0), arena.s8[0] ^= 1/' net.c ;;
esac
exec "$GCC" "$@"
END
    chmod +x tools/arm-none-eabi-gcc
    GCC=$(command -v arm-none-eabi-gcc) PATH=$PWD/tools:$PATH \
        "$MICROFLOW" bench deep.tflite -t cortex-m3 --json >json 2>err
    [ $? -eq 1 ] || fail 'wrong bits: status'
    grep -q '"bit_exact":[[:space:]]*false' json ||
        fail "wrong bits: $(cat json)"
    grep -Eq '^deep\.tflite: frame 0, output 0, byte [0-9]: is [0-9]+ on cortex-m3, must be [0-9]+$' err ||
        fail "wrong bits: $(cat err)"
    left_nothing

    # A compiler that fails: what it said, and nothing is left.
    printf '#!/bin/sh\necho "no such luck" >&2\nexit 3\n' \
        >tools/arm-none-eabi-gcc
    check 1 '' 'no such luck
arm-none-eabi-gcc: failed with status 3' \
        env PATH="$PWD/tools:$PATH" "$MICROFLOW" bench deep.tflite -t cortex-m3
    left_nothing

    # A signal in the midst of it ends the compiler too.
    printf '#!/bin/sh\necho $$ >"%s/pid"\nexec sleep 60\n' "$PWD" \
        >tools/arm-none-eabi-gcc
    PATH=$PWD/tools:$PATH "$MICROFLOW" bench deep.tflite -t cortex-m3 &
    job=$!
    for _ in $(seq 100); do
        [ -s pid ] && break
        sleep 0.1
    done
    kill -TERM $job
    wait $job
    [ $? -eq 143 ] || fail 'ended by a signal: status'
    kill -0 "$(cat pid)" 2>/dev/null && fail 'the compiler lives on'
    left_nothing
fi
finish
