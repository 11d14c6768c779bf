#!/usr/bin/env python3
"""Measures models on targets and writes a row each to a table.

usage: bench.py MICROFLOW RESULTS [--models FOLDER...] [--only REGEX]

Rows that are not measured this time (of models that are not there, or that
REGEX, matched against "MODEL TARGET OPTIMIZE", leaves out) stay as they were.
A model that does not fit a target has no row.  The exit status is 1 if an
output was wrong or a measurement failed.
"""
import argparse
import json
import os
import re
import subprocess
import sys

MODELS = ["hello_world_int8", "sine", "micro_speech", "person_detect",
          "kws_ref", "vww_96_int8", "resnet8_ic", "ad01_int8", "digits",
          "digits_residual"]
# Streams, recurrent networks and the audio front end, with integers all
# through: measured on one target.
STREAMS = ["mww_okay_nabu_v2", "mww_alexa_v1", "mww_vad_v2",
           "keywords_stream", "audio_preprocessor_int8", "front_end",
           "keyword_scrambled_int8", "nnid_int16x8", "mnist_lstm_int8",
           "keras_lstm_mnist", "dtln_noise_suppression", "simple_add"]
STREAMS_TARGET = "cortex-m4"
# Bytes of a model that may fit; the linker has the last word.
LARGEST = {"avr": 32000, "avr-mega2560": 64000}
# Where optimising for size is measured too.
SMALL_TARGETS = ["avr", "cortex-m0", "cortex-m4", "rv32imc"]
COLUMNS = ["model", "target", "optimize", "unit", "count", "macs",
           "flash_code", "flash_weights", "arena", "ram_static", "stack_peak",
           "stack_bound", "bit_exact"]
DOES_NOT_FIT = re.compile(r"will not fit|overflowed by|is not within region|"
                          r"too large|address out of range|relocation "
                          r"truncated|out of range|overlaps")


def read_rows(path):
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    return {tuple(line[:3]): line for line in lines[1:]}


def find_models(folders):
    found = {}
    for name in MODELS + STREAMS:
        for folder in folders:
            path = os.path.join(folder, name + ".tflite")
            if name not in found and os.path.exists(path):
                found[name] = path
    return found


def cases(models, targets, only):
    for name, path in models.items():
        for target in targets:
            # Code for "generic" is what "host" measures.
            if target == "generic" or \
                    name in STREAMS and target != STREAMS_TARGET or \
                    os.path.getsize(path) > LARGEST.get(target, 1 << 31):
                continue
            for optimize in ["speed", "size"]:
                if optimize == "size" and target not in SMALL_TARGETS:
                    continue
                if only.search(f"{name} {target} {optimize}"):
                    yield name, path, target, optimize


def measure(microflow, path, target, optimize):
    """The JSON object, or None and a reason."""
    done = subprocess.run(
        [microflow, "bench", path, "--target", target, "--optimize", optimize,
         "--json"], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return json.loads(done.stdout), ""
    return None, done.stderr.strip()


def text_of(value):
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def write_rows(path, rows, targets):
    def place(key):
        model, target, optimize = key
        models = MODELS + STREAMS
        return (models.index(model) if model in models else len(models),
                targets.index(target) if target in targets else len(targets),
                optimize != "speed")

    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for key in sorted(rows, key=place):
            file.write("\t".join(rows[key]) + "\n")
    os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("microflow")
    parser.add_argument("results")
    parser.add_argument("--models", nargs="+", default=[])
    parser.add_argument("--only", type=re.compile, default=re.compile(""))
    arguments = parser.parse_args()

    targets = [target["name"] for target in json.loads(subprocess.run(
        [arguments.microflow, "targets", "--json"], capture_output=True,
        text=True, check=True).stdout)]
    models = find_models(arguments.models)
    for name in MODELS + STREAMS:
        if name not in models:
            print(f"{name}: not found, its rows stay", file=sys.stderr)
    rows = read_rows(arguments.results)
    failed = False
    for name, path, target, optimize in cases(models, targets,
                                              arguments.only):
        key = (name, target, optimize)
        result, reason = measure(arguments.microflow, path, target, optimize)
        rows.pop(key, None)
        if result is None:
            fits = not DOES_NOT_FIT.search(reason)
            failed = failed or fits
            print(f"{name} {target} {optimize}: " +
                  (reason if fits else "does not fit"), file=sys.stderr)
            continue
        result["model"] = name
        rows[key] = [text_of(result[column]) for column in COLUMNS]
        print("  ".join(rows[key]), flush=True)
        write_rows(arguments.results, rows, targets)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
