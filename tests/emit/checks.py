#!/usr/bin/env python3
"""NAME_selftest(), NAME_check_weights() and NAME_check_arena(): they find
nothing in code as it was written, however it was optimised and whatever it is
for, and they find and name faults that are planted.

usage: checks.py MICROFLOW MODELS CC AVR_CC RUNNER
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

STRICT = ("-std=c99 -O1 -Wall -Wextra -pedantic -Wconversion -Wshadow -Wvla "
          "-Wundef -Wstrict-prototypes -Werror").split()
CHECKS = ["--selftest", "--guard", "weights", "--guard", "arena"]

# Prints what the checks return, twice: they leave nothing behind.
MAIN = """#include <stdio.h>
#include "net.c"
int main(void) {
    for (int i = 0; i < 2; i++) {
        printf("%d", net_selftest());
        printf(" %d", net_check_weights());
        printf(" %d\\n", net_check_arena());
        PLANT
    }
    return 0;
}
"""


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit("%s: status %d\n%s" % (" ".join(command), done.returncode,
                                        done.stdout))
    return done.stdout


class Test:
    def __init__(self, microflow, models, cc, folder):
        self.microflow, self.models, self.cc = microflow, models, cc
        self.folder = folder

    def model(self, name):
        return os.path.join(self.models, name + ".tflite")

    def compile(self, name, *options):
        shutil.rmtree(self.folder, ignore_errors=True)
        run(self.microflow, "compile", self.model(name), "-o", self.folder,
            "--name", "net", *CHECKS, *options)

    def found(self, compiler=None, plant=""):
        """What the checks return, a list of three for each round."""
        main = os.path.join(self.folder, "main.c")
        program = os.path.join(self.folder, "main")
        with open(main, "w") as file:
            file.write(MAIN.replace("PLANT", plant))
        run(*(compiler or [self.cc] + STRICT), "-o", program, main, "-lm")
        return [[int(word) for word in line.split()]
                for line in run(program).splitlines()]

    def expect(self, what, found, expected):
        if found != expected:
            sys.exit("%s: found %s, expected %s" % (what, found, expected))


def nothing_is_wrong(test):
    for name, options in [
            ("sine", ""), ("digits", ""), ("digits", "--optimize size"),
            ("digits_residual", "--optimize ram"), ("digits", "--input push"),
            ("person", "--optimize ram -t cortex-m4"),
            ("digits_residual", "-t cortex-m55"), ("digits", "-t avr"),
            ("wake_word", ""), ("wake_word", "--optimize size -t avr")]:
        test.compile(name, *options.split())
        test.expect("%s %s" % (name, options), test.found(), [[0, 0, 0]] * 2)


def planted_weights(test, name, *options):
    """A bias that is another one: the layer is named, and the array."""
    layers = json.loads(run(test.microflow, "inspect", test.model(name),
                            "--json"))["layers"]
    number = {layer["index"]: i + 1 for i, layer in enumerate(layers)}
    test.compile(name, *options)
    path = os.path.join(test.folder, "net.c")
    source = open(path).read()
    arrays = re.findall(r"^static const .*?(op\d+_\w+|constant_\d+)\[", source,
                        re.M)
    planted = 0
    for position, array in enumerate(arrays):
        op = re.match(r"op(\d+)_bias", array)
        if not op:
            continue
        with open(path, "w") as file:
            file.write(re.sub(
                r"(%s\[\d+\] = \{\s*)(-?\d+)" % array,
                lambda m: m[1] + str(int(m[2]) + 200000), source, count=1))
        expected = [number[int(op[1])], position + 1, 0]
        test.expect("%s: %s is wrong" % (name, array), test.found(),
                    [expected] * 2)
        planted += 1
    if planted < 2:
        sys.exit("%s: biases: %d" % (name, planted))


def planted_overrun(test):
    test.compile("digits")
    for plant, expected in [("((char *)&arena.memory)[-1] ^= 1;", 1),
                            ("arena.after[0]++;", 2),
                            ("arena.before[1] = 0; arena.after[1] = 0;", 3)]:
        test.expect(plant, test.found(plant=plant),
                    [[0, 0, 0], [0, 0, expected]])


def on_avr(test, avr_cc, runner):
    if not shutil.which("avr-gcc") or not os.path.exists(runner):
        print("AVR: skipped, no avr-gcc or no simavr")
        return
    compiler = [avr_cc, runner, "atmega2560", "-std=gnu99", "-Os",
                "-I" + test.folder]
    for name in ("sine", "digits"):
        test.compile(name, "-t", "avr-mega2560")
        test.expect(name + " on AVR", test.found(compiler), [[0, 0, 0]] * 2)
    path = os.path.join(test.folder, "net.c")
    source = open(path).read()
    with open(path, "w") as file:
        file.write(re.sub(r"(op0_\w+\[\d+\] = \{\s*)((-?\d+,\s*){12})",
                          lambda m: m[1] + re.sub(r"-?\d+", "64", m[2]), source,
                          count=1))
    test.expect("digits on AVR, wrong weight", test.found(compiler),
                [[1, 1, 0]] * 2)


def main(microflow, models, cc, avr_cc, runner):
    with tempfile.TemporaryDirectory() as folder:
        test = Test(microflow, models, cc, os.path.join(folder, "net"))
        nothing_is_wrong(test)
        planted_weights(test, "digits")
        planted_weights(test, "digits", "--optimize", "size")
        planted_weights(test, "sine")
        planted_overrun(test)
        on_avr(test, avr_cc, runner)


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
