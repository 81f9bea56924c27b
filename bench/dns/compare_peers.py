#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dnspython, and Rust's and Go's parsers, beside ours, on the same messages in the same run:
compare_peers.py PROGRAM [--peers PROGRAM,...] [OPTION...]

PROGRAM is netanomaly_bench_dns_parse_bench, whose corpus `benign` is read again here: the messages over UDP of
examples/data/benign_shared.pcap.gz. The other programs are made of peers/rust and peers/go. All take turns; each figure
is the least of three rounds.
"""
import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile
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
    arguments, peers = sys.argv[1:], []
    if "--peers" in arguments:
        at = arguments.index("--peers")
        peers = [p for p in arguments[at + 1].split(",") if os.path.exists(p)]
        del arguments[at:at + 2]
    least, names = {}, f"dnspython {dns.version.version} from_wire"

    def took(name, nanoseconds):
        least[name] = min(least.get(name, float("inf")), nanoseconds)

    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(struct.pack(">H", len(wire)) + wire for wire in all_of_them))
        file.flush()
        for _ in range(3):
            begin = time.thread_time_ns()
            for wire in all_of_them:
                dns.message.from_wire(wire)
            took(names, (time.thread_time_ns() - begin) / len(all_of_them))
            for peer in peers:
                for line in subprocess.run([peer, file.name], capture_output=True, text=True, check=True).stdout.splitlines():
                    name, _, nanoseconds = line.rpartition(" ")
                    took(name, float(nanoseconds))
            ran = subprocess.run([*arguments, "--benchmark_format=json", "--benchmark_filter=benign"], capture_output=True,
                                 text=True, check=True)
            for b in json.loads(ran.stdout[ran.stdout.index("{"):])["benchmarks"]:
                took(b["name"], 1e9 * b["time/message"])
    print(f"{len(all_of_them)} messages; CPU time\n\n| what | ns a message |\n|---|---|")
    for name, nanoseconds in least.items():
        print(f"| {name} | {nanoseconds:.0f} |")


main()
