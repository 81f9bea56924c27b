#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes flows.csv: 800 network flows as a sensor would list them, some of them scans or data that leaves. All is drawn
from a seeded generator; no traffic was recorded.

    python3 make_flows.py > flows.csv
"""

import random

SERVICES = (("https", "tcp", 50), ("dns", "udp", 30), ("http", "tcp", 12), ("ssh", "tcp", 5), ("ntp", "udp", 3))


def lognormal(source, median, spread):
    return median * 2 ** (spread * (source.random() + source.random() + source.random() - 1.5))


def normal(source):
    pick = source.random() * 100
    for service, protocol, share in SERVICES:
        pick -= share
        if pick < 0:
            break
    median_out, median_in = {"https": (1500, 18000), "dns": (70, 160), "http": (600, 9000), "ssh": (4000, 6000), "ntp": (76, 76)}[service]
    out, back = lognormal(source, median_out, 3), lognormal(source, median_in, 4)
    duration = lognormal(source, 0.03 if protocol == "udp" else 2, 4)
    return [protocol, service, duration, out, back, 1 + out / 700 + back / 1300, "normal"]


def scan(source):
    return ["tcp", source.choice(("ssh", "http", "-")), lognormal(source, 0.002, 2), 40 + 20 * int(source.random() * 2), 40 * int(source.random() * 2), 1, "scan"]


def exfiltration(source):
    out = lognormal(source, 900000, 2)
    return ["tcp", source.choice(("https", "ssh")), lognormal(source, 90, 2), out, lognormal(source, 9000, 2), 1 + out / 1300, "exfiltration"]


def main():
    source = random.Random(20261127)
    print("time,protocol,service,duration,bytes_out,bytes_in,packets,class")
    time = 1795771200.0
    for i in range(800):
        time += 4 * source.random()
        make = normal
        if i > 150 and source.random() < (0.5 if 480 <= i < 510 else 0.02):
            make = scan
        elif i > 250 and source.random() < 0.02:
            make = exfiltration
        protocol, service, duration, out, back, packets, label = make(source)
        lasted = "" if source.random() < 0.015 else f"{duration:.3f}"
        print(f"{time:.2f},{protocol},{service},{lasted},{out:.0f},{back:.0f},{packets:.0f},{label}")


main()
