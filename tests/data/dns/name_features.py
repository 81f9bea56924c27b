#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes name_features.tsv: features of real and made-up names, computed from their definitions with Python's own numbers.

usage: name_features.py FOLDER include/netanomaly/dns/lexicon.hpp > name_features.tsv

FOLDER holds the captures benign_shared.pcap.gz, iodine_*.pcap.gz and so on that were made for this project. A line: the
name in wire form as hexadecimal digits, then the features of COLUMNS, "nan" for absent ones. The registrable domain is
here the last two labels, whatever they are.
"""
import collections
import glob
import gzip
import math
import os
import random
import re
import struct
import sys

COLUMNS = (
    "name_octets labels longest_label mean_label subdomain_octets entropy information bigram_surprise digit_share upper_share "
    "lower_share other_share hex_share base32_share base64_share longest_word_share"
).split()


def lexicon(path):
    text = open(path).read()
    words = "".join(re.findall(r'"([^"]*)"', re.search(r"default_words =\n(.*?);", text, re.S).group(1))).split()
    rows = "".join(re.findall(r'"([^"]*)"', re.search(r'quarter_bits =.*?\n((?:\s*"[^"]*")+);', text).group(1)))
    return words, [[(ord(c) - ord("(")) / 4 for c in rows[i : i + 40]] for i in range(0, 1600, 40)]


def queries(path):
    data = gzip.open(path).read()
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack("<I", data[at + 8 : at + 12])[0]
        frame = data[at + 16 : at + 16 + size]
        at += 16 + size
        if frame[12:14] != b"\x08\x00" or frame[23] != 17 or frame[20] & 0x3F or frame[21]:
            continue
        message = frame[14 + (frame[14] & 15) * 4 + 8 :]
        end = 12
        while message[end]:
            end += 1 + message[end]
        yield message[12 : end + 1]


def symbol(octet):
    c = chr(octet)
    if c in "abcdefghijklmnopqrstuvwxyz":
        return ord(c) - ord("a") + 1
    if c in "0123456789":
        return ord(c) - ord("0") + 27
    return {"-": 37, "_": 38}.get(c, 39)


def features(wire, words, cost):
    labels = []
    at = 0
    while wire[at]:
        labels.append(wire[at + 1 : at + 1 + wire[at]])
        at += 1 + wire[at]
    left = labels[: max(0, len(labels) - 2)]
    raw = b"".join(left)
    text = raw.lower()
    n = len(text)
    f = dict.fromkeys(COLUMNS, math.nan)
    f["name_octets"] = len(b".".join(labels))
    f["labels"] = len(labels)
    if labels:
        f["longest_label"] = max(map(len, labels))
        f["mean_label"] = sum(map(len, labels)) / len(labels)
    f["subdomain_octets"] = n
    f["entropy"] = f["information"] = 0
    if n == 0:
        return f
    f["entropy"] = math.fsum(-c / n * math.log2(c / n) for c in collections.Counter(text).values())
    f["information"] = f["entropy"] * n
    chains = [[0] + [symbol(c) for c in label.lower()] + [0] for label in left]
    pairs = [pair for chain in chains for pair in zip(chain, chain[1:])]
    f["bigram_surprise"] = math.fsum(cost[a][b] for a, b in pairs) / len(pairs)
    share = lambda alphabet, octets: sum(c in alphabet for c in octets) / n
    digits, small = b"0123456789", b"abcdefghijklmnopqrstuvwxyz"
    f["digit_share"] = share(digits, text)
    f["upper_share"] = share(small.upper(), raw)
    f["lower_share"] = share(small, raw)
    f["other_share"] = sum(c not in digits + small for c in text) / n
    f["hex_share"] = share(b"0123456789abcdef", text)
    f["base32_share"] = share(small + b"234567", text)
    f["base64_share"] = share(small + digits + b"+/-_", text)
    inside = [word for word in words if any(word.encode() in label.lower() for label in left)]
    f["longest_word_share"] = max(map(len, inside), default=0) / n
    return f


def main():
    folder, header = sys.argv[1:]
    words, cost = lexicon(header)
    pick = random.Random(1)
    names = []
    for path in sorted(glob.glob(os.path.join(folder, "*.pcap.gz"))):
        if "mixed" not in path:
            seen = sorted(set(queries(path)))
            names += pick.sample(seen, min(len(seen), 160 if "benign" in path else 15))
    text = lambda *labels: b"".join(bytes([len(l)]) + l for l in labels) + b"\0"
    names += [text(), text(b"a"), text(b"a", b"b"), text(b"x", b"a", b"b")]
    names += [text(*[b"q"] * 127), text(b"w" * 63, b"W" * 63, b"mail" * 15, b"y" * 59, b"z")]
    names += [text(bytes(range(1, 64)), bytes(range(64, 127)), bytes(range(127, 190)), bytes(range(190, 249)), b"z")]
    names += [text(bytes(61), bytes([255]) * 61, b"\0\x01\x7f\x80", b"t", b"z"), text(b"Elastic--SEARCH_", b"b", b"c")]
    for size in range(1, 64):  # every length around the widths of the SIMD paths, words at every place in them
        names.append(text(bytes(pick.choice(b"abcxyz012789-_AZ") for _ in range(size)), b"example", b"com"))
        names.append(text(b"z" * (size - 1) + b"management" if size < 54 else b"q" * size, b"7" * size, b"e", b"f"))
    print("# written by name_features.py: wire form, then " + " ".join(COLUMNS))
    for name in names:
        f = features(name, words, cost)
        print(name.hex(), *(repr(float(f[column])) for column in COLUMNS), sep="\t")


if __name__ == "__main__":
    main()
