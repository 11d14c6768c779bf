#!/usr/bin/env bash
# Installs MicroFlow into an empty folder, moves that elsewhere, and builds and
# runs a project that finds it there, through CMake and through pkg-config.
#
# usage: test.sh BUILD WRITE_MODELS CC SANITIZE
set -euo pipefail

build=$1
write_models=$2
cc=$3
flags=${4:+-fsanitize=$4}
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cmake --install "$build" --prefix "$folder/first" >"$folder/log"
prefix=$folder/moved
mv "$folder/first" "$prefix"

for file in bin/microflow include/microflow.h \
    share/microflow/kernels/mf_core.h share/man/man1/microflow.1 \
    share/bash-completion/completions/microflow \
    share/zsh/site-functions/_microflow \
    share/fish/vendor_completions.d/microflow.fish; do
    test -s "$prefix/$file" || { echo "not installed: $file"; exit 1; }
done
if grep -rIl -e "$folder/first" -e "$build" "$prefix"; then
    echo 'these name the folder that it was built in or installed to first'
    exit 1
fi

mkdir "$folder/source"
cp "$here"/CMakeLists.txt "$here"/*.c "$folder/source"
"$write_models" "$folder/source"
model=$folder/source/deep.tflite
build_consumer() {
    cmake --build "$folder/build" >"$folder/log" 2>&1 || {
        cat "$folder/log"
        exit 1
    }
}
cmake -S "$folder/source" -B "$folder/build" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$flags" >"$folder/log" 2>&1 || {
    cat "$folder/log"
    exit 1
}
build_consumer

# What the compiled model says is what the tool says.
printf '\1\1\1\1\2\1\1\1\177\200\3\4' >"$folder/in"
outputs_agree() {
    "$folder/build/frames" <"$folder/in" >"$folder/out"
    "$prefix/bin/microflow" run "$model" -i "$folder/in" -o - |
        cmp - "$folder/out"
}
outputs_agree
test "$(wc -c <"$folder/out")" -eq 9
test "$("$folder/build/library" "$model")" = '2 layers'

# A changed model is compiled again; an unchanged one is not.
build_consumer
if grep -q 'Compiling' "$folder/log"; then
    echo 'the model was compiled twice'
    exit 1
fi
sleep 1
cp "$folder/source/wide.tflite" "$model"
build_consumer
outputs_agree
test "$(wc -c <"$folder/out")" -eq 15

# pkg-config, where there is one.
if command -v pkg-config >/dev/null; then
    pc=$(find "$prefix" -name microflow.pc)
    export PKG_CONFIG_PATH=${pc%/*}
    test "$(pkg-config --modversion microflow)" = \
        "$("$prefix/bin/microflow" --version | cut -d' ' -f2)"
    test -f "$(pkg-config --variable=kernelsdir microflow)/mf_core.h"
    # shellcheck disable=SC2046,SC2086 # words
    "$cc" $flags "$here/library.c" -o "$folder/library" \
        $(pkg-config --cflags --libs microflow)
    test "$(LD_LIBRARY_PATH=$(pkg-config --variable=libdir microflow) \
        "$folder/library" "$model")" = '2 layers'
fi
