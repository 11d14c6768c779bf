#!/bin/sh
# Has Frama-C's WP prove the contracts of proofs/mf_core.c, on machines with an
# int of 16 and of 32 bits; fails unless every goal is proved.
#
# usage: prove_helpers.sh
set -u

cd "$(dirname "$0")/../proofs" || exit 1
why3 config detect >/dev/null 2>&1
failed=0
for machine in gcc_x86_16 gcc_x86_32; do
    log=$(frama-c -machdep $machine -wp -wp-rte -wp-prover cvc4 \
        -wp-timeout 30 -wp-par 2 -wp-fct mf_clamp,mf_shift_right_s64 \
        -wp-fct mf_shift_right_s32,mf_multiply_high,mf_round_shift \
        -wp-fct mf_scale mf_core.c 2>&1)
    echo "$log" | grep -E 'Unknown|Failed|Timeout|Error|Warning' && failed=1
    goals=$(echo "$log" | sed -n 's/.*Proved goals: *//p')
    echo "mf_core.h on $machine: $goals goals proved"
    test -n "$goals" && test "${goals%% /*}" -eq "${goals##*/ }" || failed=1
done
exit $failed
