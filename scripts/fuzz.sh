#!/bin/sh
# Runs every fuzzer of a build for a while each; a corpus grows in the build
# folder.  A crash leaves its input there and ends with an error.
#
# usage: fuzz.sh BUILD SECONDS (in all)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$1
seconds=$2
set -- "$build"/tests/fuzz/fuzz_*
if [ ! -x "$1" ]; then
    echo "no fuzzers in $build/tests/fuzz" >&2
    exit 1
fi
each=$((seconds / $#))
for fuzzer; do
    name=$(basename "$fuzzer")
    corpus=$build/tests/fuzz/corpus-${name#fuzz_}
    seeds=$root/tests/fuzz/corpus/${name#fuzz_}
    test -d "$seeds" || seeds=
    mkdir -p "$corpus"
    echo "$name: $each s"
    "$fuzzer" -max_total_time="$each" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$build/tests/fuzz/" -print_final_stats=1 \
        "$corpus" ${seeds:+"$seeds"} >"$corpus.log" 2>&1 || {
        tail -n 40 "$corpus.log" >&2
        exit 1
    }
    grep -E 'stat::(number_of_executed_units|new_units_added)' "$corpus.log" ||
        true
done
