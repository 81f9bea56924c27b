#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stream of very many metrics through the program: program_metrics.py NETANOMALY [METRICS [ROUNDS]].

Writes `metric,timestamp,value` to its standard input, a point of each metric a round, and prints the program's greatest
resident size and the points a second of its CPU time. By default a million metrics and 64 rounds: the window of 60 is full.
"""
import random
import resource
import subprocess
import sys
import tempfile

program = sys.argv[1]
metrics = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 64

source = random.Random(1)
values = [f"{source.gauss(100, 5):.3f}\n".encode() for _ in range(65_536)]
names = [f"host{i // 100}.cpu{i % 100},".encode() for i in range(metrics)]
with tempfile.TemporaryFile() as out:
    child = subprocess.Popen(
        [program, "telemetry", "-", "--detector", "median_absolute_deviation", "--window", "60", "--jsonl",
         "--memory-limit", "4G"], stdin=subprocess.PIPE, stdout=out)
    for r in range(rounds):
        time = f"{1_700_000_000 + 60 * r},".encode()
        first = source.randrange(len(values))
        for at in range(0, metrics, len(values)):
            part = names[at:at + len(values)]
            shift = (first + at) % len(values)
            drawn = values[shift:] + values[:shift]
            child.stdin.write(b"".join([piece for name, value in zip(part, drawn) for piece in (name, time, value)]))
    child.stdin.close()
    if child.wait() not in (0, 1):
        sys.exit(f"{program} failed")
    lines = out.tell()
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = usage.ru_utime + usage.ru_stime
print(f"{metrics} metrics, {rounds} points each: {usage.ru_maxrss / 1e6:.2f} GB at most, "
      f"{metrics * rounds / seconds / 1e6:.2f} M points a second of CPU time ({lines} bytes of anomalies)")
