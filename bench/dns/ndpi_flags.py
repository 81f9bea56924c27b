# SPDX-License-Identifier: Apache-2.0
"""What nDPI makes of the hard cases:

    netanomaly_hard_cases pcap 2 100 1 > cases.pcap
    ndpiReader -i cases.pcap -v 2 | python ndpi_flags.py

A pair of a client and a domain (two labels) counts as flagged where a flow of it carries the risk "Suspicious DNS Traffic"
or "Suspicious DGA Domain name". The clients of tunnels are those of 10.2.0.0/16, one a tunnel.
"""

import re
import sys

RISKS = ("Suspicious DNS Traffic", "Suspicious DGA Domain name")


def main():
    tunnels, found, others, flagged = set(), set(), set(), set()
    for line in sys.stdin:
        ends = re.search(r"UDP (\S+):(\d+) <?-> (\S+):(\d+)", line)
        if not ends:
            continue
        client = ends[1] if ends[4] == "53" else ends[3]
        name = re.search(r"Hostname/SNI: ([^\]]+)\]", line)
        at_risk = any(risk in line for risk in RISKS)
        if client.startswith("10.2."):
            tunnels.add(client)
            if at_risk:
                found.add(client)
            continue
        pair = client, ".".join(name[1].lower().split(".")[-2:]) if name else ""
        others.add(pair)
        if at_risk:
            flagged.add(pair)
    print(f"{len(found)} of {len(tunnels)} tunnels flagged; so are {len(flagged):,} of {len(others):,} other pairs")


if __name__ == "__main__":
    main()
