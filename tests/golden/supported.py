#!/usr/bin/env python3
"""Every model is either exact or refused in so many words.

usage: supported.py MICROFLOW SHARED PREFIX [GOLDEN_ARGUMENT...]

Every model that SHARED/models/manifest.tsv lists under PREFIX must either give
the reference's bits or be refused with exit status 1 and messages that name
an operator (or, of what belongs to none, an input or output).  Those in
supported.txt may not be refused.  77 means skipped.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
REFUSAL = re.compile(r'\S+\.tflite: '
                     r'(op \d+ [A-Z0-9_]+(:\S+)?( "[^"]*")?: .+'
                     r'|(input|output) \d+, tensor \d+ "[^"]*", .+)')


def refusal(microflow, model):
    """None if the model compiles, else what is wrong with how it is refused,
    "" if nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        p = subprocess.run([microflow, "compile", model, "-o", folder + "/c"],
                           capture_output=True, text=True, timeout=120)
        if p.returncode == 0:
            return None
        if p.returncode != 1:
            return f"exit status {p.returncode}: {p.stderr.strip()}"
        if p.stdout or os.path.exists(folder + "/c"):
            return "it was refused, but something was written"
        lines = p.stderr.splitlines()
        wrong = [line for line in lines if not REFUSAL.fullmatch(line)]
        if not lines or wrong:
            return f"not a message about an operator: {wrong or 'none'}"
        return ""


def main():
    microflow, shared, prefix = sys.argv[1:4]
    golden = shared + "/accept/golden.py"
    if not os.path.exists(golden):
        print(f"skipped: no golden outputs in {shared}")
        return 77
    with open(HERE + "/supported.txt") as f:
        must = {line.strip() for line in f if line.startswith(prefix)}
    with open(shared + "/models/manifest.tsv") as f:
        header, *rows = f.read().splitlines()
    rows = {row.split("\t")[0]: row for row in rows if row.startswith(prefix)}

    failed = [f"{name}: listed as supported, but not in the manifest"
              for name in sorted(must - rows.keys())]
    supported = []
    for name in rows:
        why = refusal(microflow, f"{shared}/models/{name}.tflite")
        if why is None:
            supported.append(name)
        elif why or name in must:
            failed.append(f"{name}: {why or 'is refused'}")
    for line in failed:
        print("FAIL", line)
    print(f"{len(supported)} of {len(rows)} models are supported")

    if supported:
        with tempfile.TemporaryDirectory() as folder:
            group = prefix.split("/")[0]
            os.symlink(f"{os.path.abspath(shared)}/models/{group}",
                       f"{folder}/{group}")
            with open(folder + "/manifest.tsv", "w") as f:
                f.write("\n".join([header] + [rows[n] for n in supported]))
                f.write("\n")
            p = subprocess.run([sys.executable, golden, "--quiet",
                                "--microflow", microflow, "--models", folder]
                               + sys.argv[4:])
            failed += ["golden.py"] * (p.returncode != 0)
    unlisted = sorted(set(supported) - must)
    if unlisted and not failed:
        print("supported, and not yet in supported.txt:", *unlisted)
    return 1 if failed else 0


sys.exit(main())
