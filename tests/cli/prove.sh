#!/usr/bin/env bash
# microflow prove: small models are proved on both machines; what is in the way
# of a proof is said, and is no success.
. "$(dirname "$0")/check.sh" "$@"

models=$(dirname "$(readlink -f "$0")")/../../models

# --- wrong usage, and what needs no Frama-C ---

try="
Try 'microflow prove --help'."
check 2 '' "microflow prove: MODEL is missing$try" microflow prove
check 2 '' "microflow prove: --int is '8', allowed: 16, 32$try" \
    microflow prove deep.tflite --int 8
check 2 '' "microflow prove: --optimize is 'fast', allowed: ram, size, speed$try" \
    microflow prove deep.tflite --optimize fast
check 1 '' 'none: cannot be read: No such file or directory' \
    microflow prove none
mkdir tools tmp
export TMPDIR=$PWD/tmp
check 1 '' 'frama-c: not found; Debian packages that bring it: frama-c-base' \
    env PATH="$PWD/tools" "$MICROFLOW" prove deep.tflite

microflow prove "$models/sine.tflite" --int 16 --write out ||
    fail 'prove --write'
for file in main.c net.c net.h mf_core.h prove.sh; do
    [ -s "out/$file" ] || fail "prove --write: no $file"
done
grep -q 'machdep gcc_x86_16 main.c$' out/prove.sh || fail 'prove.sh'
cc -std=c99 -Wall -Wextra -pedantic -Werror -c out/net.c -Iout -o net.o ||
    fail 'what is analysed does not compile'

if ! command -v frama-c >/dev/null; then
    echo 'SKIP: frama-c is not there (Debian: frama-c-base)'
    exit "$([ "$failed" = 0 ] && echo 77 || echo 1)"
fi

# --- proofs ---

# proved MODEL ARGUMENTS...
proved() {
    microflow prove "$models/$1" "${@:2}" >text 2>err ||
        fail "$*: $(cat text err)"
    grep -q ': proved for target .*: 0 alarms$' text || fail "$*: $(cat text)"
    [ ! -s err ] || fail "$*: $(cat err)"
}
proved sine.tflite --int 16 --optimize size
proved digits_residual.tflite --int 16 --optimize size
# Kernels of each processor family.
for target in cortex-m0 cortex-m3 cortex-m4 cortex-m55 avr x86-64; do
    proved sine.tflite --target $target
done
proved digits.tflite --target cortex-m55
proved digits.tflite --input push

# Faults of what is called around the inference are seen.
microflow prove "$models/sine.tflite" --write out || fail 'prove --write'
sed -i 's/i < NET_OUTPUT_SIZE/i <= NET_OUTPUT_SIZE/' out/net.c
sh out/prove.sh >text || fail 'prove.sh'
grep -q 'out of bounds read' text ||
    fail "a fault in predict: $(grep -A1 alarm text)"

microflow prove "$models/sine.tflite" --json >json || fail 'prove --json'
python3 - json <<'END' || fail 'prove --json'
import json, sys

proof = json.load(open(sys.argv[1]))
assert list(proof) == ["model", "target", "optimize", "machine", "proved",
                       "complete", "layers", "layers_analysed", "statements",
                       "statements_reached", "seconds", "findings"], proof
assert proof["proved"] and proof["complete"] and proof["findings"] == []
assert (proof["target"], proof["optimize"], proof["machine"]) == (
    "generic", "speed", "gcc_x86_32")
assert proof["layers"] == proof["layers_analysed"] == 3
assert 0 < proof["statements_reached"] <= proof["statements"]
END

# --- what is no proof: Frama-C as it would be if it found something ---

# pretend LOG: a frama-c that prints LOG.
pretend() {
    printf '#!/bin/sh\ncat <<END\n%s\nEND\n' "$1" >tools/frama-c
    chmod +x tools/frama-c
    check 1 "$2" '' env PATH="$PWD/tools:$PATH" "$MICROFLOW" prove \
        sine.tflite
}
layer='[eva] net.c:1: Frama_C_show_each_layer:'
inferred='[eva] main.c:30: Frama_C_show_each_inferred:'
again='[eva] net.c:2: Frama_C_show_each_layer:'
third='[eva] net.c:3: Frama_C_show_each_layer:'
end='[eva] main.c:8: Frama_C_show_each_end:'
report="sine.tflite: NOT PROVED for target generic, gcc_x86_32, optimised \
for speed:"
cp "$models/sine.tflite" .
models=.
pretend "$layer
[eva:alarm] mf_dot.h:13: Warning: 
  signed overflow.
  assert sum
$again
$again
$third
$end" "sine.tflite: op 0 FULLY_CONNECTED \"hidden1\": mf_dot.h:13: signed \
overflow. assert sum
$report 1 alarms
sine.tflite: 3 of 3 layers analysed, 0 of 0 statements reached, 0 s"
pretend "$layer
$again
$third
$inferred
$layer
[eva:alarm] net.c:13: Warning: 
  signed overflow.
  assert sum
$end" "sine.tflite: net.c:13: signed overflow. assert sum
$report 1 alarms
sine.tflite: 3 of 3 layers analysed, 0 of 0 statements reached, 0 s"
pretend "$layer
$again
$third" "$report 0 alarms
sine.tflite: 3 of 3 layers analysed, the end was not reached, 0 of 0 \
statements reached, 0 s"
pretend "$layer
$again
$again
$end" "$report 0 alarms
sine.tflite: 2 of 3 layers analysed, 0 of 0 statements reached, 0 s"
pretend "[kernel] net.c:3: Warning: something odd
$layer
$again
$third
$end
[eva:summary] ====
  In these functions, 7 statements reached (out of 9): 77% coverage." \
    "sine.tflite: [kernel] net.c:3: Warning: something odd
$report 0 alarms, 1 other warnings
sine.tflite: 3 of 3 layers analysed, 7 of 9 statements reached, 0 s"
[ -z "$(ls -A tmp)" ] || fail "left behind: $(ls -A tmp)"

finish
