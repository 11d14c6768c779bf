#!/usr/bin/env python3
"""Prints results.tsv against peers.tsv as Markdown tables.

usage: table.py [RESULTS [PEERS]]

What litert/compare.py measured follows, if it is there.
"""
import csv
import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = {"cortex-m0": "Cortex-M0", "cortex-m3": "Cortex-M3",
         "cortex-m4": "Cortex-M4", "cortex-m7": "Cortex-M7",
         "cortex-m33": "Cortex-M33", "cortex-m55": "Cortex-M55",
         "avr": "ATmega328P", "avr-mega2560": "ATmega2560"}


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def number(text):
    value = int(text)
    if value >= 1000000:
        return f"{value / 1e6:.2f} M"
    return f"{value:,}"


def print_table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|---" + "|---:" * (len(head) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def speed_table(results, peers):
    ours = {(r["model"], r["target"]): r for r in results
            if r["optimize"] == "speed"}
    theirs = {(p["model"], p["target"]): p for p in peers
              if p["engine"].startswith("TFLM")}
    targets = list(dict.fromkeys(target for _, target in theirs))
    models = list(dict.fromkeys(model for model, _ in theirs))
    print("Instructions an inference, and how many times fewer than TFLM with "
          "CMSIS-NN needs:\n")
    rows = []
    ratios = {target: [] for target in targets}
    for model in models:
        row = [model]
        for target in targets:
            found = ours.get((model, target))
            if not found:
                row.append("")
                continue
            ratio = int(theirs[model, target]["count"]) / int(found["count"])
            ratios[target].append(ratio)
            row.append(f"{number(found['count'])} ({ratio:.2f}×)")
        rows.append(row)
    rows.append(["geometric mean"] + [
        f"{geometric_mean(ratios[t]):.2f}×" if ratios[t] else ""
        for t in targets])
    print_table(["model"] + [NAMES[t] for t in targets], rows)


def memory_table(results, peers):
    ours = {r["model"]: r for r in results
            if r["target"] == "cortex-m4" and r["optimize"] == "size"}
    print("Bytes on the Cortex-M4, optimised for size (in brackets TFLM with "
          "CMSIS-NN, all at `-Os`):\n")
    rows = []
    for peer in peers:
        row = ours.get(peer["model"])
        if not row or peer["target"] != "cortex-m4":
            continue
        code, weights = int(row["flash_code"]), int(row["flash_weights"])
        ram = int(row["ram_static"]) + int(row["stack_peak"])
        rows.append([
            peer["model"],
            f"{code:,} ({int(peer['flash_code_size']):,})",
            f"{code + weights:,}", f"{int(peer['file']):,}",
            f"{ram:,} ({int(peer['ram']):,})",
            number(row["count"])])
    print_table(["model", "code and tables", "with weights", "the .tflite",
                 "RAM and stack", "instructions"], rows)


def avr_table(results, peers):
    peer = next(p for p in peers if p["target"] == "avr")
    rows = []
    for row in results:
        if row["target"] == "avr" and row["model"] == peer["model"]:
            rows.append([f"`--optimize {row['optimize']}`",
                         f"{int(row['count']):,}",
                         f"{int(row['flash_code']) + int(row['flash_weights']):,}",
                         f"{int(row['ram_static']) + int(row['stack_peak']):,}"])
    rows.append([peer["engine"], f"{int(peer['count']):,}",
                 f"{int(peer['flash_code']):,}", f"{int(peer['ram']):,}"])
    print("The paper's sine predictor on an ATmega328P:\n")
    print_table(["", "cycles", "flash", "RAM and stack"], rows)


def host_table(rows):
    print("Microseconds an inference on x86-64 with AVX2 and, in the same run, "
          "with LiteRT (XNNPACK as WebAssembly SIMD), one thread each:\n")
    ratios = [int(row["litert_ns"]) / int(row["microflow_ns"]) for row in rows]
    table = [[row["model"], f"{int(row['microflow_ns']) / 1e3:,.1f}",
              f"{int(row['litert_ns']) / 1e3:,.1f}", f"{ratio:.2f}×"]
             for row, ratio in zip(rows, ratios)]
    table.append(["geometric mean", "", "", f"{geometric_mean(ratios):.2f}×"])
    print_table(["model", "MicroFlow", "LiteRT", "times faster"], table)


def main():
    paths = sys.argv[1:3] + ["results.tsv", "peers.tsv"][len(sys.argv) - 1:]
    results, peers = (read(path if os.path.dirname(path) or
                           os.path.exists(path) else os.path.join(HERE, path))
                      for path in paths)
    speed_table(results, peers)
    memory_table(results, peers)
    avr_table(results, peers)
    litert = os.path.join(HERE, "litert", "results.tsv")
    if os.path.exists(litert):
        host_table(read(litert))


if __name__ == "__main__":
    main()
