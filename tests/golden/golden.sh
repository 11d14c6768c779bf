#!/bin/sh
# Holds microflow against golden outputs of the reference kernels, if they are
# there: ../shared beside the source folder, or MICROFLOW_SHARED.
#
# usage: golden.sh MICROFLOW [COMPILER] GOLDEN_ARGUMENT...
#
# The C compiler that the arguments name must be there too; 77 means skipped.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
shared=${MICROFLOW_SHARED:-$root/../shared}
microflow=$1
compiler=$2
shift 2
if [ ! -f "$shared/accept/golden.py" ]; then
    echo "skipped: no golden outputs in $shared"
    exit 77
fi
if ! command -v "$compiler" >/dev/null; then
    echo "skipped: no $compiler"
    exit 77
fi
exec python3 "$shared/accept/golden.py" --quiet --microflow "$microflow" "$@"
