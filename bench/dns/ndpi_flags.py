# SPDX-License-Identifier: Apache-2.0
"""What nDPI makes of the hard cases:

    netanomaly_hard_cases pcap 2 100 1 --truth truth.jsonl > cases.pcap
    ndpiReader -i cases.pcap -v 2 | python ndpi_flags.py truth.jsonl

A pair of a client and a domain (two labels) counts as flagged where a flow of it carries the risk "Suspicious DNS Traffic"
or "Suspicious DGA Domain name"; a tunnel is found where one of its pairs is.
"""

import json
import re
import sys

RISKS = ("Suspicious DNS Traffic", "Suspicious DGA Domain name")


def main():
    tunnel_of = {}
    with open(sys.argv[1], encoding="utf-8") as truth:
        for line in map(json.loads, truth):
            for client in line["clients"]:
                tunnel_of[client, line["registered_domain"]] = line["tunnel"]
    found, others, flagged = set(), set(), set()
    for line in sys.stdin:
        ends = re.search(r"UDP (\S+):(\d+) <?-> (\S+):(\d+)", line)
        if not ends:
            continue
        client = ends[1] if ends[4] == "53" else ends[3]
        name = re.search(r"Hostname/SNI: ([^\]]+)\]", line)
        at_risk = any(risk in line for risk in RISKS)
        pair = client, ".".join(name[1].lower().split(".")[-2:]) if name else ""
        if pair in tunnel_of:
            if at_risk:
                found.add(tunnel_of[pair])
            continue
        others.add(pair)
        if at_risk:
            flagged.add(pair)
    print(f"{len(found)} of {len(set(tunnel_of.values()))} tunnels flagged; so are {len(flagged):,} of {len(others):,} other pairs")


if __name__ == "__main__":
    main()
