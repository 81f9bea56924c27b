#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SciPy (and statsmodels) beside our batch tests, in one run, on samples of the same sizes and shifts.

usage: compare_scipy.py BUILD_DIR/bench/batch/netanomaly_bench_batch

Times are thread CPU time, the least of several rounds over sixteen samples.
"""
import json
import subprocess
import sys
import time
import warnings

import numpy as np
import scipy
from scipy import stats

try:
    from statsmodels.tsa.stattools import adfuller
except ImportError:
    adfuller = None

warnings.simplefilter("ignore")


def least(call, samples, rounds=5):
    best = float("inf")
    for _ in range(rounds):
        begin = time.thread_time_ns()
        for s in samples:
            call(*s)
        best = min(best, (time.thread_time_ns() - begin) / len(samples))
    return best


def normals(n, m, shift):
    rng = np.random.default_rng(1)
    return [(rng.normal(shift, 1, n), rng.normal(0, 1, m)) for _ in range(16)]


def peers():
    for n, m in ((600, 3600), (1440, 10080)):
        for shift in (0, 10, 30):
            data = normals(n, m, shift / 100)
            name = f"on_normals<batch::kolmogorov_smirnov>/{n}/{m}/{shift}"
            yield name, "ks_2samp exact", least(lambda x, y: stats.ks_2samp(x, y, method="exact"), data)
            yield name, "ks_2samp asymp", least(lambda x, y: stats.ks_2samp(x, y, method="asymp"), data)
        data = normals(n, m, 0)
        yield (f"on_normals<batch::mann_whitney>/{n}/{m}/0", "mannwhitneyu", least(lambda x, y: stats.mannwhitneyu(x, y), data))
        yield (f"on_normals<batch::anderson_darling>/{n}/{m}/0", "anderson_ksamp",
               least(lambda x, y: stats.anderson_ksamp([x, y]), data))
        yield (f"on_normals<batch::cramer_von_mises>/{n}/{m}/0", "cramervonmises_2samp",
               least(lambda x, y: stats.cramervonmises_2samp(x, y, method="asymptotic"), data))
    for n in (600, 3600):
        yield (f"kolmogorov_smirnov_one_sample/{n}", "kstest",
               least(lambda x, _: stats.kstest(x, "norm"), normals(n, 1, 0)))
    rng = np.random.default_rng(2)
    cells = [(rng.poisson(30, 20).astype(float), np.full(20, 30.0)) for _ in range(16)]
    yield "chi_square_p", "chisquare", least(lambda o, e: stats.chisquare(o, e * o.sum() / e.sum()), cells)
    yield "outlier_rate_p", "binomtest", least(lambda k: stats.binomtest(k, k + 97, 10 / 1450, alternative="greater"),
                                               [(k,) for k in range(16)])
    if adfuller:
        for n, lag in ((600, 10), (600, -1), (1440, -1)):
            walks = [(rng.normal(size=n).cumsum(),) for _ in range(4)]
            call = (lambda x: adfuller(x, maxlag=10, autolag=None)) if lag > 0 else (lambda x: adfuller(x))
            yield f"augmented_dickey_fuller/{n}/{lag}", "statsmodels adfuller", least(call, walks, 2)


def main():
    ran = subprocess.run([sys.argv[1], "--benchmark_format=json", "--benchmark_min_time=0.2"], check=True, capture_output=True, text=True)
    ours = {b["name"]: b["cpu_time"] for b in json.loads(ran.stdout)["benchmarks"]}
    print(f"| ours (ns) | peer, SciPy {scipy.__version__} (ns) | ratio |\n|---|---|---|")
    seen = set()
    for name, peer, nanoseconds in peers():
        seen.add(name)
        print(f"| {name} {ours[name]:.0f} | {peer} {nanoseconds:.0f} | {nanoseconds / ours[name]:.1f} |")
    for name, nanoseconds in ours.items():
        if name not in seen:
            print(f"| {name} {nanoseconds:.0f} | | |")


main()
