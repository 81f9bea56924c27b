#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dnspython beside our parser, on the same messages in the same run: compare_dnspython.py PROGRAM [OPTION...]

PROGRAM is netanomaly_bench_dns_parse_bench, whose corpus `benign` is read again here: the messages over UDP of
examples/data/benign_shared.pcap.gz.
"""
import gzip
import json
import os
import struct
import subprocess
import sys
import time

import dns.message
import dns.version


def messages(path):
    with gzip.open(path) as file:
        data = file.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        packet, at = data[at + 16:at + 16 + size], at + 16 + size
        if len(packet) < 42 or packet[12:14] != b"\x08\x00" or packet[23] != 17:
            continue
        udp = 14 + (packet[14] & 15) * 4
        if 53 in struct.unpack(">HH", packet[udp:udp + 4]):
            yield packet[udp + 8:]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    all_of_them = []
    for wire in messages(os.path.join(here, "..", "..", "examples", "data", "benign_shared.pcap.gz")):
        try:
            dns.message.from_wire(wire)
            all_of_them.append(wire)
        except dns.exception.DNSException:
            pass
    best = float("inf")
    for _ in range(3):
        begin = time.thread_time_ns()
        for wire in all_of_them:
            dns.message.from_wire(wire)
        best = min(best, (time.thread_time_ns() - begin) / len(all_of_them))
    ran = subprocess.run([*sys.argv[1:], "--benchmark_format=json", "--benchmark_filter=benign"], capture_output=True, text=True, check=True)
    print(f"dnspython {dns.version.version}, {len(all_of_them)} messages\n\n| what | ns a message |\n|---|---|")
    print(f"| dnspython from_wire | {best:.0f} |")
    for b in json.loads(ran.stdout[ran.stdout.index("{"):])["benchmarks"]:
        print(f"| {b['name']} | {b['cpu_time']:.0f} |")


main()
