#!/usr/bin/env bash
# microflow inspect, as text and as JSON.
. "$(dirname "$0")/check.sh" "$@"

text='inputs
  0  "x" INT8 1x4  4 bytes  scale 0.5  zero point 1

outputs
  0  "z" INT8 1x3  3 bytes  scale 0.75  zero point 0

layers
    op  operator         type     output          MACs   constants    live RAM
     0  FULLY_CONNECTED  INT8     1x2                8          21           6
     1  FULLY_CONNECTED  INT8     1x3                6          23           5

totals
  MACs       14
  constants  44 bytes
  arena      6 bytes (no placement needs fewer than 6)

memory map'
microflow inspect deep.tflite >out 2>err || fail 'inspect failed'
[ -s err ] && fail "stderr: $(cat err)"
compare 'inspect' "$text" <(sed '/^memory map$/q' out)
[ "$(sed '1,/^memory map$/d' out | wc -l)" -gt 4 ] || fail 'no memory map'

microflow inspect - <deep.tflite | cmp - out || fail 'from standard input'

# JSON, read by a program.
microflow inspect --json deep.tflite >json 2>err || fail 'inspect --json failed'
[ -s err ] && fail "stderr: $(cat err)"
python3 - json <<'END' || fail "$(cat json)"
import json, sys

model = json.load(open(sys.argv[1]))
assert list(model) == ["file", "inputs", "outputs", "layers", "macs",
                       "memory"], list(model)
x = {"name": "x", "type": "INT8", "shape": [1, 4], "size": 4, "scale": 0.5,
     "zero_point": 1}
y = {"name": "y", "type": "INT8", "shape": [1, 2], "size": 2, "scale": 0.125,
     "zero_point": -1}
z = {"name": "z", "type": "INT8", "shape": [1, 3], "size": 3, "scale": 0.75,
     "zero_point": 0}
assert model["file"] == "deep.tflite"
assert model["inputs"] == [x], model["inputs"]
assert model["outputs"] == [z], model["outputs"]
first, second = model["layers"]
assert first["input"] == x and first["output"] == y, first
assert second["input"] == y and second["output"] == z, second
assert (second["index"], second["op"], second["macs"]) == (
    1, "FULLY_CONNECTED", 6), second
assert model["macs"] == 14
memory = model["memory"]
assert {b["tensor"] for b in memory["buffers"]} == {"x", "y", "z"}
assert max(b["offset"] + b["size"] for b in memory["buffers"]) == \
    memory["arena_size"] >= memory["lower_bound"] == 6
END

# Names that are no UTF-8 do not make JSON that is none.
sed 's/w2/\xff\xc3/; s/\bx\b/\xe9/' deep.tflite >names.tflite
microflow inspect --json names.tflite >json || fail 'names that are no UTF-8'
python3 -c 'import json, sys
assert json.load(open(sys.argv[1], encoding="utf-8"))["inputs"][0]["name"] == \
    "\ufffd"' json || fail "$(cat json)"

check 1 '' 'none: cannot be read: No such file or directory' \
    microflow inspect none
finish
