#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Learners of others beside ours, on the same rows in the same run, one thread each; each row is judged, then learnt.

compare_peers.py forests PROGRAM FOLDER [--java FOLDER]    half-space trees and random cut forests: MOA, AWS, river, PySAD
compare_peers.py trees PROGRAM [--java FOLDER] [--mlpack PROGRAM] [--file ROWS.csv]
                                                           Hoeffding trees and adaptive forests: MOA, mlpack, river

PROGRAM is netanomaly_bench_half_space and netanomaly_bench_learn. The folder of --java holds what peers/*.java were
compiled to, moa.jar and randomcutforest-core.jar; --mlpack is peers/mlpack_prequential.cpp compiled. --file: rows of
one's own instead of the streams, numbers under a line of names, the class last and from 0 (electricity). Of a set at
most the first 100,000 rows are taken. Peers written in Python, a thousand times slower than the rest, see fewer; ours
see the same rows beside them. Memory: what the learner says, the heap it holds (Java), growth of the process (Python).
"""
import argparse
import collections
import csv
import os
import subprocess
import sys
import tempfile
import time

MOST_ROWS = 100_000  # of a set
FOREST_ROWS, TREE_ROWS = 10_000, 20_000  # that peers in Python see of a set or stream
FORESTS_OF = ("rbf", "sea_drift")  # streams on which adaptive forests run as well: MOA's take a minute
TURNS = 3  # in which trees are measured, one after the other, since machines are not quiet
STREAMS = ("agrawal_f1", "agrawal_f2", "agrawal_f7", "rbf", "rbf5", "sea", "hyperplane", "led", "sea_drift", "stagger")

Result = collections.namedtuple("Result", "name score rate bytes")


def results(text):
    return [Result(n, float(s), float(r), int(b)) for n, s, r, b in (line.split("\t") for line in text.splitlines() if "\t" in line)]


def ran(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def rows_of(path):
    with open(path, encoding="ascii", newline="") as file:
        for row in csv.reader(file):
            yield [float(x) for x in row[:-1]], int(row[-1])


def run_here(what, path, nominal):
    """One peer in Python, in a process of its own: prints what peers/*.java print."""
    rows = list(rows_of(path))
    features = len(rows[0][0])
    if what == "PySAD":
        import numpy
        from pysad.models import HalfSpaceTrees
        xs = numpy.array([x for x, _ in rows])
    else:
        xs = [dict(enumerate(x)) for x, _ in rows]
    if what in ("PySAD", "river HalfSpaceTrees"):
        from sklearn.metrics import roc_auc_score
    if what != "PySAD":
        import river.anomaly
        import river.forest
        import river.tree
    before = resident()
    make = {
        "PySAD": lambda: HalfSpaceTrees([0.0] * features, [1.0] * features, window_size=250, num_trees=25, max_depth=15, random_state=1),
        "river HalfSpaceTrees": lambda: river.anomaly.HalfSpaceTrees(n_trees=25, height=15, window_size=250, seed=1),
        "river HoeffdingTreeClassifier": lambda: river.tree.HoeffdingTreeClassifier(nominal_attributes=nominal),
        "river HoeffdingAdaptiveTreeClassifier": lambda: river.tree.HoeffdingAdaptiveTreeClassifier(nominal_attributes=nominal, seed=1),
        "river ARFClassifier": lambda: river.forest.ARFClassifier(n_models=10, nominal_attributes=nominal, seed=1),
    }[what]
    learner, got = make(), []
    start = time.thread_time()
    if what == "PySAD":
        for x in xs:
            got.append(learner.score_partial(x))
            learner.fit_partial(x)
    elif what == "river HalfSpaceTrees":
        for x in xs:
            got.append(learner.score_one(x))
            learner.learn_one(x)
    else:
        for x, (_, y) in zip(xs, rows):
            got.append(learner.predict_one(x) == y)
            learner.learn_one(x, y)
    took = time.thread_time() - start
    held = resident() - before
    if what in ("PySAD", "river HalfSpaceTrees"):
        score = roc_auc_score([y for _, y in rows[300:]], [float(s) for s in got[300:]])
        what = "PySAD HalfSpaceTrees" if what == "PySAD" else what
    else:
        score = sum(got) / len(got)
    print(f"{what}\t{score:.4f}\t{len(rows) / took:.0f}\t{held}")


def python_peer(what, path, nominal=()):
    return results(ran(sys.executable, os.path.abspath(__file__), "here", what, path, ",".join(map(str, nominal))))


def there(*modules):
    for module in modules:
        try:
            __import__(module)
        except ImportError:
            return False
    return True


def first_rows(path, to, most):
    with open(path, encoding="ascii") as file, open(to, "w", encoding="ascii") as out:
        for n, line in zip(range(most), file):
            out.write(line)
    return n + 1


def row(of, count, r):
    amount = "not measured" if r.bytes < 0 else f"{r.bytes / 2**20:.1f} MiB" if r.bytes >= 2**20 else f"{r.bytes / 2**10:.0f} KiB"
    print(f"| {of} | {count} | {r.name} | {r.score:.4f} | {r.rate / 1e3:.1f} | {amount} |", flush=True)


def forests(program, folder, java):
    print("Prescaled rows (log(x + 0.1) of smtp and http, then min-max over the whole set), anomalies spread, the first 300 rows not\n"
          "counted; half-space trees: 25 of depth 15, window 250; random cut forests: 50 trees of 256 rows; seed 1.\n")
    print("| set | rows | forest | AUC | thousand rows/s | memory |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        for name in ("shuttle", "smtp", "http", "smtp+http", "cover"):
            whole, path, few = (os.path.join(temporary, n) for n in ("whole.csv", "rows.csv", "few.csv"))
            with open(whole, "w", encoding="ascii") as file:
                subprocess.run([program, folder, "rows", name, "spread"], stdout=file, check=True)
            every = first_rows(whole, path, MOST_ROWS)

            def ours(on):
                return [r for kind in ("half_space_trees", "random_cut_forest") for r in results(ran(program, on, "judge", kind, "1"))]
            for r in ours(path):
                row(name, every, r)
            if java:
                for main, jar in (("MoaHalfSpace", "moa.jar"), ("AwsForest", "randomcutforest-core.jar")):
                    if os.path.exists(os.path.join(java, jar)):
                        for r in results(ran("java", "-XX:+UseSerialGC", "-cp", f"{java}/{jar}:{java}", main, path)):
                            row(name, every, r)
            count = first_rows(path, few, FOREST_ROWS)
            for r in ours(few):
                row(name, count, r)
            for what, module in (("river HalfSpaceTrees", "river"), ("PySAD", "pysad")):
                if there(module, "sklearn"):
                    for r in python_peer(what, few):
                        row(name, count, r)


def trees(program, java, mlpack, file):
    print("Accuracy, each row predicted before it is learnt; seed 42; defaults of each, ours one set for all. Rates: the best of three turns, MOA's forest once.\n")
    print("| stream | rows | learner | accuracy | thousand rows/s | memory |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        path = os.path.join(temporary, "rows.csv")
        if file:
            with open(file, encoding="ascii") as given:
                rows = given.read().splitlines(keepends=True)[1:]

            def first_of_file(count):
                with open(path, "w", encoding="ascii") as out:
                    out.writelines(rows[:count])
                return path
            shape = str(1 + max(int(r.rsplit(",", 1)[1]) for r in rows)), ",".join("0" * rows[0].count(","))
            name = os.path.splitext(os.path.basename(file))[0]
            trees_of(program, java, mlpack, name, True, ("--file", path), shape, len(rows), first_of_file)
        for name in () if file else STREAMS:
            def first_of_stream(count):
                with open(path, "w", encoding="ascii") as out:
                    subprocess.run([program, "--rows", str(count), "--csv", name], stdout=out, check=True)
                return path
            trees_of(program, java, mlpack, name, name in FORESTS_OF, ("--stream", name), ran(program, "--shape", name).split(), 200_000,
                     first_of_stream)


def trees_of(program, java, mlpack, name, forest, source, shape, count, csv_of):
    """Rows of one stream: `source` says it to our program, csv_of(n) writes its first n rows and gives their path."""
    def ours(*of):
        for kind in ["hoeffding_tree", "hoeffding_adaptive_tree"] + ["adaptive_forest"] * forest:
            line = ran(program, *of, "--learner", kind).splitlines()[-1].split()
            yield Result("netanomaly " + kind, float(line[2]), float(line[3]), int(line[5]))
    classes, cardinalities = shape
    path = csv_of(count)

    def moa(learners, times):
        if java and os.path.exists(os.path.join(java, "moa.jar")):
            yield from results(ran("java", "-XX:+UseSerialGC", f"-Dtimes={times}", "-cp", f"{java}/moa.jar:{java}", "MoaPrequential", path, classes,
                                   cardinalities, learners))
    best = {}
    for _ in range(TURNS):
        for r in [*ours(*source), *moa("trees.HoeffdingTree;trees.HoeffdingAdaptiveTree", 2), *(results(ran(mlpack, path, classes, cardinalities)) if mlpack else ())]:
            if r.name not in best or r.rate > best[r.name].rate:
                best[r.name] = r
    for r in [*best.values(), *(moa("meta.AdaptiveRandomForest -s 10", 1) if forest else ())]:
        row(name, count, r)
    if there("river"):
        few = min(count, TREE_ROWS)
        path = csv_of(few)
        for r in ours(*source, "--rows", str(few)):  # of a file, those that were just written
            row(name, few, r)
        nominal = [i for i, n in enumerate(cardinalities.split(",")) if n != "0"]
        for what in ["HoeffdingTreeClassifier", "HoeffdingAdaptiveTreeClassifier"] + ["ARFClassifier"] * forest:
            for r in python_peer("river " + what, path, nominal):
                row(name, few, r)


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "here":
        run_here(sys.argv[2], sys.argv[3], [int(n) for n in sys.argv[4].split(",") if n])
        return
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", choices=("forests", "trees"))
    arguments.add_argument("program")
    arguments.add_argument("folder", nargs="?")
    arguments.add_argument("--java", default="")
    arguments.add_argument("--mlpack", default="")
    arguments.add_argument("--file", default="")
    given = arguments.parse_args()
    if given.what == "forests":
        forests(given.program, given.folder, given.java)
    else:
        trees(given.program, given.java, given.mlpack, given.file)


main()
