#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole program, capture to verdicts: messages a second of processor time, and memory at its peak.

    bench/dns/program_bench.py BUILD_DIR [--names N] [CAPTURE...]

Each CAPTURE is read as it is. Then come streams of N names (10,000,000), each asked and answered once by one of 1,000
clients: under 50 zones, and under 1,000, where most of the pairs of client and zone have to leave memory.
"""

import argparse
import os
import re
import subprocess
import sys


def measure(label, arguments, source=None):
    maker = subprocess.Popen(source, stdout=subprocess.PIPE) if source else None
    process = subprocess.Popen(arguments, stdin=maker.stdout if maker else None, stdout=subprocess.PIPE)
    if maker:
        maker.stdout.close()
    out = process.stdout.read().decode()
    _, status, used = os.wait4(process.pid, 0)  # of this child alone
    process.returncode = os.waitstatus_to_exitcode(status)
    if maker:
        maker.wait()
    if process.returncode != 0:
        sys.exit(f"{label}: exit {process.returncode}")
    messages = int(re.search(r"([\d,]+) DNS\s+messages", out)[1].replace(",", ""))
    seconds = used.ru_utime + used.ru_stime
    print(f"{label:44} {messages:12,} messages {seconds:8.2f} s {messages / seconds / 1e6:6.2f} M/s "
          f"{used.ru_maxrss / 1024:6.0f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("captures", nargs="*")
    parser.add_argument("--names", type=int, default=10_000_000)
    options = parser.parse_intermixed_args()
    program = os.path.join(options.build, "src/program/netanomaly")
    maker = os.path.join(options.build, "bench/dns/netanomaly_make_capture")
    for capture in options.captures:
        measure(os.path.basename(capture), [program, "dns", capture])
    for zones in (50, 1000):
        measure(f"{options.names:,} names, {zones * 1000:,} pairs", [program, "dns", "-"],
                [maker, str(options.names), "1000", str(zones)])


if __name__ == "__main__":
    main()
