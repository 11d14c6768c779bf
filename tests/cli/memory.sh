#!/usr/bin/env bash
# microflow inspect of plans with streams: the text, the picture (--svg) and the
# curve of RAM against instructions (--pareto).
models=$(cd "$(dirname "$0")/../../models" && pwd)
. "$(dirname "$0")/check.sh" "$@"

# The text names every stream and what it holds; without streams there is none.
microflow inspect "$models/person.tflite" >whole || fail 'inspect'
grep -q '^stream' whole && fail 'a stream that nobody asked for'
microflow inspect --ram-limit 2950 "$models/person.tflite" >text ||
    fail 'inspect --ram-limit'
grep -Eq '^stream 0: steps? .*, row by row; workspace: [0-9]+ bytes$' text ||
    fail 'no stream' "$(cat text)"
grep -Eq '^ +32 +32 +32  input +there$' text || fail 'no input' "$(cat text)"
microflow inspect --input push "$models/person.tflite" >text ||
    fail 'inspect --input push'
grep -Eq '^ +32 +[0-9] +32  input +comes row by row$' text ||
    fail 'no pushed rows' "$(cat text)"

# JSON and picture say the same, and no bytes are in use twice.
cat >picture.py <<'END'
import json, sys
import xml.etree.ElementTree as xml

model = json.load(open(sys.argv[1]))
memory, layers = model["memory"], model["layers"]
buffers, streams = memory["buffers"], memory["streams"]
assert len(streams) >= int(sys.argv[3])

for i, stream in enumerate(streams):
    own = [s for s, layer in enumerate(layers) if layer["stream"] == i]
    assert own == list(range(stream["first"], stream["last"] + 1)), own
    assert {layers[s]["stage"] for s in own} == set(
        range(len(stream["stages"])))
    for g, stage in enumerate(stream["stages"]):
        last = max(s for s in own if layers[s]["stage"] == g)
        assert layers[last]["output"]["name"] == stage["tensor"]
        assert layers[last]["output"]["size"] == \
            stage["row_size"] * (1 if stage["is_sum"] else stage["rows"])
        assert 1 <= stage["held"] <= stage["rows"] * stage["columns"]
        assert stage["columns"] % stage["piece"] == 0
        assert stage["piece"] % stage["tile"] == 0
for layer in layers:
    assert (layer["stream"] < 0) == (layer["stage"] < 0)

root = xml.parse(sys.argv[2]).getroot()
svg = "{http://www.w3.org/2000/svg}"
rects = list(root.iter(svg + "rect"))
plot, = (r for r in rects if r.get("class") == "plot")
x0, y0, width, height = (float(plot.get(k))
                         for k in ("x", "y", "width", "height"))
assert float(root.get("width")) >= x0 + width
assert float(root.get("height")) >= y0 + height
assert sum(r.get("class") == "stream" for r in rects) == len(streams)
column = width / (len(layers) + 2)
bytes_high = memory["arena_size"] + memory["state_size"]
boxes = [r for r in rects if (r.get("id") or "").startswith("buffer-")]
assert len(boxes) == len(buffers)
found = []
for i, (box, buffer) in enumerate(zip(boxes, buffers)):
    assert box.get("id") == f"buffer-{i}"
    x, y, w, h = (float(box.get(k)) for k in ("x", "y", "width", "height"))
    first = round((x - x0) / column) - 1
    last = first + round(w / column) - 1
    bottom = round((y0 + height - y - h) / height * bytes_high)
    top = round((y0 + height - y) / height * bytes_high)
    base = memory["arena_size"] if buffer["is_state"] else 0
    assert (first, last) == (buffer["first"], buffer["last"]), (i, first, last)
    assert bottom == base + buffer["offset"], (i, bottom)
    assert top == bottom + buffer["size"], (i, top)
    assert -1 <= first <= last <= len(layers)
    assert base <= bottom and top <= (
        bytes_high if base else memory["arena_size"])
    title = box.find(svg + "title").text
    assert title.startswith(f"{buffer['tensor'] or '(no name)'}: "
                            f"{buffer['size']} bytes at "), title
    if buffer["rows"]:
        assert buffer["held"] < buffer["rows"] * buffer["columns"]
        assert (f"{buffer['held']} of {buffer['rows']} x "
                f"{buffer['columns']} pixels") in title, title
    found.append((first, last, bottom, top))
for i, a in enumerate(found):
    for k, b in enumerate(found[:i]):
        if a[0] <= b[1] and b[0] <= a[1] and a[2] < b[3] and b[2] < a[3] and \
                not buffers[i]["is_state"]:
            assert buffers[i]["overwrites"] == k or \
                buffers[k]["overwrites"] == i, (i, k, a, b)
            both = range(max(a[0], b[0]), min(a[1], b[1]) + 1)
            owner = {layers[s]["stream"] for s in both}
            assert len(both) == 1 or (len(owner) == 1 and min(owner) >= 0)
END
while read -r name streams options; do
    # shellcheck disable=SC2086
    {
        microflow inspect $options --json "$models/$name.tflite" >json &&
            microflow inspect $options --svg map.svg "$models/$name.tflite" \
                >out && python3 picture.py json map.svg "$streams"
    } || fail "$name $options" "$(cat json)"
    [ -s out ] && fail "$name --svg printed" "$(cat out)"
    # shellcheck disable=SC2086
    microflow inspect $options --svg - "$models/$name.tflite" |
        cmp - map.svg || fail "$name --svg -"
done <<'END'
digits 0
digits 1 --optimize ram
digits_residual 1 --optimize ram
person 0 --optimize speed
person 1 --optimize ram
person 1 --input push
wake_word 0
wake_word 1 --optimize ram
sine 0
END

# Names are any bytes, the picture is XML all the same.
sed 's/w2/\xff\xc3/; s/\bx\b/</; s/\by\b/\x01/; s/\bz\b/\&/' deep.tflite \
    >names.tflite
microflow inspect --svg names.svg names.tflite || fail 'names'
python3 -c 'import sys, xml.etree.ElementTree as xml
text = "".join(xml.parse(sys.argv[1]).getroot().itertext())
assert "<:" in text and "&:" in text, text' names.svg ||
    fail 'names in XML' "$(cat names.svg)"
check 1 '' 'none/x.svg: cannot be written: No such file or directory' \
    microflow inspect deep.tflite --svg none/x.svg

# Each point of the curve can be had, and costs what it says; there is none
# under the last.
while read -r name input; do
    cp "$models/$name.tflite" .
    microflow inspect --pareto --json --input "$input" \
        "$models/$name.tflite" >json || fail "--pareto $name"
    python3 - json >points <<'END' || fail "--pareto $name" "$(cat json)"
import json, sys

points = json.load(open(sys.argv[1]))["tradeoff"]
assert len(points) > 2
for a, b in zip(points, points[1:]):
    assert a["arena_size"] > b["arena_size"] and a["cost"] <= b["cost"]
for point in points:
    print(point["arena_size"], point["cost"])
END
    compare "--pareto $name" "$(awk '{ printf "%10d  %24d\n", $1, $2 }' \
        points)" <(microflow inspect --pareto --input "$input" \
            "$models/$name.tflite" | tail -n +2)
    while read -r arena _; do
        microflow inspect --input "$input" --ram-limit "$arena" \
            "$models/$name.tflite" |
            grep -q "^arena: $arena bytes" || fail "$name in $arena"
        least=$arena
    done <points
    microflow inspect --input "$input" --ram-limit $((least - 1)) \
        "$name.tflite" >out 2>err && fail "$name in less than $least"
done <<'END'
person resident
digits push
END
[ "$(microflow inspect --pareto "$models/person.tflite" |
    awk 'NR == 2 { print $2 }')" = 0 ] || fail 'the first point costs'
finish
