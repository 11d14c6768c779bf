#!/usr/bin/env python3
"""Writes the tables of operators in docs/operators.md and README.md anew.

usage: operators.py PROGRAM [--check]

PROGRAM is operators_table, which the build makes.  They stand between the lines
<!-- operators --> and <!-- /operators -->.  With --check nothing is written:
exit status 1 says that a table is not what it would be.
"""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BEGIN, END = "<!-- operators -->\n", "<!-- /operators -->\n"


def renew(program, kind, path, check):
    """Whether the file had what it should have."""
    table = subprocess.run([program, kind], capture_output=True, text=True,
                           check=True).stdout
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        text = f.read()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    new = before + BEGIN + table + END + after
    if new == text:
        return True
    if check:
        print(f"{path}: the table of operators is out of date: make docs")
        return False
    with open(os.path.join(ROOT, path), "w", encoding="utf-8") as f:
        f.write(new)
    return True


def main():
    program, check = sys.argv[1], sys.argv[2:] == ["--check"]
    ok = renew(program, "docs", "docs/operators.md", check)
    ok = renew(program, "readme", "README.md", check) and ok
    return 0 if ok else 1


sys.exit(main())
