#!/usr/bin/env python3
"""Plants faults into generated code and kernels, one at a time, and demands
that each is caught: by the proof that `microflow prove` is made of, or by
comparing outputs.  Plans are in plan.c.

usage: faults.py MICROFLOW MODELS CC
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

# The proof has to find these: (what is planted, model, file, pattern, text that
# takes the place of its first occurrence).  A function makes the text of the
# match.
PROOF = [
    ("filter array short by one", "sine", "net.c",
     r"op1_filter\[(\d+)\] = \{[^}]*", lambda m: shorten(m)),
    ("bias array short by one", "digits", "net.c",
     r"op0_bias\[(\d+)\] = \{[^}]*", lambda m: shorten(m)),
    ("tensor short by one", "sine", "net.c", r"s8\[16\]", "s8[15]"),
    ("input short by one", "digits", "net.c", r"s8\[64\]", "s8[63]"),
    ("an output too many", "sine", "net.c", r"\.outputs = 16", ".outputs = 17"),
    ("an input too many", "sine", "net.c", r"\.inputs = 16", ".inputs = 17"),
    ("bias near the maximum", "sine", "net.c",
     r"(op1_bias\[\d+\] = \{\s*)-?\d+", r"\g<1>2147483000"),
    ("shift far too large", "sine", "net.c",
     r"(op0_shift\[\d+\] = \{\s*)-?\d+", r"\g<1>-70"),
    ("shift to the left", "sine", "net.c",
     r"(op0_shift\[\d+\] = \{\s*)-?\d+", r"\g<1>20"),
    ("lost clamp", "sine", "mf_fully_connected.h",
     r"\(int8_t\)mf_clamp\((mf_scale[\s\S]*?),\s*p->activation_min, [^)]*\)",
     r"(int8_t)(\1)"),
    ("clamp past the type", "digits", "net.c", r"\.activation_min = -128",
     ".activation_min = -129"),
    ("loop bound off by one", "sine", "mf_dot.h", r"k < n;", "k <= n;"),
    ("product in 32 bits", "sine", "mf_core.h", r"\(int64_t\)x \* a", "x * a"),
    ("wrong width", "digits", "net.c", r"\.window\.input_width = 8",
     ".window.input_width = 9"),
    ("wrong height", "digits", "net.c", r"\.window\.output_height = 8",
     ".window.output_height = 9"),
    ("wrong depth multiplier", "digits", "net.c", r"\.depth_multiplier = 1",
     ".depth_multiplier = 2"),
    ("border off by one", "digits", "mf_window.h",
     r"start \+ t\.first \* dilation < 0", "start + t.first * dilation < -1"),
    ("far border off by one", "digits", "mf_window.h", r"dilation >= size",
     "dilation > size"),
    ("table read past its end", "digits", "net.c", r"\.table_size = (\d+)",
     lambda m: ".table_size = %d" % (int(m[1]) + 1)),
    ("division by zero", "digits", "mf_average_pool_2d.h",
     r": sum - taps / 2\) / taps", ": sum - taps / 2) / (taps - taps)"),
]

# Comparing outputs has to find these: nothing of them is undefined.
OUTPUTS = [
    ("shift off by one", "digits", "digits.c",
     r"(op0_shift\[\d+\] = \{\s*)(-?\d+)",
     lambda m: m[1] + str(int(m[2]) - 1)),
    ("multiplier off by a hundredth", "digits", "digits.c",
     r"(op0_multiplier\[\d+\] = \{\s*)(\d+)",
     lambda m: m[1] + str(int(m[2]) // 100 * 99)),
    ("wrong stride", "digits", "digits.c", r"\.window\.stride_x = 2",
     ".window.stride_x = 1"),
    ("wrong padding", "digits", "digits.c", r"\.window\.pad_top = 1",
     ".window.pad_top = 2"),
    ("wrong zero point", "digits", "digits.c",
     r"\.output_zero_point = -128", ".output_zero_point = -127"),
    ("a tap too few", "digits", "mf_dot.h", r"k < n;", "k < n - 1;"),
    ("rounding lost", "digits", "mf_core.h", r" \+ \(\(int64_t\)1 << 30\)", ""),
    ("rounding of negatives", "digits", "mf_core.h", r" - \(x < 0 \? 1 : 0\)",
     ""),
    ("clamp too low", "digits", "digits.c", r"\.activation_max = 127",
     ".activation_max = 90"),
    ("filters swapped", "digits", "digits.c",
     r"(op0_filter\[\d+\] = \{\s*)(-?\d+), (-?\d+)",
     lambda m: "%s%s, %s" % (m[1], m[3], m[2])),
    ("two live tensors in one place", "digits_residual",
     "digits_residual.c", None, None),
]


def shorten(match):
    """An array without its last element."""
    size = int(match[1])
    text = match[0].replace("[%d]" % size, "[%d]" % (size - 1))
    return text[:text.rindex(",")]


def plant(folder, name, pattern, text):
    path = os.path.join(folder, name)
    source = open(path).read()
    if pattern is None:
        # The second operand of ADD moves to where the first one is.
        changed = re.sub(r"(mf_add_s8\(\s*&\([^}]*\},\s*)(arena\.s8 \+ \d+), "
                         r"(arena\.s8 \+ \d+)", r"\1\2, \2", source, count=1)
    else:
        changed = re.sub(pattern, text, source, count=1)
    if changed == source:
        sys.exit("%s: there is no %s" % (name, pattern))
    open(path, "w").write(changed)


def run(command, **how):
    return subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **how)


def finds_alarm(folder):
    """Whether the proof fails; an analysis that does not run is no answer."""
    script = os.path.join(folder, "prove.sh")
    text = open(script).read()
    # The first alarm is enough.
    open(script, "w").write(text.replace(
        " -machdep", " -eva-stop-at-nth-alarm 1 -machdep"))
    log = run(["sh", script]).stdout.decode()
    if "[eva:alarm]" in log:
        return True
    if "Frama_C_show_each_end" not in log:
        sys.exit("the analysis did not run:\n" + log)
    return False


def outputs(folder, cc, name, frames):
    program = os.path.join(folder, "program")
    sources = [os.path.join(folder, name + ".c"),
               os.path.join(folder, name + "_driver.c")]
    # What the planted fault leaves unused is no fault of the test.
    built = run([cc, "-std=c99", "-O1", "-w", *sources, "-lm", "-o", program])
    if built.returncode != 0:
        sys.exit(built.stdout.decode())
    return subprocess.run([program], stdin=open(frames, "rb"),
                          stdout=subprocess.PIPE, check=True).stdout


def check_proof(microflow, models, work):
    missed = []
    fresh = {}
    for model in sorted({fault[1] for fault in PROOF}):
        fresh[model] = os.path.join(work, "proof_" + model)
        subprocess.run([microflow, "prove", "%s/%s.tflite" % (models, model),
                        "--int", "16", "--write", fresh[model]], check=True)
        folder = os.path.join(work, "whole")
        shutil.copytree(fresh[model], folder)
        if finds_alarm(folder):
            sys.exit("%s: an alarm without a fault" % model)
        shutil.rmtree(folder)
    for what, model, name, pattern, text in PROOF:
        folder = os.path.join(work, "faulty")
        shutil.copytree(fresh[model], folder)
        plant(folder, name, pattern, text)
        found = finds_alarm(folder)
        print("%-32s %-16s %s" % (what, model,
                                  "proof" if found else "NOT CAUGHT"))
        if not found:
            missed.append(what)
        shutil.rmtree(folder)
    return missed


def check_outputs(microflow, models, cc, work):
    missed = []
    frames = os.path.join(models, "digits.in")
    fresh, right = {}, {}
    for model in sorted({fault[1] for fault in OUTPUTS}):
        path = "%s/%s.tflite" % (models, model)
        fresh[model] = os.path.join(work, "outputs_" + model)
        subprocess.run([microflow, "compile", path, "--driver", "-o",
                        fresh[model]], check=True)
        right[model] = subprocess.run(
            [microflow, "run", path, "--input", frames, "--output", "-"],
            stdout=subprocess.PIPE, check=True).stdout
        if outputs(fresh[model], cc, model, frames) != right[model]:
            sys.exit("%s: wrong without a fault" % model)
    for what, model, name, pattern, text in OUTPUTS:
        folder = os.path.join(work, "faulty")
        shutil.copytree(fresh[model], folder)
        plant(folder, name, pattern, text)
        found = outputs(folder, cc, model, frames) != right[model]
        print("%-32s %-16s %s" % (what, model,
                                  "outputs" if found else "NOT CAUGHT"))
        if not found:
            missed.append(what)
        shutil.rmtree(folder)
    return missed


def main():
    microflow, models, cc = sys.argv[1:]
    work = tempfile.mkdtemp()
    try:
        missed = check_outputs(microflow, models, cc, work)
        has_prover = shutil.which("frama-c") is not None
        if has_prover:
            missed += check_proof(microflow, models, work)
    finally:
        shutil.rmtree(work)
    if missed:
        sys.exit("not caught: " + ", ".join(missed))
    if not has_prover:
        print("SKIP: frama-c is not there (Debian: frama-c-base)")
        sys.exit(77)


main()
