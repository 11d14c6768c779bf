#!/usr/bin/env python3
"""Measures models on this machine with MicroFlow (--target x86-64) and with
LiteRT (XNNPACK as WebAssembly, one thread), by turns, and writes a row each.

usage: compare.py MICROFLOW RESULTS [--models FOLDER...] [--rounds N]

NAME.in beside a model, if it is there, holds its frames.  The table has the
fastest inference of each in nanoseconds, and by how much at most an INT8 output
of the first frame differs: LiteRT rounds otherwise than the reference does.
Prints why and ends with 77 where npm or node is not there, or the package cannot
be installed.
"""
import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = ["person_detect", "kws_ref", "vww_96_int8", "resnet8_ic",
          "micro_speech", "ad01_int8"]
COLUMNS = ["model", "litert_ns", "microflow_ns", "most_difference"]
RELAXED = "--experimental-wasm-relaxed-simd"
# The faster of the two counts: which one depends on machine and node.
VARIANTS = {"litert_wasm_internal": [RELAXED],
            "litert_wasm_compat_internal": []}


class Flatbuffer:
    """What accepted_model() needs of the format."""

    def __init__(self, data):
        self.data = data

    def u16(self, at):
        return struct.unpack_from("<H", self.data, at)[0]

    def i32(self, at):
        return struct.unpack_from("<i", self.data, at)[0]

    def field(self, table, i):
        """Where field i of a table is; None if it is not there."""
        vtable = table - self.i32(table)
        if 4 + 2 * i >= self.u16(vtable):
            return None
        offset = self.u16(vtable + 4 + 2 * i)
        return table + offset if offset else None

    def follow(self, at):
        return at + self.i32(at)

    def tables(self, table, i):
        """The tables of the vector that field i is."""
        at = self.field(table, i)
        vector = self.follow(at) if at else None
        count = self.i32(vector) if vector else 0
        return [self.follow(vector + 4 + 4 * k) for k in range(count)]


def accepted_model(data):
    """The model as LiteRT takes it: some files name dimension 3 as that of the
    channels of biases, which have one, and it refuses them."""
    data = bytearray(data)
    buffer = Flatbuffer(data)
    for subgraph in buffer.tables(buffer.follow(0), 2):
        for tensor in buffer.tables(subgraph, 0):
            shape = buffer.field(tensor, 0)
            quantization = buffer.field(tensor, 4)
            rank = buffer.i32(buffer.follow(shape)) if shape else 0
            if not quantization:
                continue
            axis = buffer.field(buffer.follow(quantization), 6)
            if axis and buffer.i32(axis) >= rank:
                struct.pack_into("<i", data, axis, 0)
    return bytes(data)


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}:\n{done.stderr.strip()}")
    return done.stdout


def litert(path, frames, folder):
    """The fastest inference and the outputs of the first frame."""
    accepted = os.path.join(folder, os.path.basename(path))
    with open(path, "rb") as file, open(accepted, "wb") as to:
        to.write(accepted_model(file.read()))
    takes_relaxed = RELAXED in run(["node", "--v8-options"])
    results = []
    for variant, options in VARIANTS.items():
        command = ["node", *(options if takes_relaxed else []),
                   os.path.join(HERE, "litert.mjs"), variant, accepted, *frames]
        results.append(json.loads(run(command)))
    best = min(results, key=lambda result: result["ns"])
    return best["ns"], b"".join(map(bytes.fromhex, best["outputs"]))


def microflow(tool, path, frames):
    """The fastest inference."""
    options = ["--input", frames[0]] if frames else []
    result = json.loads(run([tool, "bench", path, "--target", "x86-64",
                             "--json", *options]))
    return result["count"]


def outputs_of(tool, path, frames, size, folder):
    to = os.path.join(folder, "outputs")
    run([tool, "run", path, "--input", frames[0], "--output", to])
    with open(to, "rb") as file:
        return file.read(size)


def difference(a, b):
    def values(data):
        return struct.unpack(f"{len(data)}b", data)
    return max(abs(x - y) for x, y in zip(values(a), values(b)))


def compare(tool, path, rounds):
    frames = [path.removesuffix(".tflite") + ".in"]
    frames = frames if os.path.exists(frames[0]) else []
    theirs, ours = [], []
    most = ""
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            ns, outputs = litert(path, frames, folder)
            theirs.append(ns)
            ours.append(microflow(tool, path, frames))
        if frames:
            most = difference(outputs, outputs_of(tool, path, frames,
                                                  len(outputs), folder))
    return min(theirs), min(ours), most


def install():
    missing = next((tool for tool in ["npm", "node"]
                    if not shutil.which(tool)), None)
    if missing:
        print(f"no {missing}: LiteRT is not measured", file=sys.stderr)
        sys.exit(77)
    if subprocess.run(["npm", "install", "--silent", "--prefix", HERE],
                      check=False).returncode != 0:
        print("npm install failed: LiteRT is not measured", file=sys.stderr)
        sys.exit(77)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("microflow")
    parser.add_argument("results")
    parser.add_argument("--models", nargs="+", default=[])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    install()
    rows = []
    for name in MODELS:
        paths = [os.path.join(folder, name + ".tflite")
                 for folder in arguments.models]
        path = next(filter(os.path.exists, paths), None)
        if not path:
            print(f"{name}: not found", file=sys.stderr)
            continue
        theirs, ours, most = compare(arguments.microflow, path,
                                     arguments.rounds)
        rows.append([name, theirs, ours, most])
        print(f"{name}: LiteRT {theirs / 1e3:.1f} us, MicroFlow "
              f"{ours / 1e3:.1f} us, {theirs / ours:.2f} times faster, outputs "
              f"differ by {most if most != '' else '?'} at most", flush=True)
    if rows:
        with open(arguments.results, "w", encoding="utf-8") as file:
            for row in [COLUMNS, *rows]:
                file.write("\t".join(map(str, row)) + "\n")


if __name__ == "__main__":
    main()
