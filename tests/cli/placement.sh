#!/usr/bin/env bash
# Where memory lies: regions (--region), and several models in one arena.
models=$(cd "$(dirname "$0")/../../models" && pwd)
. "$(dirname "$0")/check.sh" "$@"
strict='-std=c99 -Wall -Wextra -pedantic -Wconversion -Wshadow -Wundef -Werror'
compiler=${CC:-cc}

# Bytes for frames of any model.
cat "$models/digits.in" "$models/person.in" >bytes
frames=8
# write_frames NAME FILE
write_frames() {
    local size
    size=$(microflow inspect --json "$models/$1.tflite" |
        python3 -c 'import json, sys
print(sum(i["size"] for i in json.load(sys.stdin)["inputs"]))')
    head -c $((size * frames)) bytes >"$2"
}

# --- several models ---

# Three networks, two of which keep a state, take turns; each computes what it
# computes alone.
set=(keywords_stream person front_end)
for name in "${set[@]}"; do
    write_frames "$name" "$name.in"
    microflow run "$models/$name.tflite" -i "$name.in" -o "$name.alone" ||
        fail "run $name"
done
cat >turns.c <<'END'
#include <stdio.h>

#include "front_end.h"
#include "keywords_stream.h"
#include "person.h"

#define TURN(name, NAME, element)                                              \
    (fread(name##_input(), element, NAME##_INPUT_SIZE, in[n]) ==               \
         NAME##_INPUT_SIZE &&                                                  \
     (name##_invoke(), fwrite(name##_output(), 1, NAME##_OUTPUT_SIZE,          \
                              out[n]) == NAME##_OUTPUT_SIZE))

int main(void) {
    FILE *in[] = {fopen("keywords_stream.in", "rb"), fopen("person.in", "rb"),
                  fopen("front_end.in", "rb")};
    FILE *out[] = {fopen("keywords_stream.out", "wb"),
                   fopen("person.out", "wb"), fopen("front_end.out", "wb")};
    for (int turn = 0; turn < 24; turn++) {
        const int n = turn % 3;
        if (!(n == 0   ? TURN(keywords_stream, KEYWORDS_STREAM, 1)
              : n == 1 ? TURN(person, PERSON, 1)
                       : TURN(front_end, FRONT_END, 2))) {
            return 1;
        }
    }
    return 0;
}
END
# together OPTION...: compiles the set and lets it take turns.
together() {
    local path=()
    rm -rf together ./*.out
    for name in "${set[@]}"; do
        path+=("$models/$name.tflite")
    done
    check 0 '' '' microflow compile "${path[@]}" -o together "$@"
    # shellcheck disable=SC2086 # words
    "$compiler" $strict -Itogether turns.c together/*.c -lm -o turns &&
        ./turns ||
        fail "taking turns: $*"
    for name in "${set[@]}"; do
        cmp "$name.alone" "$name.out" || fail "$name among others: $*"
    done
}
value() { cat together/*.h | sed -n "s/^#define $1 \([0-9]*\).*/\1/p"; }

together
# The arena is that of the largest, to the alignment of all.
most=0
for name in KEYWORDS_STREAM PERSON FRONT_END; do
    size=$(value ${name}_ARENA_SIZE)
    [ "$size" -gt "$most" ] && most=$size
done
shared=$(value SHARED_ARENA_SIZE)
[ "$shared" -ge "$most" ] && [ "$shared" -lt $((most + 8)) ] ||
    fail "arena of $shared bytes, the largest needs $most"
"$compiler" -c -O1 together/shared_arena.c -o arena.o
[ "$(size -A arena.o | awk '/^\.bss/ { print $2 }')" = "$shared" ] ||
    fail 'the arena has another size'
grep -q 'arena;' together/{person,front_end,keywords_stream}.c &&
    fail 'an arena of its own'
together --optimize ram
together --optimize size
together --optimize ram --region near=2500,1 --region far=6000,7

# Rows that are pushed share it, too: a frame at a time.
cat >pushed.c <<'END'
#include <stdio.h>

#include "digits.h"
#include "person.h"

#define TURN(name, NAME, in, out)                                              \
    do {                                                                       \
        int8_t row[NAME##_ROW_SIZE];                                           \
        for (int y = 0; y < NAME##_ROWS; y++) {                                \
            if (fread(row, 1, NAME##_ROW_SIZE, in) != NAME##_ROW_SIZE) {       \
                return 1;                                                      \
            }                                                                  \
            name##_push_row(row);                                              \
        }                                                                      \
        fwrite(name##_finish(), 1, NAME##_OUTPUT_SIZE, out);                   \
    } while (0)

int main(void) {
    FILE *d = fopen("digits.in", "rb"), *p = fopen("person.in", "rb");
    FILE *digits = fopen("digits.out", "wb"), *person = fopen("person.out", "wb");
    for (int turn = 0; turn < 8; turn++) {
        TURN(digits, DIGITS, d, digits);
        TURN(person, PERSON, p, person);
    }
    return 0;
}
END
write_frames digits digits.in
microflow run "$models/digits.tflite" -i digits.in -o digits.alone
check 0 '' '' microflow compile "$models/digits.tflite" \
    "$models/person.tflite" --input push -o pushed
# shellcheck disable=SC2086 # words
"$compiler" $strict -Ipushed pushed.c pushed/*.c -lm -o turns && ./turns ||
    fail 'taking turns row by row'
for name in digits person; do
    cmp "$name.alone" "$name.out" || fail "$name, pushed, among others"
done

# C++ reads the header.
printf '#include "shared_arena.h"\n' >arena.cpp
"${CXX:-c++}" -Wall -Werror -Itogether -c arena.cpp -o arena.o ||
    fail 'shared_arena.h in C++'

check 0 '' '' microflow compile dense.tflite dense.tflite -o two --name One,two
[ -e two/one.c ] && [ -e two/two.h ] || fail '--name of two'
check 1 '' 'dense.tflite: the name "dense" is that of another model' \
    microflow compile dense.tflite dense.tflite -o out
check 1 '' 'a_driver.c: two models have a file of this name; --name can tell'\
' them apart' microflow compile dense.tflite deep.tflite -o out \
    --name a,a_driver --driver
check 1 '' 'dense.tflite: guard of the arena: it is shared or lies in several'\
' regions' microflow compile dense.tflite deep.tflite -o out --guard arena
microflow compile dense.tflite unsupported.tflite -o out 2>.err &&
    fail 'a model that cannot be'
rm -f .err
absent out

# --- regions ---

cat >regions.py <<'END'
import json, sys

memory = json.load(open(sys.argv[1]))["memory"]
regions, buffers = memory["regions"], memory["buffers"]
end = 0
for region in regions:
    assert region["start"] % 8 == 0 and end <= region["start"] < end + 8
    assert region["size"] <= region["limit"]
    end = region["start"] + region["size"]
assert end == memory["arena_size"]
for buffer in buffers:
    if buffer["is_state"]:
        assert buffer["region"] == -1
        continue
    region = regions[buffer["region"]]
    assert region["start"] <= buffer["offset"]
    assert buffer["offset"] + buffer["size"] <= \
        region["start"] + region["size"]
    if buffer["overwrites"] >= 0:
        assert buffers[buffer["overwrites"]]["region"] == buffer["region"]
used = [r["name"] for r in regions if r["size"] > 0]
assert used == sys.argv[2].split(","), used
END
while read -r name used options; do
    write_frames "$name" frames.in
    rm -rf code
    # shellcheck disable=SC2086 # words
    {
        microflow inspect "$models/$name.tflite" --json $options >json &&
            python3 regions.py json "$used" ||
            fail "$name $options" "$(cat json)"
        microflow inspect "$models/$name.tflite" $options >text ||
            fail "inspect $name $options"
        microflow inspect "$models/$name.tflite" --svg map.svg $options ||
            fail "inspect --svg $name $options"
        microflow run "$models/$name.tflite" -i frames.in -o plain &&
            microflow run "$models/$name.tflite" -i frames.in -o host $options &&
            cmp plain host || fail "run $name $options"
        microflow compile "$models/$name.tflite" -o code --driver $options &&
            "$compiler" $strict code/*.c -lm -o program &&
            ./program <frames.in >target && cmp plain target ||
            fail "compile $name $options"
    }
    for region in ${used//,/ }; do
        grep -q "^region $region: [1-9][0-9]* of " text ||
            fail "$region of $name"
        grep -q "^ *$region+[0-9]* " text || fail "nothing in $region of $name"
        grep -q ">$region: [1-9]" map.svg || fail "$region in the picture"
    done
done <<'END'
person near,far --region near=4096,1 --region far=4096,10
person far,near --region far=8192,10 --region near=2100,1
person near --region near=8192,1 --region far=8192,10
person far --region near=8192,10 --region far=8192,1
person near,far --region near=1100,1 --region far=1400,3 --optimize ram
digits_residual a,b,c --region a=100,1 --region b=300,2 --region c=1280,3
digits_residual near,far --region near=300,1 --region far=900,9 --ram-limit 1100
front_end near,far --region near=1024,1 --region far=1024,4
wake_word near,far --region near=2048,1 --region far=65536,4 --optimize speed
END

# The program says what puts a region where it is.
rm -rf code
microflow compile "$models/person.tflite" -o code --region near=4096,1 \
    --region far=4096,10
"$compiler" -c -DPERSON_REGION_FAR='__attribute__((section(".far_ram")))' \
    code/person.c -o person.o || fail 'a section'
want=$(sed -n 's/^#define PERSON_ARENA_FAR_SIZE //p' code/person.h)
[ "$(size -A person.o | awk '/^\.far_ram/ { print $2 }')" = "$want" ] ||
    fail 'what is in the section' "$(size -A person.o)"

# Most accesses are where they cost least.
microflow inspect "$models/person.tflite" --json --region near=4096,1 \
    --region far=4096,10 | python3 -c 'import json, sys
near, far = json.load(sys.stdin)["memory"]["regions"]
assert near["accesses"] > far["accesses"], (near, far)' || fail 'accesses'

cp "$models/person.tflite" .
check 1 '' "person.tflite: the arena takes 6144 bytes at least and does not fit\
 the regions (near 4100, far 2000)" microflow compile person.tflite -o out \
    --region near=4100,1 --region far=2000,2
check 1 '' "person.tflite: \"input\" takes 1024 bytes, the largest region, b,\
 has 900" microflow compile person.tflite -o out --region a=800,1 \
    --region b=900,2 --optimize ram
for name in Near 1near near-by a_name_of_17_char; do
    check 1 '' "person.tflite: region \"$name\": names are C identifiers in\
 lower case, at most 16 letters, each once" \
        microflow compile person.tflite -o out --region "$name=9000,1"
done
absent out
finish
