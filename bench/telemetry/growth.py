# SPDX-License-Identifier: Apache-2.0
"""Cost of median and MAD against the window as an SVG: netanomaly_bench_telemetry --growth | growth.py > growth.svg"""

import math
import sys

points = [(int(w), float(ns)) for _, w, ns in map(str.split, sys.stdin)]
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 320, 60, 40, 16
most = 100 * math.ceil(max(ns for _, ns in points) / 100)


def x(w):
    return LEFT + (math.log10(w) - 2) / 3 * (WIDTH - LEFT - 20)


def y(ns):
    return HEIGHT - BOTTOM - ns / most * (HEIGHT - BOTTOM - TOP)


print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">')
print(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>')
for ns in range(0, most + 1, 50 if most <= 400 else 100):
    print(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y(ns):.1f}" y2="{y(ns):.1f}" stroke="#ddd"/>'
          f'<text x="{LEFT - 8}" y="{y(ns) + 4:.1f}" text-anchor="end">{ns}</text>')
for power in range(2, 6):
    print(f'<text x="{x(10 ** power):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10 ** power:,}</text>')
line = " ".join(f"{x(w):.1f},{y(ns):.1f}" for w, ns in points)
print(f'<polyline points="{line}" fill="none" stroke="#3157c9" stroke-width="2"/>')
for w, ns in points:
    print(f'<circle cx="{x(w):.1f}" cy="{y(ns):.1f}" r="3" fill="#3157c9"/>')
print(f'<text x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">points in the window</text>')
print(f'<text x="14" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 {HEIGHT / 2})">ns an update</text>')
print("</svg>")
