#!/bin/sh
# Runs the fuzzers of a build, each for its share of the time (the command
# line's a tenth of it), starting from small models and commands; a corpus grows
# in the build folder.  The input of a crash is left there, and ends this with
# an error.
#
# usage: fuzz.sh BUILD SECONDS
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$1/tests/fuzz
seconds=$2

# fuzz NAME SECONDS FOLDER...: says how many inputs were run.
fuzz() {
    name=$1
    each=$2
    shift 2
    corpus=$folder/corpus_$name
    log=$folder/log_$name
    mkdir -p "$corpus"
    "$folder/fuzz_$name" -max_total_time="$each" -timeout=10 \
        -rss_limit_mb=1024 -max_len=65536 -close_fd_mask=3 \
        -artifact_prefix="$folder/" -print_final_stats=1 -verbosity=1 \
        "$corpus" "$@" >"$log" 2>&1 || {
        tail -n 40 "$log"
        exit 1
    }
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    echo "fuzz_$name: $runs inputs in $each s, $edges edges, no fault"
}

fuzz options $((seconds / 10 + 1)) "$root/tests/fuzz/commands"
fuzz model $((seconds - seconds / 10)) "$folder/seeds" \
    "$root/tests/fuzz/crashes"
