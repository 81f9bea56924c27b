# SPDX-License-Identifier: Apache-2.0
"""Captures made for the tests: pcap files of DNS over UDP, with what they hold known to the octet."""

import base64
import random
import struct

A, NULL, TXT, AAAA = 1, 10, 16, 28
START = 1795512843  # 2026-11-24T09:34:03Z


def wire_name(name):
    """Labels are given as bytes or text, so that they may hold anything, dots too."""
    labels = name if isinstance(name, (list, tuple)) else name.split(".")
    octets = [label if isinstance(label, bytes) else label.encode() for label in labels]
    return b"".join(bytes([len(label)]) + label for label in octets) + b"\0"


def query(number, name, kind):
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + wire_name(name) + struct.pack(">HH", kind, 1)


def response(number, name, kind, rdata, rcode=0, ttl=60):
    answers = b"" if rdata is None else b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, ttl, len(rdata)) + rdata
    return (struct.pack(">HHHHHH", number, 0x8180 | rcode, 1, 0 if rdata is None else 1, 0, 0) + wire_name(name)
            + struct.pack(">HH", kind, 1) + answers)


def packet(source, target, source_port, target_port, payload):
    udp = struct.pack(">HHHH", source_port, target_port, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, source, target)
    return bytes(12) + b"\x08\x00" + ip + udp


def address(text):
    return bytes(int(part) for part in text.split("."))


class Capture:
    def __init__(self):
        self.packets = []

    def ask(self, time, client, name, kind=A, rdata=b"\xc0\x00\x02\x01", rcode=0, server="10.0.0.53", service=53):
        number, port = len(self.packets) % 65536, 20000 + len(self.packets) % 20000
        self.packets.append((time, packet(address(client), address(server), port, service, query(number, name, kind))))
        self.packets.append((time + 0.011, packet(address(server), address(client), service, port,
                                                  response(number, name, kind, rdata, rcode))))
        return self

    def octets(self):
        out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
        for time, octets in sorted(self.packets):
            out += struct.pack("<IIII", int(time), int(time % 1 * 1e6), len(octets), len(octets)) + octets
        return out

    def messages(self):
        return len(self.packets)


def add_tunnel(capture, zone="t.exfil.example", client="10.0.0.7", names=400, start=START, service=53,
               server="10.0.0.53"):
    """Base32 in the names, a session number and a counter before it, TXT of random octets back."""
    chance = random.Random(7)
    for i in range(names):
        data = base64.b32encode(bytes([0x17, 0x2A]) + struct.pack(">H", i) + chance.randbytes(60)).decode().rstrip("=").lower()
        text = base64.b64encode(chance.randbytes(150))
        capture.ask(start + i * 0.25, client, f"{data[:52]}.{data[52:]}.{zone}", TXT, bytes([len(text)]) + text,
                    server=server, service=service)
    return capture


def add_ordinary(capture, start=START, clients=5, rounds=40):
    """What people's machines ask: few names, again and again, with addresses in answer."""
    chance = random.Random(11)
    sites = [f"{host}.site{i}.example" for i in range(25) for host in ("www", "img", "api")]
    for i in range(clients * rounds):
        gone = chance.random() < 0.04
        capture.ask(start + i * 0.5 + chance.random() / 4, f"10.0.0.{10 + i % clients}", chance.choice(sites), A,
                    None if gone else bytes([192, 0, 2, chance.randrange(1, 250)]), 3 if gone else 0)
    return capture


def ordinary():
    return add_ordinary(Capture())


def tunnel():
    return add_tunnel(add_ordinary(Capture()))


def hostile(names):
    """A tunnel whose zone and names are markup and control bytes."""
    chance = random.Random(3)
    capture = Capture()
    for i in range(names):
        data = base64.b32encode(struct.pack(">H", i) + chance.randbytes(30)).decode().rstrip("=").lower()
        evil = [b"<script>document.title=1</script>", b"<img src=x onerror=alert(1)>", b"\x1b[31m\x07red\x00",
                "\u2028</script>".encode()][i % 4]
        text = base64.b64encode(chance.randbytes(150))
        capture.ask(START + i * 0.25, "10.0.0.7", [data[:50], evil, b"<script>alert(1)</script>", "evil", "example"], TXT,
                    bytes([len(text)]) + text)
    return capture
