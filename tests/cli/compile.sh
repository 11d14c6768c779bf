#!/usr/bin/env bash
# microflow compile: what it writes and what it leaves when it fails.
. "$(dirname "$0")/check.sh" "$@"

# generated FOLDER FILE...: it holds these, all kernel headers that these and
# each other include, and nothing else.
generated() {
    local out=$1 kernels
    shift
    kernels=$(cd "$out" && cat -- * |
        sed -n 's/^#include "\(mf_[a-z0-9_]*\.h\)"$/\1/p' | sort -u)
    # shellcheck disable=SC2086 # words
    files "$out" "$@" $kernels
}

check 0 '' '' microflow compile dense.tflite -o out
generated out dense.c dense.h
check 0 '' '' microflow compile -o out2/ --driver --name=Net dense.tflite
generated out2 net.c net.h net_driver.c
check 0 '' '' microflow compile - -o out3 <dense.tflite
generated out3 model.c model.h

# The same bytes again, over what is there and from a file elsewhere; another's
# file stays.
mkdir again elsewhere
echo mine >again/other
cp dense.tflite elsewhere
check 0 '' '' microflow compile dense.tflite -o again
check 0 '' '' microflow compile elsewhere/dense.tflite -o again
cmp out/dense.c again/dense.c || fail 'compiling is not reproducible'
cmp out/dense.h again/dense.h || fail 'compiling is not reproducible'
check 0 'mine' '' cat again/other
rm -r out out2 out3 again elsewhere

# The mode of new files is the user's umask's.
(umask 027 && "$MICROFLOW" compile dense.tflite -o out)
check 0 '640 dense.c
640 dense.h' '' sh -c 'cd out && stat -c "%a %n" dense.c dense.h'
rm -r out

# --optimize
check 0 '' '' microflow compile deep.tflite -o size --optimize size
check 0 '' '' microflow compile deep.tflite -o speed --optimize=speed
check 0 '' '' microflow compile deep.tflite -o default
cmp -s speed/deep.c default/deep.c || fail 'speed is not the default'
cmp -s speed/deep.c size/deep.c && fail 'size is the same as speed'
rm -r size speed default

# --dump-after alone writes nothing but the dump.
microflow compile dense.tflite --dump-after=read >dump ||
    fail '--dump-after failed'
grep -q FULLY_CONNECTED dump || fail "the dump is: $(cat dump)"
check 0 "$(cat dump)" '' \
    microflow compile dense.tflite --dump-after remove_dead -o out
generated out dense.c dense.h
rm -r out dump

# Files that are not there or are no models.
check 1 '' 'none.tflite: cannot be read: No such file or directory' \
    microflow compile none.tflite -o out
check 1 '' '.: cannot be read: Is a directory' microflow compile . -o out
: >empty.tflite
check 1 '' 'empty.tflite: not a TFLite model: the file is empty' \
    microflow compile empty.tflite -o out
head -c 600 dense.tflite >cut.tflite
microflow compile cut.tflite -o out >.out 2>.err
[ $? -eq 1 ] || fail 'a cut file: status'
grep -Eqx 'cut\.tflite: .* byte [0-9]+ .*\(600 bytes\).*' .err ||
    fail "a cut file: $(cat .err)"
[ -s .out ] && fail 'a cut file: stdout'
rm -f .out .err
# All that is unsupported, not the first thing alone.
microflow compile unsupported.tflite -o out 2>.err
[ $? -eq 1 ] || fail 'unsupported operators: status'
[ "$(cut -d' ' -f1-3 .err)" = 'unsupported.tflite: op 0
unsupported.tflite: op 1' ] || fail "unsupported operators: $(cat .err)"
rm -f .err
absent out

# Directories that cannot be made or written to.
check 1 '' 'a/b: cannot be created: No such file or directory' \
    microflow compile dense.tflite -o a/b
echo >file
check 1 '' 'file: is not a directory' microflow compile dense.tflite -o file
check 1 '' 'file/out: cannot be created: Not a directory' \
    microflow compile dense.tflite -o file/out

# One file in the way: no other is written either, and nothing is left.
mkdir -p blocked/dense.c
check 1 '' 'blocked/dense.c: cannot be written: Is a directory' \
    microflow compile dense.tflite -o blocked
files blocked dense.c
finish

# Custom operators: how they are declared.
for custom in Offset Offset= =a.h:f Offset=:f Offset=a.h: Offset=a.h; do
    check 2 '' "microflow compile: --custom is '$custom', it must be\
 NAME=HEADER:FUNCTION
Try 'microflow compile --help'." microflow compile dense.tflite -o out \
        --custom "$custom"
done
check 0 '' '' microflow compile dense.tflite -o out --custom A=a.h:f \
    --custom=B=b.h:g
generated out dense.c dense.h
rm -r out
