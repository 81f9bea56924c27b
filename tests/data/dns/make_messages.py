#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes messages.txt, what dnspython reads in DNS messages, and the seeds of the message fuzzer.

    make_messages.py FOLDER      FOLDER holds captures made for this project: benign_shared.pcap.gz and tunnels

The messages are a sample of FOLDER's and, for types that do not stand there, records encoded by dnspython itself.
Needs dnspython 2.6 or later. messages.txt, one fact a line, fields parted by blanks:

    message NAME HEX
    header ID FLAGS QUESTIONS ANSWERS AUTHORITIES ADDITIONALS RCODE
    question NAME CLASS TYPE
    record SECTION NAME CLASS TYPE TTL EXPANDED_DATA_HEX FIELDS     (but not OPT; FIELDS by type, fields() below)
    opt UDP_SIZE VERSION FLAGS OPTIONS
"""
import collections
import gzip
import io
import pathlib
import struct
import sys

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.update

HERE = pathlib.Path(__file__).resolve().parent


def payloads(path):
    """UDP payloads of an Ethernet capture, IPv4 or IPv6 without extension headers."""
    data = gzip.open(path).read()
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        packet = data[at + 16 : at + 16 + size]
        at += 16 + size
        kind = packet[12:14]
        if kind == b"\x08\x00" and packet[23] == 17 and packet[20:22] in (b"\0\0", b"\x40\0"):
            ip = 14 + (packet[14] & 15) * 4
        elif kind == b"\x86\xdd" and packet[20] == 17:
            ip = 54
        else:
            continue
        yield packet[ip + 8 : ip + struct.unpack_from(">H", packet, ip + 4)[0]]


def text(name):
    """Labels joined by dots, escaped as RFC 1035 has it and no more."""
    def label(octets):
        return "".join(
            "\\" + chr(c) if c in b".\\" else chr(c) if 0x21 <= c <= 0x7E else "\\%03d" % c for c in octets
        )

    labels = [l for l in name.labels if l]
    return ".".join(map(label, labels)) if labels else "."


def hexa(octets):
    return octets.hex() or "-"


def bitmap(windows):
    numbers = [w * 256 + i * 8 + b for w, bits in windows for i, byte in enumerate(bits) for b in range(8) if byte & 0x80 >> b]
    return ",".join(map(str, numbers)) or "-"


def parameter(value):
    if value is None:
        return b""
    out = io.BytesIO()
    value.to_wire(out)
    return out.getvalue()


def fields(r):
    t = dns.rdatatype.to_text(r.rdtype)
    if t in ("A", "AAAA"):
        return [r.address]
    if t in ("NS", "CNAME", "PTR", "DNAME"):
        return [text(r.target)]
    if t == "SOA":
        return [text(r.mname), text(r.rname), r.serial, r.refresh, r.retry, r.expire, r.minimum]
    if t == "MX":
        return [r.preference, text(r.exchange)]
    if t == "TXT":
        return [hexa(s) for s in r.strings]
    if t == "SRV":
        return [r.priority, r.weight, r.port, text(r.target)]
    if t == "NAPTR":
        return [r.order, r.preference, hexa(r.flags), hexa(r.service), hexa(r.regexp), text(r.replacement)]
    if t == "CAA":
        return [r.flags, hexa(r.tag), hexa(r.value)]
    if t in ("DS", "CDS"):
        return [r.key_tag, int(r.algorithm), int(r.digest_type), hexa(r.digest)]
    if t in ("DNSKEY", "CDNSKEY"):
        return [int(r.flags), r.protocol, int(r.algorithm), hexa(r.key)]
    if t == "RRSIG":
        return [int(r.type_covered), int(r.algorithm), r.labels, r.original_ttl, r.expiration, r.inception, r.key_tag,
                text(r.signer), hexa(r.signature)]
    if t == "NSEC":
        return [text(r.next), bitmap(r.windows)]
    if t == "NSEC3":
        return [r.algorithm, r.flags, r.iterations, hexa(r.salt), hexa(r.next), bitmap(r.windows)]
    if t == "TLSA":
        return [r.usage, r.selector, r.mtype, hexa(r.cert)]
    if t in ("SVCB", "HTTPS"):
        return [r.priority, text(r.target)] + [
            "%d=%s" % (key, hexa(parameter(r.params[key]))) for key in sorted(r.params)]
    return []


def facts(name, wire):
    m = dns.message.from_wire(wire, one_rr_per_rrset=True, ignore_trailing=True)
    ident, flags, *counts = struct.unpack_from(">6H", wire)
    lines = ["message %s %s" % (name, wire.hex()),
             "header %d %d %d %d %d %d %d" % (ident, flags, *counts, m.rcode())]
    for q in m.question:
        lines.append("question %s %d %d" % (text(q.name), q.rdclass, q.rdtype))
    for number, section in enumerate((m.answer, m.authority, m.additional), 1):
        for rrset in section:
            for r in rrset:
                line = "record %d %s %d %d %d %s" % (number, text(rrset.name), r.rdclass, r.rdtype, rrset.ttl, hexa(r.to_wire()))
                lines.append(" ".join([line] + [str(f) for f in fields(r)]))
    if m.opt is not None:
        options = ["%d=%s" % (o.otype, hexa(o.to_wire())) for o in m.options]
        lines.append(" ".join(["opt %d %d %d" % (m.payload, m.edns, m.ednsflags & 0xFFFF)] + options))
    return lines


def sample(folder):
    """The first two queries and responses of each type and response code, benign, and of each tunnel."""
    for path in sorted(pathlib.Path(folder).glob("*.pcap.gz")):
        stem = path.name.removesuffix(".pcap.gz")
        if stem.startswith("mixed_"):
            continue
        seen = collections.Counter()
        for wire in payloads(path):
            try:
                m = dns.message.from_wire(wire, one_rr_per_rrset=True)
            except Exception:
                continue
            question = dns.rdatatype.to_text(m.question[0].rdtype) if m.question else "none"
            kinds = sorted({dns.rdatatype.to_text(r.rdtype) for s in (m.answer, m.authority) for r in s})
            kind = "_".join([question.lower(), "response" if wire[2] & 0x80 else "query"] + [k.lower() for k in kinds]
                            + (["rcode%d" % m.rcode()] if m.rcode() else []))
            seen[kind] += 1
            # the first messages of a tunnel set it up, so of each kind a later one is taken too
            if seen[kind] in ((1,) if stem.startswith("benign") else (1, 40)) and len(wire) < 1600:
                yield "%s_%s_%d" % (stem, kind, seen[kind]), wire


RECORDS = [
    ("a", "www.Example.com. 300 IN A 192.0.2.1"),
    ("aaaa", "www.example.com. 300 IN AAAA 2001:db8::1"),
    ("ns", "example.com. 300 IN NS ns1.example.com."),
    ("cname", "www.example.com. 300 IN CNAME Target.Example.COM."),
    ("dname", "old.example.com. 300 IN DNAME new.example.net."),
    ("soa", "example.com. 300 IN SOA ns1.example.com. host\\.master.example.com. 2024010101 7200 3600 1209600 300"),
    ("ptr", "1.2.0.192.in-addr.arpa. 300 IN PTR host.example.com."),
    ("mx", "example.com. 300 IN MX 10 mail.example.com."),
    ("mx_null", "example.com. 300 IN MX 0 ."),
    ("txt", 'example.com. 300 IN TXT "v=spf1 -all" "" "\\000\\255"'),
    ("srv", "_sip._tcp.example.com. 300 IN SRV 1 2 5060 sip.example.com."),
    ("naptr", 'example.com. 300 IN NAPTR 100 50 "s" "http+N2L" "!^.*$!x!" replace.example.com.'),
    ("caa", 'example.com. 300 IN CAA 128 issue "ca.example.net; a=b"'),
    ("caa_empty", 'example.com. 300 IN CAA 0 issuewild ""'),
    ("ds", "example.com. 300 IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"),
    ("cds_delete", "example.com. 300 IN CDS 0 0 0 00"),
    ("dnskey", "example.com. 300 IN DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="),
    ("rrsig", "example.com. 300 IN RRSIG A 13 2 300 20300101000000 20240101000000 1234 Example.com. AAECAwQFBgcICQ=="),
    ("nsec", "example.com. 300 IN NSEC a.example.com. A NS SOA MX TXT RRSIG NSEC DNSKEY CAA TYPE65280"),
    ("nsec3", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 300 IN NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG"),
    ("nsec3_bare", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 300 IN NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr"),
    ("tlsa", "_443._tcp.example.com. 300 IN TLSA 3 1 1 0d6fce3ea3bfa9d4b2f30b8e7eb3a3b9f9be3aa9bbf1d3e3e6d8d2a9cafe0102"),
    ("svcb_alias", "example.com. 300 IN SVCB 0 svc.example.net."),
    ("https", "example.com. 300 IN HTTPS 1 . alpn=h2,h3 no-default-alpn port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 key65333=abc mandatory=alpn,port"),
    ("unknown", "example.com. 300 IN TYPE65280 \\# 4 DEADBEEF"),
    ("sshfp", "example.com. 300 IN SSHFP 1 1 123456789abcdef67890123456789abcdef67890"),
    ("hinfo", 'example.com. 300 IN HINFO "PC" "Linux"'),
    ("chaos_txt", 'version.bind. 0 CH TXT "9.18"'),
    ("binary_label", "\\000\\001\\.\\\\\\255.example.com. 300 IN NULL \\# 3 000102"),
]


def encoded():
    """Responses with one record each, and messages that need more than one."""
    def rrset(line):
        name, ttl, dns_class, kind, rest = line.split(" ", 4)
        return dns.rrset.from_text(name, int(ttl), dns_class, kind, rest)

    for name, line in RECORDS:
        answer = rrset(line)
        m = dns.message.make_response(dns.message.make_query(answer.name, answer.rdtype, answer.rdclass, id=4660))
        m.answer.append(answer)
        yield "encoded_" + name, m.to_wire()

    m = dns.message.make_query("example.com.", "A", use_edns=0, want_dnssec=True, payload=1232, id=1,
                               options=[dns.edns.ECSOption("192.0.2.0", 24), dns.edns.GenericOption(12, b"\0" * 20),
                                        dns.edns.GenericOption(10, bytes(range(8)))])
    yield "encoded_edns_options", m.to_wire()
    r = dns.message.make_response(m)
    r.set_rcode(23)
    yield "encoded_extended_rcode", r.to_wire()
    m = dns.message.make_response(dns.message.make_query("a.b.example.com.", "CNAME", id=2))
    for line in ("a.b.example.com. 1 IN CNAME c.b.example.com.", "c.b.example.com. 2 IN CNAME d.other.example.",
                 "d.other.example. 3 IN A 192.0.2.7"):
        m.answer.append(rrset(line))
    m.authority.append(rrset("other.example. 4 IN NS ns.other.example."))
    m.additional.append(rrset("ns.other.example. 5 IN AAAA 2001:db8::53"))
    yield "encoded_chain", m.to_wire()
    u = dns.update.UpdateMessage("example.com.", id=3)
    u.present("www")
    u.add("new", 300, "A", "192.0.2.9")
    u.delete("old", "MX")
    yield "encoded_update", u.to_wire()


# Malformed on purpose, for the fuzzer only: a name that points to itself, forwards, into the header; 0x40 and 0x80 labels; a
# chain of pointers; two OPT records; a cut record.
BAD = {
    "self_pointer": "222301000001000000000000c00c00010001",
    "forward_pointer": "222301000001000000000000c0100001000100",
    "header_pointer": "222301000001000000000000c00200010001",
    "label_0x40": "2223010000010000000000004141000001",
    "label_0x80": "2223010000010000000000008041000001",
    "pointer_chain": "222380000000000300000000" + "00" + "0001000100000000000400000000" + "c00c" + "00020001000000000006c00cc01bc025" + "c027" + "00020001000000000002c027",
    "two_opt": "222381800001000000000002" + "0000010001" + "00002904d000000000000c" * 2,
    "cut_record": "222381800001000100000000" + "0000010001" + "c00c00010001000000050004c0",
}


def main():
    truth = []
    seeds = HERE.parents[1] / "fuzz" / "corpus" / "message"
    seeds.mkdir(parents=True, exist_ok=True)
    for old in seeds.glob("*.bin"):
        old.unlink()
    for name, wire in [*encoded(), *sample(sys.argv[1])]:
        if name != "encoded_update":  # dnspython gives the records of an UPDATE another meaning
            truth += facts(name, wire)
        if len(wire) <= 600:
            (seeds / (name + ".bin")).write_bytes(wire)
    for name, octets in BAD.items():
        (seeds / ("bad_%s.bin" % name)).write_bytes(bytes.fromhex(octets))
    header = "# What dnspython %s reads; made by make_messages.py.\n" % dns.version.version
    (HERE / "messages.txt").write_text(header + "\n".join(truth) + "\n")


if __name__ == "__main__":
    import dns.version
    main()
