#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Instructions of our hot paths, an update, by callgrind: instructions.py PROGRAM [--write].

Compares with instructions.txt, which is of GCC 12, -O3, x86-64 without -march, and exits 1 where one is more than 10 %
above it. A line `NAME: why` in instructions.override lets one through until the file is written anew (--write).
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT, OVERRIDE = os.path.join(HERE, "instructions.txt"), os.path.join(HERE, "instructions.override")
LIMIT = 1.10


def measure(program):
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(["valgrind", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={folder}/out", program],
                             capture_output=True, text=True)
        if ran.returncode != 0:
            sys.exit(f"{program} under callgrind: exit {ran.returncode}\n{ran.stderr}")
        counts = {}
        for path in glob.glob(f"{folder}/out.*"):
            with open(path, encoding="utf-8") as file:
                text = file.read()
            trigger = re.search(r"^desc: Trigger: Client Request: (\S+) (\d+)$", text, re.M)
            total = re.search(r"^(?:totals|summary): (\d+)$", text, re.M)
            if trigger and total:
                counts[trigger[1]] = int(total[1]) / int(trigger[2])
    return counts


def main():
    if not shutil.which("valgrind"):
        sys.exit("instructions.py needs valgrind")
    counts = measure(sys.argv[1])
    if len(counts) < 12:
        sys.exit(f"only {len(counts)} measurements came back")
    if "--write" in sys.argv[2:]:
        with open(KEPT, "w", encoding="utf-8") as file:
            file.write("# Instructions an update: bench/instructions.py build/release/bench/netanomaly_bench_instructions --write\n")
            file.writelines(f"{name} {counts[name]:.1f}\n" for name in sorted(counts))
        return
    with open(KEPT, encoding="utf-8") as file:
        kept = {name: float(value) for name, value in (line.split() for line in file if not line.startswith("#"))}
    excused = {}
    if os.path.exists(OVERRIDE):
        with open(OVERRIDE, encoding="utf-8") as file:
            for line in file:
                name, _, why = line.strip().partition(": ")
                if name and not name.startswith("#"):
                    if not why.strip():
                        sys.exit(f"{OVERRIDE}: {name} without a reason")
                    excused[name] = why
    failed = sorted(set(kept) ^ set(counts))
    for name in failed:
        print(f"{name}: {'is not measured any more' if name in kept else 'is not in instructions.txt'}")
    for name in sorted(set(kept) & set(counts)):
        ratio = counts[name] / kept[name]
        note = ""
        if ratio > LIMIT:
            note = f"  excused: {excused[name]}" if name in excused else "  MORE THAN 10 % WORSE"
            if name not in excused:
                failed.append(name)
        print(f"{name:40} {counts[name]:12.1f} {kept[name]:12.1f} {ratio:6.3f}{note}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
