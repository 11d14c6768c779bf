#!/usr/bin/env python3
"""Holds object files of generated code to what SECURITY.md and docs/trust.md
say of them: they refer to nothing but copying bytes, the compiler's own
arithmetic and, with float layers, <math.h>; no call goes through a pointer; no
function can reach itself.

Compiles every model for a target of each compiler and SIMD, with shared kernels
(size) and with a copy a layer, row by row (ram).  Faults that are planted have
to be found.

usage: objects.py MICROFLOW MODEL...
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# What compilers may call in freestanding code as well.
MEMORY = {"memcpy", "memmove", "memset", "memcmp"}
MATH = {name + suffix for suffix in ("", "f") for name in (
    "exp", "log", "pow", "sqrt", "sin", "cos", "atan2", "tanh", "floor",
    "ceil", "trunc", "round", "rint", "fabs", "fmod", "ldexp", "frexp")}
# libgcc: arithmetic of cores without it, and shared prologues.
RUNTIME = re.compile(
    r"__(aeabi_(u?[il]div(mod)?|u?ldivmod|lmul|ll[sr]l|lasr|[ul]?lcmp|"
    r"[fdiu][a-z0-9]+)|gnu_thumb1_case_\w+|[a-z]+[sdhqt][ifc][0-9]?|"
    r"u?(div)?(mod|mul)\w*|(prologue_save|epilogue_restore)s__|"
    r"tablejump2?__|do_(copy_data|clear_bss)|load_[0-9]|"
    r"riscv_(save|restore)_[0-9]+)$")
FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
TARGET = re.compile(r"<([^>+]+)(\+0x[0-9a-f]+)?>")
# Each function is a section: .text.NAME+0x0 is NAME.
RELOCATION = re.compile(r"\bR_\S+\s+(?:\.text\.)?([\w.]+)(\+0x[0-9a-f]+)?")
# Calls and jumps through a register, but for returns.
INDIRECT = re.compile(
    r"\t(call|jmp)q?\s+\*|\tblx\s+r|\tbx\s+(?!lr\b)|\te?i(call|jmp)\b|"
    r"\tcallx|\tc?\.?jalr\s")


def output(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def undefined(prefix, path):
    return {line.split()[-1]
            for line in output(prefix + "nm", "-u", path).splitlines()}


def disassembly(prefix, path):
    """Each function's instructions."""
    functions, name = {}, None
    for line in output(prefix + "objdump", "-dr", "--no-show-raw-insn",
                       path).splitlines():
        if (match := FUNCTION.match(line)) and not match[1].startswith(".L"):
            name = match[1]
            functions[name] = []
        elif name and line:
            functions[name].append(line)
    return functions


def references(name, lines):
    """What a function calls, jumps to or takes the address of: an instruction's
    relocation stands behind it, and only without one its target counts; behind
    # stands what objdump takes a load's address for."""
    for line, after in zip(lines, lines[1:] + [""]):
        match = RELOCATION.search(line)
        if not match and "R_" not in after and "\tjalr" not in line:
            match = TARGET.search(line.partition("#")[0])
        # Its own middle is a loop.
        if match and (match[1] != name or
                      int(match[2] or "0", 16) == 0):
            yield match[1]


def calls(functions):
    return {name: functions.keys() & set(references(name, lines))
            for name, lines in functions.items()}


def cycle(graph):
    """A function that reaches itself, or None."""
    for start in graph:
        seen, pending = set(), list(graph[start])
        while pending:
            name = pending.pop()
            if name == start:
                return start
            if name not in seen:
                seen.add(name)
                pending += graph[name]
    return None


def faults(prefix, path):
    """What the object file has and must not have."""
    for symbol in sorted(undefined(prefix, path)):
        if symbol not in MEMORY | MATH and not RUNTIME.match(symbol):
            yield f"refers to {symbol}"
    functions = disassembly(prefix, path)
    if not functions:
        yield "holds no function"
    for name, lines in functions.items():
        for i, line in enumerate(lines):
            # RISC-V's calls of a name are two instructions.
            if (INDIRECT.search(line) and
                    "R_RISCV_CALL" not in "".join(lines[max(i - 3, 0):i])):
                yield f"{name} calls through a pointer: {line.strip()}"
    if (name := cycle(calls(functions))) is not None:
        yield f"{name} can reach itself"


PLANTED = {
    "refers to malloc": "void *malloc(__SIZE_TYPE__);\n"
                        "void *f(void) { return malloc(1); }",
    "calls through a pointer": "int f(int (*g)(int))\n"
                               "{ return g(1) + g(2); }",
    "can reach itself": "int g(int);\n__attribute__((noinline)) int f(int x)\n"
                        "{ return g(x) + 1; }\n"
                        "__attribute__((noinline)) int g(int x)\n"
                        "{ return x ? f(x - 1) * 3 : 0; }",
}


def compile_c(target, folder, source):
    path = folder / "object.o"
    subprocess.run([target["compiler"], *target["flags"].split(), "-std=c99",
                    "-Os", "-ffreestanding", "-fno-builtin", "-fno-jump-tables",
                    "-ffunction-sections", "-c", source, "-o", path], check=True)
    return path


def check_target(tool, target, models):
    """Number of faults, planted ones that are not found included."""
    prefix = re.sub(r"g?cc$", "", target["compiler"])
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for what, text in PLANTED.items():
            source = folder / "planted.c"
            source.write_text(text + "\n")
            found = faults(prefix, compile_c(target, folder, source))
            if not any(what in fault for fault in found):
                print(f"FAIL {target['name']}: not found: {what}")
                failed += 1
        for model in models:
            for optimize in ("size", "ram"):
                out = folder / "out"
                output(tool, "compile", model, "-o", out, "--name", "net",
                       "--target", target["name"], "--optimize", optimize)
                path = compile_c(target, folder, out / "net.c")
                for fault in faults(prefix, path):
                    print(f"FAIL {model} {target['name']} {optimize}: {fault}")
                    failed += 1
    return failed


def main():
    tool, *models = sys.argv[1:]
    targets = {(target["compiler"], target["simd"]): target
               for target in json.loads(output(tool, "targets", "--json"))
               if shutil.which(target["compiler"])}.values()
    if not targets or not models:
        return 77
    return 1 if sum(check_target(tool, t, models) for t in targets) else 0


if __name__ == "__main__":
    sys.exit(main())
