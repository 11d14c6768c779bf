#!/usr/bin/env bash
# microflow compile --evidence: a pack that is complete, right, and the same
# again; and what it says where tools are missing.
. "$(dirname "$0")/check.sh" "$@"

models=$(cd "$(dirname "$0")/../../models" && pwd)
try="
Try 'microflow compile --help'."
check 2 '' "microflow compile: --evidence needs -o DIR$try" \
    microflow compile deep.tflite --dump-after read --evidence pack
absent pack
check 2 '' "microflow compile: --evidence is for one MODEL$try" \
    microflow compile deep.tflite dense.tflite -o out --evidence pack
absent pack

# Without any tool: said so, and all else is there.
mkdir none
env PATH="$PWD/none" "$MICROFLOW" compile deep.tflite -o out --name net \
    --optimize size --selftest --evidence pack -t cortex-m4 >.out 2>.err ||
    fail "without tools: $(cat .err)"
[ -s .out ] || [ -s .err ] && fail "without tools: $(cat .out .err)"
rm -f .out .err
python3 - out pack <<'END' || fail 'pack without tools'
import hashlib, json, os, sys

out, pack = sys.argv[1:]
def digest(path):
    return hashlib.sha256(open(path, "rb").read()).hexdigest()
manifest = json.load(open(pack + "/manifest.json"))
assert manifest["model"]["name"] == "deep.tflite"
assert manifest["model"]["sha256"] == digest("deep.tflite")
assert manifest["options"]["optimize"] == "size"
assert manifest["options"]["selftest"] is True
for folder, key in (out, "outputs"), (pack, "evidence"):
    names = [entry["name"] for entry in manifest[key]]
    extra = {"manifest.json"} if key == "evidence" else set()
    assert set(names) | extra == set(os.listdir(folder)), names
    for entry in manifest[key]:
        path = os.path.join(folder, entry["name"])
        assert entry["sha256"] == digest(path), path
        assert entry["size"] == os.path.getsize(path), path
trace = json.load(open(pack + "/trace.json"))
source = open(out + "/" + trace["source"]).read().split("\n")
assert trace["source"] == "net.c" and len(trace["layers"]) == 2
for i, layer in enumerate(trace["layers"]):
    assert (layer["layer"], layer["operator"]) == (i + 1, "FULLY_CONNECTED")
    assert layer["calls"][0]["function"].startswith("mf_fully_connected")
    first, last = layer["lines"]
    assert source[first - 1:last] == layer["source"]
    assert layer["source"][0].startswith("    /* op %d " % i)
    assert layer["accumulator"]["least"] <= layer["accumulator"]["most"]
assert json.load(open(pack + "/memory.json"))["check"] == "passed"
for name in "misra", "proof", "bounds":
    said = json.load(open(pack + "/%s.json" % name))
    assert said["measured"] is False and said["reason"], said
    assert said["tool"] is None
END
rm -rf out pack none

# What cannot be written leaves nothing, neither pack nor C.
check 1 '' 'none/pack: cannot be created: No such file or directory' \
    microflow compile deep.tflite -o out --evidence none/pack
absent out

# With the tools that there are.
if command -v cppcheck >/dev/null && command -v frama-c >/dev/null &&
    command -v arm-none-eabi-gcc >/dev/null &&
    command -v qemu-system-arm >/dev/null; then
    for again in 1 2; do
        microflow compile "$models/sine.tflite" -o out$again -t cortex-m0 \
            --evidence pack$again >.out 2>&1 || fail "pack: $(cat .out)"
        [ -s .out ] && fail "pack: $(cat .out)"
    done
    rm -f .out
    diff -r pack1 pack2 || fail 'the pack is not reproducible'
    python3 - pack1 <<'END' || fail 'pack with tools'
import json, sys

def read(name):
    return json.load(open("%s/%s.json" % (sys.argv[1], name)))
bounds, misra, proof = read("bounds"), read("misra"), read("proof")
assert bounds["bit_exact"] is True and bounds["unit"] == "instructions"
assert bounds["stack_peak"] <= bounds["stack_bound"]
assert bounds["random_inputs"] == 100
assert misra["findings"] > 0 and misra["without_deviation"] == 0, misra
assert sum(len(r["places"]) for r in misra["rules"]) == misra["findings"]
deviations = open(sys.argv[1] + "/deviations.md").read()
assert all("| %s |" % r["rule"] in deviations for r in misra["rules"])
assert proof["layers_analysed"] == proof["layers"] and "seconds" not in proof
assert bounds["tool"] and misra["tool"] and proof["tool"]
END
    rm -rf out1 out2 pack1 pack2
fi
finish
