#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the default bigram table of include/netanomaly/dns/lexicon.hpp.

usage: bigram_table.py QUERIES.tsv[.gz] include/netanomaly/dns/lexicon.hpp

QUERIES holds one query a line: client, category, type, name (the truth file of the benign traffic that was made for this
project). Labels of names of the categories below, and the default words, count once each; names of machines count
whatever their domain. Add-one-half smoothing; costs in quarter bits, at most 51.
"""
import collections
import gzip
import math
import re
import sys

SYMBOLS = 40
CATEGORIES = {"web", "mailauth", "infra_ns_soa_ds", "corp_ad"}


def symbol(octet):
    c = chr(octet).lower()
    if "a" <= c <= "z":
        return ord(c) - ord("a") + 1
    if "0" <= c <= "9":
        return ord(c) - ord("0") + 27
    return {"-": 37, "_": 38}.get(c, 39)


def main():
    queries, header = sys.argv[1:]
    names = set()
    with (gzip.open if queries.endswith(".gz") else open)(queries, "rt") as lines:
        for line in lines:
            _, category, _, name = line.rstrip("\n").split("\t")
            if category in CATEGORIES:
                names.add(name.lower())
    labels = collections.Counter(label for name in names for label in name.split(".")[:-1])
    text = open(header).read()
    words = re.search(r"default_words =\n(.*?);", text, re.S).group(1)
    labels.update("".join(re.findall(r'"([^"]*)"', words)).split())
    counts = [[0.5] * SYMBOLS for _ in range(SYMBOLS)]
    for label, times in labels.items():
        # a label that thousands of names share must not drown the rest
        weight = 1 + math.log2(times)
        chain = [0] + [symbol(octet) for octet in label.encode("latin-1")] + [0]
        for first, second in zip(chain, chain[1:]):
            counts[first][second] += weight
    for row in counts:
        total = sum(row)
        print('    "' + "".join(chr(ord("(") + min(51, round(-4 * math.log2(c / total)))) for c in row) + '"')


if __name__ == "__main__":
    main()
