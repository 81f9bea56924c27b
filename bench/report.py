#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks beside their peers and writes the page: report.py BUILD [--data FOLDER] [--out FILE] [SECTION...]

Each section is a program of ours, or a script that runs one beside its peers in the same run. What a section prints is
what stands on the page; a section that cannot run says why. Given sections replace theirs on an existing page.
"""
import argparse
import datetime
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = ("numpy", "pandas", "bottleneck", "scipy", "statsmodels", "scikit-learn", "river", "dnspython", "pysad", "mlpack", "capymoa")
DEBIAN = ("libknot-dev", "libldns-dev", "libtins-dev")
OTHERS = {"c-ares, by the crate c-ares-sys": ("rust", r'^c-ares-sys = { version = "(.*?)"'),
          "Rust domain": ("rust", r'^domain = "(.*)"'), "Rust hickory-proto": ("rust", r'^hickory-proto = "(.*)"'),
          "Go miekg/dns": ("go", r"miekg/dns v(\S+)"), "Go gopacket": ("go", r"gopacket v(\S+)")}


def version_of(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def debian_version(package):
    ran = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", package], capture_output=True, text=True)
    return ran.stdout.split()[1] if ran.stdout.startswith("installed ") else None


def first_match(path, pattern):
    with open(path, encoding="utf-8") as file:
        found = re.search(pattern, file.read(), re.M)
    return found[1] if found else "unknown"


def built(build):
    """The programs of bench/dns/peers that are there, by language."""
    made = {"rust": os.path.join(build, "peers", "rust", "release", "netanomaly-bench-peers"), "go": os.path.join(build, "peers", "go")}
    return {language: path for language, path in made.items() if os.path.exists(path)}


def other_version(build, name):
    language, pattern = OTHERS[name]
    listed = {"rust": "rust/Cargo.toml", "go": "go/go.mod"}[language]
    return first_match(f"{HERE}/dns/peers/{listed}", pattern) if language in built(build) else None


def environment(build):
    rows = [("date", datetime.date.today().isoformat()),
            ("processor", first_match("/proc/cpuinfo", r"^model name\s*: (.*)$")),
            ("cores in sight; load at the start", f"{os.cpu_count()}; {os.getloadavg()[0]:.1f}"),
            ("system", f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}"),
            ("compiler", subprocess.run(["g++", "--version"], capture_output=True, text=True).stdout.splitlines()[0])]
    there = [(p, version_of(p)) for p in PYTHON] + [(p, debian_version(p)) for p in DEBIAN]
    there += [(p, other_version(build, p)) for p in OTHERS]
    forest = os.path.exists(os.path.join(build, "peers", "java", "AwsForest.class"))
    there.append(("AWS randomcutforest-core", first_match(f"{HERE}/run", r"randomcutforest-core:(\S+)") if forest else None))
    rows.append(("peers", ", ".join(f"{p} {v}" for p, v in there if v)))
    rows.append(("peers that are absent, and so not measured", ", ".join(p for p, v in there if not v) or "none"))
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows)


def google(text):
    """The table of Google Benchmark's JSON."""
    import json
    rows = [(b["name"], 1e9 * b["time/message"], "ns a message") if "time/message" in b else (b["name"], b["cpu_time"], b["time_unit"])
            for b in json.loads(text[text.index("{"):])["benchmarks"]]
    return "| what | CPU time |\n|---|---|\n" + "".join(f"| {n} | {t:.1f} {u} |\n" for n, t, u in rows)


def plain(text):
    return text if text.lstrip().startswith("|") or "\n|" in text else f"```\n{text}```\n"


def sections(build, data):
    def program(*path):
        return os.path.join(build, "bench", *path)
    nab = os.path.join(data, "nab") if data else ""
    streams = os.path.join(data, "streams") if data else ""
    peers = built(build)
    java = os.path.join(build, "peers", "java")
    mlpack = os.path.join(build, "peers", "mlpack_prequential")
    beside = [sys.executable, f"{HERE}/learn/compare_peers.py"]
    js = "--benchmark_format=json"
    return {
        "telemetry": ("Detectors of one metric: nanoseconds an update",
                      [sys.executable, f"{HERE}/telemetry/speed.py", program("telemetry", "netanomaly_bench_telemetry"), "3"], plain),
        "batch": ("Tests of hypotheses: nanoseconds a call, SciPy and statsmodels beside",
                  [sys.executable, f"{HERE}/batch/compare_scipy.py", program("batch", "netanomaly_bench_batch")], plain),
        "dns-parse": ("DNS messages parsed",
                      [program("dns", "netanomaly_bench_dns_parse_bench"), js] + ([f"--data={data}"] if data else []), google),
        "dns-peers": ("DNS messages parsed, dnspython, c-ares, and those of Rust and Go beside",
                      [sys.executable, f"{HERE}/dns/compare_peers.py", program("dns", "netanomaly_bench_dns_parse_bench"), "--peers",
                       ",".join(peers.values())] + ([f"--data={data}"] if data else []), plain),
        "dns-features": ("Features of DNS messages",
                         [program("dns", "netanomaly_bench_dns_features_bench"), js] + ([f"--data={data}"] if data else []), google),
        "dns-detection": ("DNS: what is found on cases made to be hard", [program("dns", "netanomaly_hard_cases"), "tunnels", "2", "1000", "2"], plain),
        "learn": ("Hoeffding trees and forests of them, MOA, mlpack and river beside",
                  [*beside, "trees", program("learn", "netanomaly_bench_learn"), "--java", java]
                  + (["--mlpack", mlpack] if os.path.exists(mlpack) else []), plain),
        "forests": ("Half-space trees on the five sets of their paper, from raw rows and prescaled ones",
                    [program("learn", "netanomaly_bench_half_space"), streams] if streams else None, plain),
        "forests-peers": ("Half-space trees and random cut forests, MOA, AWS, river and PySAD beside",
                          [*beside, "forests", program("learn", "netanomaly_bench_half_space"), streams, "--java", java]
                          if streams else None, plain),
        "nab": ("The Numenta Anomaly Benchmark", [program("nab", "netanomaly_bench_nab"), nab] if nab else None, plain),
    }


def growth(build, out):
    """The plots of cost against window, keys and features, beside the page."""
    ran = subprocess.run([os.path.join(build, "bench", "telemetry", "netanomaly_bench_telemetry"), "--growth"],
                         capture_output=True, text=True, check=True)
    drawn = subprocess.run([sys.executable, f"{HERE}/telemetry/growth.py"], input=ran.stdout, capture_output=True, text=True, check=True)
    with open(os.path.join(os.path.dirname(out), "benchmarks-growth.svg"), "w", encoding="utf-8") as file:
        file.write(drawn.stdout)
    parts = ["Against the window: nanoseconds an update of median and MAD.\n\n![median and MAD against the window](benchmarks-growth.svg)\n"]
    for title, name, *command in (
            ("Against keys: one z-score a key, keys drawn at random.", "keys", "compose", "netanomaly_bench_keys", "1000000"),
            ("Against features: learners at their defaults.", "features", "learn", "netanomaly_bench_learn_growth", "features", "1000")):
        room, program, *options = command
        ran = subprocess.run([os.path.join(build, "bench", room, program), *options,
                              os.path.join(os.path.dirname(out), f"benchmarks-growth-{name}.svg")], capture_output=True, text=True, check=True)
        parts.append(f"{title} `{program} {' '.join(options)}`\n\n{ran.stdout}\n![cost against {name}](benchmarks-growth-{name}.svg)\n")
    return "\n".join(parts)


def instructions():
    with open(f"{HERE}/instructions.txt", encoding="utf-8") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    return "| hot path | instructions an update |\n|---|---|\n" + "".join(f"| {n} | {v} |\n" for n, v in rows)


def section(name, known, given):
    """One section of the page: its programs run now."""
    if name == "growth":
        return "## Cost against window, keys and features\n" + growth(given.build, given.out)
    if name == "instructions":
        return "## Instructions, by callgrind\n" + instructions()
    title, command, form = known[name]
    if not command:
        return f"## {title}\nNot measured: it needs others' data (`NETANOMALY_DATA_DIR`).\n"
    shown = " ".join(re.sub(r"(^|=|,)/[^=,]*/", r"\1", c) for c in command)
    ran = subprocess.run(command, capture_output=True, text=True)
    why = ran.stderr.strip().splitlines()[-1] if ran.stderr else ran.returncode
    return f"## {title}\n`{shown}`\n\n" + (form(ran.stdout) if ran.returncode == 0 else f"Not measured: {why}\n")


def write(out, page, names):
    """The page as far as it is known: after each section, so that a run cut short leaves what it measured."""
    with open(out, "w", encoding="utf-8") as file:
        file.write("# Benchmarks\n\nWritten by `bench/run`: ours and the peers that are there, in the same run on the same data, each in its best form. Times are CPU\n"
                   "time; on a machine shared with other work only their ratios say something.\n\n")
        for name in names:
            if name in page:
                file.write(f"<!-- section {name} -->\n{page[name].rstrip()}\n\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("build")
    arguments.add_argument("--data", default="")
    arguments.add_argument("--out", default="docs/benchmarks.md")
    arguments.add_argument("section", nargs="*")
    given = arguments.parse_intermixed_args()
    known = sections(given.build, given.data)
    names = [*known, "growth", "instructions"]
    for name in given.section:
        if name not in names:
            sys.exit(f"no section {name}; there are: {', '.join(names)}")
    page = {}
    if os.path.exists(given.out):
        with open(given.out, encoding="utf-8") as file:
            page = {m[1]: m[2] for m in re.finditer(r"(?ms)^<!-- section (\S+) -->\n(.*?)(?=^<!-- section |\Z)", file.read())}
    page["environment"] = environment(given.build)
    for name in given.section or names:
        start = time.monotonic()
        print(f"report.py: {name}", file=sys.stderr, end="", flush=True)
        page[name] = section(name, known, given)
        write(given.out, page, ["environment", *names])
        print(f", {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


main()
