#!/bin/sh
# Runs the fuzzers of a build, each for its share of the time, starting from
# small models; a corpus grows in the build folder.  The input of a crash is
# left there, and ends this with an error.
#
# usage: fuzz.sh BUILD SECONDS
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$1/tests/fuzz
seconds=$2
seeds=$folder/seeds
crashes=$root/tests/fuzz/crashes

set -- "$folder"/fuzz_*
each=$((seconds / $#))
for fuzzer; do
    name=$(basename "$fuzzer")
    corpus=$folder/corpus_${name#fuzz_}
    log=$folder/log_${name#fuzz_}
    mkdir -p "$corpus"
    "$fuzzer" -max_total_time="$each" -timeout=10 -rss_limit_mb=1024 \
        -max_len=65536 \
        -artifact_prefix="$folder/" -print_final_stats=1 -verbosity=1 \
        "$corpus" "$seeds" "$crashes" >"$log" 2>&1 || {
        tail -n 40 "$log"
        exit 1
    }
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "$name: $runs inputs in $each s, no fault"
done
