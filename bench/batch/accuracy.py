#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of docs/batch-accuracy.md: largest and median relative error over the truth tables, peers beside.

usage: accuracy.py BUILD_DIR/bench/batch/netanomaly_batch_accuracy FOLDER_OF_TABLES

SciPy and R (Rscript) are asked where they are installed; Boost.Math is in the program where it was found at build time.
"""
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
folder = pathlib.Path(sys.argv[2])
results = {}


def table(name):
    t = json.loads((folder / f"{name}.json").read_text())
    return [dict(zip(t["columns"], row)) for row in t["rows"]]


def error(found, expected):
    if found == expected:
        return 0.0
    e = abs(found - expected) / abs(expected) if math.isfinite(found) else math.inf
    return e


def add(quantity, peer, rows, column, values):
    errors = sorted(error(float(v), r[column]) for r, v in zip(rows, values) if r[column] is not None and abs(r[column]) >= 1e-300)
    finite = [e for e in errors if math.isfinite(e)]
    if finite:
        results.setdefault(quantity, {})[peer] = (finite[-1], errors[len(errors) // 2], len(errors), len(errors) - len(finite))


def ours():
    out = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        quantity, peer, largest, median, rows = line.split("\t")
        results.setdefault(quantity, {})[peer] = (float(largest), float(median), int(rows), 0)


def scipy_peers():
    try:
        import numpy as np
        from scipy import special, stats
        from scipy.stats import distributions as d
    except ImportError:
        return
    two = table("ks_two_sample_p")
    from scipy.stats import _stats_py as inner

    def exact(r, side):
        try:
            ok, _, p = inner._attempt_exact_2kssamp(r["n"], r["m"], math.gcd(r["n"], r["m"]), r["d"], side)
            return p if ok else math.nan
        except Exception:
            return math.nan

    add("KS two-sample, two-sided", "SciPy", two, "p_two", [exact(r, "two-sided") for r in two])
    add("KS two-sample, one-sided", "SciPy", two, "p_one", [exact(r, "greater") for r in two])
    raw = table("ks_two_sample_raw")
    add("KS two-sample, ties", "SciPy", raw, "p_tied", [stats.ks_2samp(r["x"], r["y"], method="exact").pvalue for r in raw])
    one = table("ks_one_sample_p")
    add("KS one-sample", "SciPy", one, "sf", [d.kstwo.sf(r["d"], r["n"]) for r in one])
    add("KS one-sample, lower tail", "SciPy", one, "cdf", [d.kstwo.cdf(r["d"], r["n"]) for r in one])
    add("KS one-sample, one-sided", "SciPy", one, "one", [d.ksone.sf(r["d"], r["n"]) for r in one])
    limit = table("ks_limit")
    add("KS limit", "SciPy", limit, "sf", [special.kolmogorov(r["x"]) for r in limit])
    rows = table("chi2_dist")
    add("chi-square tail", "SciPy", rows, "sf", [stats.chi2.sf(r["x"], r["df"]) for r in rows])
    rows = table("student_t_sf")
    add("Student t tail", "SciPy", rows, "sf", [stats.t.sf(r["t"], r["nu"]) for r in rows])
    rows = table("student_t_isf")
    add("Student t quantile", "SciPy", rows, "t", [stats.t.isf(r["p"], r["nu"]) for r in rows])
    rows = table("normal_sf")
    add("normal tail", "SciPy", rows, "sf", [stats.norm.sf(r["z"]) for r in rows])
    rows = table("normal_isf")
    add("normal quantile", "SciPy", rows, "z", [stats.norm.isf(r["p"]) for r in rows])
    rows = table("binomial_tail")
    add("binomial tail", "SciPy", rows, "p_ge", [stats.binom.sf(r["k"] - 1, r["n"], r["p"]) for r in rows])
    rows = table("poisson_tail")
    add("Poisson tail", "SciPy", rows, "p_ge", [stats.poisson.sf(r["k"] - 1, r["mu"]) for r in rows])
    rows = table("rate_ctest")
    for side, column, quantity in (("greater", "p_greater", "two Poisson rates"),
                                   ("two-sided", "p_minlike", "two Poisson rates, as unlikely")):
        add(quantity, "SciPy", rows, column,
            [stats.binomtest(r["x1"], r["x1"] + r["x2"], r["w"] / (r["w"] + r["h"]), side).pvalue if r["x1"] + r["x2"] else 1.0
             for r in rows])
    rows = table("grubbs_p")

    def grubbs(r):
        n, g = r["n"], r["g"]
        left = (n - 1) ** 2 - n * g * g
        return min(1.0, n * stats.t.sf(math.sqrt(n * (n - 2) * g * g / left), n - 2)) if left > 0 else 0.0

    add("Grubbs", "SciPy", rows, "p_one", [grubbs(r) for r in rows])

    def rosner(r):  # SciPy has no such test: its mean, deviation and Student's t in Rosner's formulas
        left, deviates, criticals = np.array(r["values"], dtype=float), [], []
        for i in range(1, int(r["k"]) + 1):
            away = np.abs(left - left.mean())
            deviates.append(away.max() / left.std(ddof=1))
            left = np.delete(left, away.argmax())
            n = r["n"] - i + 1
            t = stats.t.isf(r["alpha"] / (2 * n), n - 2)
            criticals.append((n - 1) * t / math.sqrt((n - 2 + t * t) * n))
        return deviates, criticals

    flat = [(v, c, x, y) for r in table("esd") for v, c, x, y in zip(*rosner(r), r["R"], r["lambda"])]
    add("generalized ESD, statistics", "SciPy", [{"R": x} for _, _, x, _ in flat], "R", [v for v, _, _, _ in flat])
    add("generalized ESD, critical values", "SciPy", [{"lambda": y} for _, _, _, y in flat], "lambda", [c for _, c, _, _ in flat])
    rows = [r for r in table("chi2_gof") if r["status"] == "ok" and r["p"] is not None]

    def fit(r):
        kept = [(o, w) for o, w in zip(r["observed"], r["weights"]) if w > 0]
        total, weights = sum(o for o, _ in kept), sum(w for _, w in kept)
        return stats.chisquare([o for o, _ in kept], [total * w / weights for _, w in kept], r["ddof"]).pvalue

    add("chi-square goodness of fit", "SciPy", rows, "p", [fit(r) for r in rows])
    rows = table("chi2_homogeneity")

    def same(r):
        kept = [(a, b) for a, b in zip(r["recent"], r["history"]) if a + b > 0]
        return stats.chi2_contingency([[a for a, _ in kept], [b for _, b in kept]], correction=False)[1]

    add("chi-square homogeneity", "SciPy", rows, "p", [same(r) for r in rows])


R_CODE = {
    "KS one-sample": ("ks_one_sample_p", ("n", "d"), "sf", "1 - mapply(function(n, d) .Call(stats:::C_pKolmogorov2x, d, n), a$n, a$d)"),
    "chi-square tail": ("chi2_dist", ("x", "df"), "sf", "pchisq(a$x, a$df, lower.tail = FALSE)"),
    "Student t tail": ("student_t_sf", ("t", "nu"), "sf", "pt(a$t, a$nu, lower.tail = FALSE)"),
    "Student t quantile": ("student_t_isf", ("p", "nu"), "t", "qt(a$p, a$nu, lower.tail = FALSE)"),
    "normal tail": ("normal_sf", ("z",), "sf", "pnorm(a$z, lower.tail = FALSE)"),
    "normal quantile": ("normal_isf", ("p",), "z", "qnorm(a$p, lower.tail = FALSE)"),
    "binomial tail": ("binomial_tail", ("k", "n", "p"), "p_ge", "pbinom(a$k - 1, a$n, a$p, lower.tail = FALSE)"),
    "Poisson tail": ("poisson_tail", ("k", "mu"), "p_ge", "ppois(a$k - 1, a$mu, lower.tail = FALSE)"),
    "Mann-Whitney": ("mann_whitney_p", ("u", "n", "m"), "p_greater", "pwilcox(a$u - 1, a$n, a$m, lower.tail = FALSE)"),
    "KS two-sample, two-sided": ("ks_two_sample_p", ("d", "n", "m"), "p_two",
                                 "mapply(function(d, n, m) psmirnov(d, sizes = c(n, m), lower.tail = FALSE), a$d, a$n, a$m)"),
    "two Poisson rates": ("rate_ctest", ("x1", "w", "x2", "h"), "p_greater",
                          "pbinom(a$x1 - 1, a$x1 + a$x2, a$w / (a$w + a$h), lower.tail = FALSE)"),
}


def r_peer():
    if not shutil.which("Rscript"):
        return
    for quantity, (name, columns, truth, code) in R_CODE.items():
        rows = table(name)
        if name == "ks_two_sample_p":
            rows = [r for r in rows if r["n"] * r["m"] <= 50_000]  # the others take R minutes each
        if name == "ks_one_sample_p":
            rows = [r for r in rows if r["n"] <= 200]
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as data:
            data.write(",".join(columns) + "\n")
            for r in rows:
                data.write(",".join(repr(r[c]) for c in columns) + "\n")
            data.flush()
            ran = subprocess.run(["Rscript", "-e", f'a <- read.csv("{data.name}"); cat(sprintf("%.17g", {code}), sep="\\n")'],
                                 capture_output=True, text=True)
        values = [float(v.replace("Inf", "inf")) for v in ran.stdout.split()]
        if len(values) == len(rows):
            add(quantity, "R", rows, truth, values)
        else:
            print(f"R: {quantity}: {ran.stderr.strip()[:200]}", file=sys.stderr)


def main():
    ours()
    scipy_peers()
    r_peer()
    peers = ["ours", "Boost", "SciPy", "R"]
    print("| quantity | rows | " + " | ".join(peers) + " |")
    print("|---|---|" + "---|" * len(peers))
    for quantity, by_peer in results.items():
        cells = []
        for peer in peers:
            if peer not in by_peer:
                cells.append("")
                continue
            largest, median, _, failed = by_peer[peer]
            cells.append((f"fails on {failed}; " if failed else "") + f"{largest:.1e} / {median:.0e}")
        print(f"| {quantity} | {by_peer['ours'][2]} | " + " | ".join(cells) + " |")


main()
