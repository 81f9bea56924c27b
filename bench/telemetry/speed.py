# SPDX-License-Identifier: Apache-2.0
"""The speed of the telemetry detectors beside their peers, in one run: speed.py BINARY [ROUNDS].

Each round runs netanomaly_bench_telemetry and, right after it, pandas, bottleneck and river where they are installed, on
data of another seed; nanoseconds of CPU time an update, the median over the rounds, and the ratios that matter.
"""

import statistics
import subprocess
import sys
import time

try:
    import numpy
    import pandas
except ImportError:
    sys.exit("speed.py needs pandas to compare with")
try:
    import bottleneck
except ImportError:
    bottleneck = None
try:
    import river.stats
except ImportError:
    river = None

N = 200_000


def timed(work):
    begin = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - begin) / N


def peers(seed):
    source = numpy.random.default_rng(seed)
    for window in (60, 1440, 86400):
        series = pandas.Series(source.normal(size=N + window))
        warm = timed(lambda: series[:window].rolling(window).median()) if window > N // 4 else 0
        yield "pandas rolling median", window, timed(lambda: series.rolling(window).median()) - warm
        if bottleneck:
            values = source.normal(size=N + window)
            yield "bottleneck move_median", window, timed(lambda: bottleneck.move_median(values, window))
        if river and window <= 1440:
            quantile, values = river.stats.RollingQuantile(0.5, window), source.normal(size=N // 10)
            def feed():
                for x in values:
                    quantile.update(x)
                    quantile.get()
            yield "river RollingQuantile", window, timed(feed) * 10
    series = pandas.Series(source.normal(size=N))
    yield "pandas rolling var", 1440, timed(lambda: series.rolling(1440).var())
    yield "pandas ewm mean", 0, timed(lambda: series.ewm(com=50).mean())
    values = source.normal(size=1440 + 200)
    def recompute():
        for i in range(200):
            part = values[i:i + 1440]
            middle = numpy.median(part)
            numpy.median(numpy.abs(part - middle))
    yield "NumPy median and MAD, recomputed", 1440, timed(recompute) * N / 200


def main():
    binary, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    seen = {}
    for number in range(rounds):
        out = subprocess.run([binary, str(1000 * number + 1)], capture_output=True, text=True, check=True).stdout
        for line in out.splitlines():
            name, window, ns = line.split()
            seen.setdefault((name, int(window)), []).append(float(ns))
        for name, window, ns in peers(number):
            seen.setdefault((name, window), []).append(ns)
    middle = {key: statistics.median(values) for key, values in seen.items()}
    print("| what | window | ns an update |\n|---|---|---|")
    for (name, window), ns in middle.items():
        print(f"| {name} | {window or ''} | {ns:.1f} |")
    print("\n| ratio | is | at most |\n|---|---|---|")
    for window in (1440, 86400):
        pandas_median = middle["pandas rolling median", window]
        mad = middle["median_absolute_deviation", window] / pandas_median
        worst = middle["median_absolute_deviation,adversarial", window] / pandas_median
        print(f"| median + MAD / pandas' median, {window} | {mad:.2f} | 0.45 |")
        print(f"| the same, adversarial, {window} | {worst:.2f} | 0.70 |")
    print(f"| all nine / pandas' median, 1440 | {middle['all_nine', 1440] / middle['pandas rolling median', 1440]:.2f} | 1.50 |")


if __name__ == "__main__":
    main()
