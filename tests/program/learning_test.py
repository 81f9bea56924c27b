# SPDX-License-Identifier: Apache-2.0
"""netanomaly train, score and evaluate as a person uses them. NETANOMALY_BINARY names the program."""

import csv
import gzip
import json
import math
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import chromium

PROGRAM = os.environ["NETANOMALY_BINARY"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FLOWS = ROOT / "examples" / "data" / "flows.csv"


def kinds(heading):
    """Those of a part of the list of detectors."""
    text = subprocess.run([PROGRAM, "--list-detectors"], capture_output=True, check=True, text=True).stdout
    part = re.split(r"^Of ", text.split(heading, 1)[1], maxsplit=1, flags=re.M)[0]
    return re.findall(r"^([a-z]\w+)$", part, re.M)


DETECTORS, CLASSIFIERS = kinds("Of rows: "), kinds("Of rows with labels: ")
assert "half_space_trees" in DETECTORS and "hoeffding_tree" in CLASSIFIERS
SMALL = ["--set", "grace=20", "--set", "tie=0.2", "--set", "delta=0.05"]  # for trees of few rows


def numbers(n, seed=1, label=lambda x, y, source: "high" if x + y > 1 else "low"):
    """Rows x,y,colour,label; one cell in 50 is empty."""
    source = random.Random(seed)
    rows = []
    for _ in range(n):
        x, y, colour = source.random(), source.random(), source.choice(("red", "green", "blue"))
        rows.append([f"{x:.6f}" if source.random() > 0.02 else "", f"{y:.6f}", colour, label(x, y, source)])
    return rows


def rare(x, y, source):
    return "0" if source.random() > 0.03 else "1"


def outliers(n, seed=1):
    """The same with label 1 for rows far away."""
    source = random.Random(seed)
    rows = numbers(n, seed, rare)
    for row in rows:
        if row[3] == "1":
            row[1] = f"{5 + 5 * source.random():.6f}"
    return rows


def flows():
    with open(FLOWS, newline="") as file:
        return list(csv.DictReader(file))


def crc64(octets):
    table = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0xC96C5795D7870F42 if i & 1 else 0)
        table.append(i)
    value = 2**64 - 1
    for octet in octets:
        value = value >> 8 ^ table[(value ^ octet) & 0xFF]
    return value ^ (2**64 - 1)


class LearnTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="netanomaly-learn-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_program(self, *arguments, code=0, octets=None):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=120, input=octets)
        self.assertEqual(done.returncode, code, done.stderr.decode(errors="replace"))
        return done

    def refused(self, *arguments, octets=None):
        text = self.run_program(*arguments, code=2, octets=octets).stderr.decode()
        self.assertEqual(text.count("\n"), 1, text)
        self.assertTrue(text.startswith("netanomaly: "), text)
        return text

    def text(self, *arguments, **more):
        return self.run_program(*arguments, **more).stdout.decode()

    def lines(self, *arguments, **more):
        return [json.loads(line) for line in self.run_program(*arguments, "--jsonl", **more).stdout.splitlines()]

    def path(self, name):
        return self.folder / name

    def write(self, name, rows, header=("x", "y", "colour", "label")):
        with open(self.path(name), "w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return self.path(name)


class Train(LearnTest):
    def test_types_values_and_missing_cells_are_told_and_shown(self):
        rows = [[i / 7 if i % 10 else "", f"id{i}", i % 3, "tcp" if i % 4 else "NA", "", 10 + i % 2, "a" if i < 280 else "b"] for i in range(300)]
        table = self.write("t.csv", rows, ("size", "name", "port", "protocol", "nothing", "code", "class"))
        model = self.path("m")
        [got] = self.lines("train", "hoeffding-tree", table, "--label", "class", "--nominal", "port", "--ignore", "code", "--model", model)
        self.assertEqual([(c["name"], c["type"], c["missing"]) for c in got["columns"]],
                         [("size", "numeric", 30), ("name", "left_out", 0), ("port", "nominal", 0), ("protocol", "nominal", 75),
                          ("nothing", "left_out", 300), ("code", "left_out", 0), ("class", "label", 0)])
        self.assertEqual(got["columns"][2]["values"], {"0": 100, "1": 100, "2": 100})
        self.assertEqual(got["columns"][0]["low"], 1 / 7)
        self.assertEqual((got["kind"], got["rows"], got["learned"], got["classes"]), ("hoeffding_tree", 300, 300, ["a", "b"]))
        self.assertEqual(got["columns"][6]["values"], {"a": 280, "b": 20})
        text = self.text("train", "hoeffding_tree", table, "--label", "class", "--model", model)
        for line in (r"size +numeric +30  0\.142857 to 42\.7143", r"name +left out +0  more than 256 different names; --nominal name takes them",
                     r"port +numeric +0  0 to 2", r"protocol +nominal +75  1: tcp", r"nothing +left out +300  without a value",
                     r"class +label +0  2: a \(280\), b \(20\)"):
            self.assertRegex(text, line)
        self.assertIn("Positive, an anomaly: all but a.", text)

    def test_a_pipe_gives_the_model_that_the_file_gives_plain_and_packed(self):
        table = self.write("t.csv", outliers(3000))
        octets = table.read_bytes()
        self.path("t.csv.gz").write_bytes(gzip.compress(octets[:20000]) + gzip.compress(octets[20000:]))
        inputs = [("-", octets), (self.path("t.csv.gz"), None), ("-", self.path("t.csv.gz").read_bytes())]
        if shutil.which("zstd"):
            subprocess.run(["zstd", "-q", table], check=True)
            inputs += [(self.path("t.csv.zst"), None), ("-", self.path("t.csv.zst").read_bytes())]
        for kind in (*DETECTORS, *CLASSIFIERS):
            self.run_program("train", kind, table, "--label", "label", "--model", self.path("m"))
            expected = self.path("m").read_bytes()
            for source, piped in inputs:
                self.run_program("train", kind, source, "--label", "label", "--model", self.path("n"), octets=piped)
                self.assertEqual(self.path("n").read_bytes(), expected, (kind, source))

    def test_every_form_of_csv_gives_the_same_model(self):
        rows = numbers(800)
        plain = self.write("t.csv", rows)
        self.run_program("train", "vfdt", plain, "--label", "label", "--model", self.path("m"))
        expected = self.path("m").read_bytes()
        header = ["x", "y", "colour", "label"]
        quoted = [['"%s"' % cell for cell in row] for row in rows]
        forms = {
            "semicolons": "\n".join(";".join(row) for row in [header, *rows]),
            "tabs": "\n".join("\t".join(row) for row in [header, *rows]) + "\n",
            "carriage returns": "\r\n".join(",".join(row) for row in [header, *rows]) + "\r\n\r\n",
            "quotes": "\n".join(",".join(row) for row in [header, *quoted]),
            "spaces and a mark": "\ufeff" + "\n".join(" , ".join(row) for row in [header, *rows]),
            "words for what is missing": "\n".join(",".join(cell or "NaN" for cell in row) for row in [header, *rows]),
        }
        for name, text in forms.items():
            with self.subTest(name):
                self.path("f.csv").write_text(text, newline="")
                self.run_program("train", "vfdt", self.path("f.csv"), "--label", "label", "--model", self.path("n"))
                self.assertEqual(self.path("n").read_bytes(), expected)

    def test_quoted_cells_hold_delimiters_quotes_and_line_ends(self):
        self.path("t.csv").write_text('a,"b ""x"",\ny",label\n' + '1,"p,q","u\nv"\n2,"r ""s""",w\n' * 20)
        [got] = self.lines("train", "ht", self.path("t.csv"), "--label", "label", "--model", self.path("m"))
        self.assertEqual(got["columns"][1]["name"], 'b "x",\ny')
        self.assertEqual(got["columns"][1]["values"], {"p,q": 20, 'r "s"': 20})
        self.assertEqual(got["classes"], ["u\nv", "w"])
        self.path("bad.csv").write_text('a,label\n1,"u\nv"\n2,w\nx,y,z\n')
        self.assertIn("bad.csv:5: expected 2 cells", self.refused("train", "ht", self.path("bad.csv"), "--label", "label", "--model", self.path("n")))

    def test_mistakes_name_line_and_column_and_say_what_to_do_and_leave_the_model(self):
        model = self.path("m")
        model.write_text("as it was")
        rows = numbers(2000)
        rows[1500][1] = "oops"
        table = self.write("bad.csv", rows)
        def refused(*arguments, **more):
            text = self.refused("train", "hoeffding_tree", *arguments, "--model", model, **more)
            self.assertEqual(model.read_text(), "as it was")
            return text
        text = refused(table, "--label", "label")
        for part in ("bad.csv:1502: column y: expected a number, as 1,999 of 2,000 cells are, got 'oops'", "--nominal y", "--ignore y"):
            self.assertIn(part, text)
        text = refused("-", "--label", "label", "--inspect", "1000", octets=table.read_bytes())
        for part in ("standard input:1502: column y: expected a number, got 'oops'", "--inspect"):
            self.assertIn(part, text)
        for name, text, part in (("empty", "", ":1: expected a header"), ("head", "a,b,label\n", "expected rows"),
                                 ("none", "1,2\n3,4\n", ":1: expected a header"), ("twice", "a,a,label\n1,2,3\n", "two columns have the name 'a'"),
                                 ("short", "a,label\n1,u\n2\n", ":3: expected 2 cells"), ("open", 'a,label\n1,"u\n', ":2: a quote opens here"),
                                 ("after", 'a,label\n1,"u" v\n', ":2: expected a delimiter"), ("one", "a,label\n1,u\n2,u\n", "only 'u'"),
                                 ("label", "a,label\n1,\n2,\n", "none")):
            self.path(name).write_text(text)
            self.assertIn(part, refused(self.path(name), "--label", "label"))
        good = self.write("good.csv", numbers(300))
        self.path("cut.gz").write_bytes(gzip.compress(good.read_bytes())[:-500])
        self.path("damaged.gz").write_bytes(gzip.compress(good.read_bytes())[:200] + b"x" * 2000)
        for arguments, part in (([good], "expected --label"), ([good, "--label", "klass"], "no column 'klass'; it has: x, y, colour, label"),
                                ([good, "--label", "label", "--set", "features=3"], "follows from the columns"),
                                ([good, "--label", "label", "--set", "grase=3"], "no parameter grase; there are: "),
                                ([good, "--label", "label", "--set", "grace=0"], "grace is 0, must be at least 1"),
                                ([good, "--label", "label", "--set", "grace"], "NAME=VALUE"),
                                ([good, "--label", "label", "--numeric", "colour"], "good.csv:2: column colour: expected a number"),
                                ([good, "--label", "label", "--ignore", "size"], "--ignore"),
                                ([good, "--label", "label", "--nominal", "x", "--numeric", "x"], "both"),
                                ([good, "--label", "label", "--memory-limit", "1MB"], "--memory-limit"),
                                ([good, "--label", "label", "--classes", "low"], "'high'"),
                                ([good, "--label", "label", "--inspect", "0"], "--inspect"), ([good, "--positive", "low"], "expected --label"),
                                ([self.path("cut.gz"), "--label", "label"], "ends early"),
                                ([self.path("damaged.gz"), "--label", "label"], "damaged"),
                                ([self.path("nowhere"), "--label", "label"], "cannot be opened"), (["--label", "label"], "expected a FILE")):
            self.assertIn(part, refused(*arguments))
        self.assertIn("there is no learner 'tree'; there are: hoeffding_tree", self.refused("train", "tree", good, "--model", model))
        self.assertIn("--positive: goes with --label", self.refused("train", "hst", good, "--positive", "low", "--model", model))
        self.assertIn("expected --model", self.refused("train", "ht", good, "--label", "label"))
        self.assertIn("cannot be written", self.refused("train", "ht", good, "--label", "label", "--model", "/nonexistent/m"))

    def test_a_class_that_comes_late_is_an_error_until_it_is_named(self):
        rows = numbers(600, label=lambda *unused: "low") + numbers(600)
        octets = self.write("t.csv", rows).read_bytes()
        text = self.refused("train", "ht", "-", "--label", "label", "--inspect", "500", "--model", self.path("m"), octets=octets)
        self.assertIn("only 'low' in the 500 rows that were inspected (--classes names all)", text)
        text = self.refused("train", "ht", "-", "--label", "label", "--inspect", "500", "--classes", "low,middle", "--model", self.path("m"), octets=octets)
        self.assertRegex(text, r"standard input:6\d\d: column label: expected one of low, middle, got 'high' \(--classes")
        [got] = self.lines("train", "ht", "-", "--label", "label", "--inspect", "500", "--classes", "low,high", "--model", self.path("m"), octets=octets)
        self.assertEqual((got["learned"], got["classes"]), (1200, ["high", "low"]))
        binary = self.write("b.csv", [[*row[:3], "0"] for row in rows[:600]] + outliers(600)).read_bytes()
        [got] = self.lines("train", "ht", "-", "--label", "label", "--inspect", "500", "--model", self.path("m"), octets=binary)
        self.assertEqual(got["classes"], ["0", "1"])  # what 0 has beside it needs no name

    def test_learning_in_parts_is_learning_at_once(self):
        rows = outliers(3000)
        whole, first, second = self.write("t.csv", rows), self.write("1.csv", rows[:1300]), self.write("2.csv", rows[1300:])
        for kind in (*DETECTORS, *CLASSIFIERS):
            self.run_program("train", kind, whole, "--label", "label", "--model", self.path("m"))
            self.run_program("train", kind, first, "--label", "label", "--model", self.path("n"))
            [got] = self.lines("train", kind, second, "--from", self.path("n"), "--model", self.path("n"))
            self.assertEqual((got["rows"], got["learned"]), (1700, 3000))
            self.assertEqual(self.path("n").read_bytes(), self.path("m").read_bytes(), kind)
            self.assertIn("KIND is", self.refused("train", "hst" if kind in CLASSIFIERS else "ht", second, "--from", self.path("n"), "--model", self.path("n")))

    def test_rows_without_a_label_are_counted_and_not_learned(self):
        rows = numbers(400)
        for i in range(0, 400, 10):
            rows[i][3] = "?"
        [got] = self.lines("train", "ht", self.write("t.csv", rows), "--label", "label", "--model", self.path("m"))
        self.assertEqual((got["rows"], got["learned"], got["without_label"]), (400, 360, 40))
        self.assertEqual(got["classes"], ["high", "low"])

    def test_interrupted_training_saves_what_it_has_read(self):
        for inspected, at_least in ((200, 201), (100_000, 5000)):  # while learning; while types are told
            model = self.path(f"m{inspected}")
            process = subprocess.Popen([PROGRAM, "train", "hst", "-", "--label", "label", "--inspect", str(inspected), "--model", model, "--jsonl"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            rows = outliers(5000)
            process.stdin.write("".join(",".join(row) + "\n" for row in [["x", "y", "colour", "label"], *rows]).encode() + b'0.5,"0.')
            process.stdin.flush()
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=60)
            self.assertEqual((process.returncode, error), (130, b""))
            got = json.loads(out)
            self.assertTrue(got["interrupted"])
            self.assertTrue(at_least <= got["rows"] <= 5000, got["rows"])
            [*scored] = self.lines("score", "--model", model, self.write("t.csv", rows[:10]))
            self.assertEqual(len(scored), 10)

    def test_memory_does_not_grow_with_the_stream(self):
        def peak(rows):
            process = subprocess.Popen([PROGRAM, "train", "hst", "-", "--inspect", "100", "--model", self.path("m")], stdin=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL)
            block = "".join(f"{i % 97},{i % 89}.5,{i % 7}\n" for i in range(10_000)).encode()
            process.stdin.write(b"a,b,c\n")
            for _ in range(rows // 10_000):
                process.stdin.write(block)
            process.stdin.close()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0)
            return used.ru_maxrss
        self.assertLess(peak(400_000), peak(20_000) + 4096)  # KiB

    def test_the_record_of_a_model_is_the_one_that_is_kept(self):
        """As tests/compose/golden_test.cpp: NETANOMALY_WRITE_GOLDEN=1 writes it. All in it is exact in every build. What
        is of the detector within is compared there: its record may be of a later version."""
        kept = ROOT / "tests" / "golden" / "trained_model.1.state"
        table = self.write("t.csv", [[i * 37 % 11 / 2, "tcp", i % 2] for i in range(25)], ("size", "protocol", "label"))
        self.run_program("train", "hst", table, "--label", "label", "--set", "window=10", "--set", "trees=2", "--set", "withhold=0", "--model", self.path("m"))
        if os.environ.get("NETANOMALY_WRITE_GOLDEN"):
            shutil.copyfile(self.path("m"), kept)
        ours = [path.read_bytes().split(b"half_space_trees")[0] for path in (self.path("m"), kept)]
        self.assertEqual(ours[0], ours[1])
        self.assertGreater(len(ours[0]), 100)
        scores = [line["score"] for line in self.lines("score", "--model", kept, table)]
        self.assertNotIn(None, scores)
        self.run_program("train", "hst", self.write("one.csv", [[1, "udp", 0]], ("size", "protocol", "label")), "--from", kept, "--model", self.path("n"))

    def test_a_model_has_the_rights_that_the_umask_leaves(self):
        self.run_program("train", "hst", FLOWS, "--model", self.path("m"))
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(self.path("m").stat().st_mode & 0o777, 0o666 & ~mask)


class Score(LearnTest):
    def test_columns_in_another_order_give_the_same_scores_and_others_are_named(self):
        rows = outliers(1500)
        table = self.write("t.csv", rows)
        other = self.write("other.csv", [[row[2], "z", row[1], row[0]] for row in rows], ("colour", "extra", "y", "x"))
        for kind in (*DETECTORS, *CLASSIFIERS):
            self.run_program("train", kind, table, "--label", "label", "--model", self.path("m"))
            got = self.run_program("score", "--model", self.path("m"), table, "--jsonl").stdout
            self.assertEqual(got.count(b"\n"), 1500)
            self.assertEqual(self.run_program("score", "--model", self.path("m"), other, "--jsonl").stdout, got)
            self.assertIn("Columns that the model does not have: extra.", self.text("score", "--model", self.path("m"), other))
        lacking = self.write("lacking.csv", [[row[1], 0] for row in rows], ("y", "X"))
        self.assertIn("lacking.csv:1: expected the columns of the model, 2 are missing: x, colour; not in the model: X",
                      self.refused("score", "--model", self.path("m"), lacking))

    def test_json_lines_have_row_score_or_label_and_distribution(self):
        self.run_program("train", "hst", FLOWS, "--ignore", "time", "--label", "class", "--set", "window=100", "--model", self.path("d"))
        got = self.lines("score", "--model", self.path("d"), FLOWS)
        self.assertEqual([line["row"] for line in got], list(range(1, 801)))
        self.assertTrue(all(list(line) == ["row", "score", "anomalous"] for line in got))
        self.assertTrue(all(line["anomalous"] == (line["score"] > 12) for line in got))
        self.run_program("train", "ht", FLOWS, "--ignore", "time", "--label", "class", *SMALL, "--model", self.path("c"))
        got = self.lines("score", "--model", self.path("c"), FLOWS)
        for line in got:
            self.assertEqual(list(line), ["row", "label", "distribution"])
            self.assertEqual(list(line["distribution"]), ["exfiltration", "normal", "scan"])
            self.assertAlmostEqual(sum(line["distribution"].values()), 1, delta=1e-12)
            self.assertEqual(max(line["distribution"], key=line["distribution"].get), line["label"])
        labels = [row["class"] for row in flows()]
        self.assertGreater(sum(line["label"] == label for line, label in zip(got, labels)), 780)

    def test_explanations_name_the_columns_and_the_questions(self):
        self.run_program("train", "hst", FLOWS, "--ignore", "time", "--label", "class", "--set", "window=100", "--model", self.path("d"))
        rows = flows()
        got = self.lines("score", "--model", self.path("d"), FLOWS, "--explain")
        leaving = [line for line, row in zip(got, rows) if row["class"] == "exfiltration"]
        self.assertEqual(len(leaving), 11)
        for line in leaving:
            first = line["explanation"][0]
            self.assertIn(first["column"], ("bytes_out", "duration", "packets"))
            self.assertEqual(first["value"], rows[line["row"] - 1][first["column"]])
            self.assertEqual([e["share"] for e in line["explanation"]], sorted((e["share"] for e in line["explanation"]), reverse=True))
        unexplained = {round(line["score"] - sum(e["share"] for e in line["explanation"]), 9) for line in got if line["score"] > 0}
        self.assertEqual(len(unexplained), 1)  # shares add up to the score but for a constant
        self.run_program("train", "ht", FLOWS, "--ignore", "time", "--label", "class", *SMALL, "--model", self.path("c"))
        got = self.lines("score", "--model", self.path("c"), FLOWS, "--explain")
        scans = [line for line, row in zip(got, rows) if row["class"] == "scan" and line["label"] == "scan"]
        self.assertGreater(len(scans), 10)
        for line in scans:
            self.assertRegex(line["explanation"][0], r"^\w+ (<=|>|is) .* \(it is .*\)$|missing")
            self.assertRegex(line["explanation"][-1], r"^class scan by ")
        self.assertRegex(self.text("score", "--model", self.path("d"), FLOWS, "--explain", "--top", "3"), r"bytes_out = \d+ \(\+\d")

    def test_the_table_shows_what_stands_out_and_what_the_labels_say(self):
        self.run_program("train", "hst", FLOWS, "--ignore", "time", "--label", "class", "--set", "window=100", "--model", self.path("d"))
        got = self.lines("score", "--model", self.path("d"), FLOWS)
        best = sorted(got, key=lambda line: (-line["score"], line["row"]))[:5]
        text = self.text("score", "--model", self.path("d"), FLOWS, "--top", "5")
        self.assertEqual([int(line.split()[0]) for line in text.splitlines()[1:6]], [line["row"] for line in best])
        self.assertEqual([int(line.split()[1]) for line in text.splitlines()[1:6]], [line["row"] + 1 for line in best])
        self.assertIn("The 5 highest scores of 800 rows", text)
        self.assertRegex(text, r"By the labels \(41 all but normal\): area under the curve 0\.\d{4}")
        self.run_program("score", "--model", self.path("d"), FLOWS, "--fail-on-anomaly", code=1)

    def test_a_stream_is_answered_row_by_row(self):
        self.run_program("train", "hst", self.write("t.csv", outliers(600)), "--label", "label", "--model", self.path("m"))
        process = subprocess.Popen([PROGRAM, "score", "--model", self.path("m"), "--jsonl", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(b"x,y,colour\n")
        for row in (b"0.5,0.5,red\n", b"900,90,red\n"):
            process.stdin.write(row)
            process.stdin.flush()
            line = json.loads(process.stdout.readline())
            self.assertIsNotNone(line["score"])
        self.assertTrue(line["anomalous"])
        process.stdin.close()
        self.assertEqual(process.stdout.read(), b"")
        process.stdout.close()
        self.assertEqual(process.wait(10), 0)

    def test_values_that_the_model_does_not_know_are_missing_for_a_tree_and_rare_for_a_detector(self):
        rows = [[*row[:2], "red" if i % 9 else "blue", row[3]] for i, row in enumerate(numbers(1000))]
        table = self.write("t.csv", rows)
        probe = self.write("p.csv", [["0.5", "0.5", colour, ""] for colour in ("red", "blue", "violet", "")])
        self.run_program("train", "ht", table, "--label", "label", "--model", self.path("c"))
        known, rarer, unknown, missing = (line["distribution"] for line in self.lines("score", "--model", self.path("c"), probe))
        self.assertEqual(unknown, missing)
        self.assertIn("Column colour: 1 value was not known and taken as missing.", self.text("score", "--model", self.path("c"), probe))
        self.run_program("train", "hst", table, "--label", "label", "--model", self.path("d"))
        scores = [line["score"] for line in self.lines("score", "--model", self.path("d"), probe)]
        self.assertLess(scores[0], scores[1])
        self.assertLess(scores[1], scores[2])

    def test_a_detector_that_has_seen_too_few_rows_says_so(self):
        table = self.write("t.csv", numbers(50))
        self.assertIn("cannot judge yet", self.text("train", "hst", table, "--label", "label", "--model", self.path("m")))
        self.assertEqual({line["score"] for line in self.lines("score", "--model", self.path("m"), table)}, {None})
        self.assertIn("cannot judge yet", self.text("score", "--model", self.path("m"), table))

    def test_damaged_models_are_refused_or_work(self):
        table, probe = self.write("t.csv", outliers(300)), self.write("p.csv", outliers(5))
        for kind, more in (("hst", ["--set", "window=20", "--set", "trees=2", "--set", "withhold=0"]), ("ht", ["--set", "max_bytes=30000", "--set", "bins=4"])):
            self.run_program("train", kind, table, "--label", "label", *more, "--model", self.path("m"))
            good = self.path("m").read_bytes()
            bad = self.path("bad")
            def outcome(octets, codes):
                bad.write_bytes(octets)
                done = subprocess.run([PROGRAM, "score", "--model", bad, probe, "--explain", "--jsonl", "--memory-limit", "64MB"], capture_output=True, timeout=60)
                self.assertIn(done.returncode, codes, done.stderr)
                if done.returncode == 2:
                    self.assertEqual(done.stderr.count(b"\n"), 1)
                return done.stderr
            self.assertIn(b"checksum", outcome(good[:50] + bytes([good[50] ^ 1]) + good[51:], (2,)))
            source = random.Random(kind)
            for at in range(12, len(good) - 8, max(1, len(good) // 60)):
                cut = good[:at]
                outcome(cut + crc64(cut).to_bytes(8, "little"), (2,))
                changed = bytearray(good[:-8])
                changed[at] ^= 1 << source.randrange(8)
                outcome(bytes(changed) + crc64(changed).to_bytes(8, "little"), (0, 2))
        self.assertIn("there is no such model", self.refused("score", "--model", self.path("none"), probe))
        self.assertIn("not a netanomaly state", self.refused("score", "--model", probe, probe))
        self.assertIn("expected --model", self.refused("score", probe))
        self.assertIn("expected DATA", self.refused("score", "--model", self.path("m")))


class Evaluate(LearnTest):
    def check_figures(self, got, truth, predicted, scores, positive):
        """The figures against those computed here, by their definitions."""
        n, kinds = len(truth), sorted(set(truth) | set(predicted))
        accuracy = sum(a == b for a, b in zip(truth, predicted)) / n
        chance = sum((truth.count(k) / n) * (predicted.count(k) / n) for k in kinds)
        self.assertAlmostEqual(got["accuracy"], accuracy, delta=1e-12)
        self.assertAlmostEqual(got["kappa"], (accuracy - chance) / (1 - chance), delta=1e-12)
        high, low = [s for s, p in zip(scores, positive) if p], [s for s, p in zip(scores, positive) if not p]
        pairs = sum((a > b) + (a == b) / 2 for a in high for b in low)
        self.assertAlmostEqual(got["auc"], pairs / (len(high) * len(low)), delta=1e-12)
        precision, found = 0, 0
        for score in sorted(set(scores), reverse=True):
            taken = sum(s >= score for s in scores)
            hits = sum(s >= score for s in high)
            precision += (hits - found) / len(high) * hits / taken
            found = hits
        self.assertAlmostEqual(got["average_precision"], precision, delta=1e-12)
        self.assertEqual((got["auc_error"], got["average_precision_error"], got["positives"]), (0, 0, len(high)))

    def test_the_figures_of_a_detector_follow_from_its_scores(self):
        table = self.write("t.csv", outliers(1500))
        for kind in DETECTORS:
            *rows, got = self.lines("evaluate", kind, table, "--label", "label", "--all-rows")
            self.assertEqual(len(rows), 1500)
            self.assertTrue(all(list(row) == ["row", "label", "score", "anomalous"] for row in rows))
            rows = [row for row in rows if row["score"] is not None]
            self.assertEqual((got["judged"], got["not_ready"], got["positive"]), (len(rows), 1500 - len(rows), "1"))
            positive = [row["label"] == "1" for row in rows]
            self.check_figures(got, positive, [row["anomalous"] for row in rows], [row["score"] for row in rows], positive)
            self.assertGreater(got["auc"], 0.95)

    def test_the_figures_of_a_classifier_follow_from_its_answers(self):
        table = self.write("t.csv", numbers(1500, label=lambda x, y, s: "low" if x + y < 0.8 else "middle" if x + y < 1.2 else "high"))
        for kind in CLASSIFIERS:
            *rows, got = self.lines("evaluate", kind, table, "--label", "label", "--positive", "high,middle", "--all-rows", "--set", "prediction=naive_bayes")
            self.assertEqual((len(rows), got["rows"], got["judged"], got["positive"]), (1500, 1500, 1500, "high, middle"))
            scores = [row["distribution"]["high"] + row["distribution"]["middle"] for row in rows]
            self.check_figures(got, [row["label"] for row in rows], [row["predicted"] for row in rows], scores,
                               [row["label"] != "low" for row in rows])
            for c in got["classes"]:
                taken = [row for row in rows if row["predicted"] == c["name"]]
                self.assertAlmostEqual(c["precision"], sum(row["label"] == c["name"] for row in taken) / len(taken))
            self.assertIsNone(self.lines("evaluate", kind, table, "--label", "label")[0]["auc"])  # three classes: none is positive

    def test_each_row_is_judged_before_it_is_learned(self):
        rows = outliers(1200)
        self.run_program("train", "hst", self.write("1.csv", rows[:1000]), "--label", "label", "--model", self.path("m"))
        evaluated = self.lines("evaluate", "hst", self.write("t.csv", rows), "--label", "label", "--all-rows")
        [scored] = self.lines("score", "--model", self.path("m"), self.write("2.csv", rows[1000:1001]))
        self.assertEqual(evaluated[1000]["score"], scored["score"])
        # A table whose label is a coin cannot be foretold, whatever is learned of it afterwards.
        coin = self.write("c.csv", numbers(4000, label=lambda x, y, source: source.choice("ab")))
        [got] = self.lines("evaluate", "ht", coin, "--label", "label")
        self.assertAlmostEqual(got["accuracy"], 0.5, delta=0.03)

    def test_a_detector_never_learns_the_label(self):
        rows = outliers(1500)
        shuffled = [row[3] for row in rows]
        random.Random(5).shuffle(shuffled)
        other = [[*row[:3], label] for row, label in zip(rows, shuffled)]
        for kind in DETECTORS:
            a = self.lines("evaluate", kind, self.write("a.csv", rows), "--label", "label", "--all-rows")
            b = self.lines("evaluate", kind, self.write("b.csv", other), "--label", "label", "--all-rows")
            self.assertEqual([row["score"] for row in a[:-1]], [row["score"] for row in b[:-1]])
            self.assertNotEqual(a[-1]["auc"], b[-1]["auc"])

    def test_which_labels_are_anomalies(self):
        def positive(labels, *more):
            table = self.write("t.csv", [[i % 10, labels[i % len(labels)]] for i in range(400)], ("a", "label"))
            return self.lines("evaluate", "hst", table, "--label", "label", *more)[0]["positive"]
        self.assertEqual(positive(["1", "1", "1", "0"]), "1")
        self.assertEqual(positive(["true", "false"]), "true")
        self.assertEqual(positive(["-1", "1", "-1"]), "1")
        self.assertEqual(positive(["ok", "ok", "scan", "flood"]), "all but ok")
        self.assertEqual(positive(["ok", "ok", "scan", "flood"], "--positive", "scan"), "scan")

    def test_the_table_has_the_figures(self):
        text = self.text("evaluate", "hst", FLOWS, "--ignore", "time", "--label", "class", "--set", "window=100")
        [got] = self.lines("evaluate", "hst", FLOWS, "--ignore", "time", "--label", "class", "--set", "window=100")
        for name, key in (("accuracy", "accuracy"), ("kappa", "kappa"), ("area under curve", "auc"), ("average precision", "average_precision")):
            self.assertRegex(text, rf"(?m)^{name} +{got[key]:.4f}$")
        self.assertRegex(text, r"(?m)^anomaly +41 ")
        self.assertIn("100 rows were not judged: they came first.", text)

    def test_wrong_usage(self):
        self.assertIn("expected --label", self.refused("evaluate", "hst", FLOWS))
        self.assertIn("goes with --jsonl", self.refused("evaluate", "hst", FLOWS, "--label", "class", "--all-rows"))
        self.assertIn("no label 'x'; it has: exfiltration, normal, scan", self.refused("evaluate", "ht", FLOWS, "--label", "class", "--positive", "x"))
        self.assertIn("cannot be written", self.refused("evaluate", "ht", FLOWS, "--label", "class", "--report", "/nonexistent/r.html"))

    @unittest.skipUnless(os.environ.get("NETANOMALY_DATA_DIR"), "NETANOMALY_DATA_DIR is not set")
    def test_real_streams(self):
        folder = pathlib.Path(os.environ["NETANOMALY_DATA_DIR"]) / "streams"
        if not folder.is_dir():
            self.skipTest("no streams in NETANOMALY_DATA_DIR")
        [got] = self.lines("evaluate", "hst", folder / "shuttle.csv.gz", "--label", "label")
        self.assertGreater(got["auc"], 0.985)
        self.assertEqual(got["rows"], 49097)
        [got] = self.lines("evaluate", "ht", folder / "shuttle.csv.gz", "--label", "label")
        self.assertGreater(got["accuracy"], 0.99)

    @unittest.skipUnless(chromium.find(), "no Chromium")
    def test_the_page_draws_its_plots_and_no_name_in_it_can_run(self):
        evil = "<script>alert(1)</script>"
        rows = [[*row[:2], evil if row[2] == "red" else row[2], "<b>odd</b>" if row[3] == "1" else "usual"] for row in outliers(3000)]
        table = self.write("t.csv", rows, ("x", "y", evil, "label"))
        for kind, plots in (("hst", 6), ("ht", 5)):
            report = self.path(f"{kind}.html")
            self.run_program("evaluate", kind, table, "--label", "label", "--report", report)
            with chromium.Page() as page:
                for view in ({"width": 1280, "height": 800}, {"width": 1280, "height": 800, "dark": True}, {"width": 390, "height": 844, "phone": True}):
                    page.view(**view)
                    page.open(report)
                    self.assertEqual(page.evaluate("document.documentElement.dataset.plots"), str(plots))
                    drawn = page.evaluate("""[...document.querySelectorAll('.plot canvas')].map(c => {
                      const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
                      let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }).filter(n => n > 50).length""")
                    self.assertGreaterEqual(drawn, plots)
                    widest = page.evaluate("Math.max(...[...document.querySelectorAll('.card, .tiles, .plot')].map(c => c.getBoundingClientRect().right))")
                    self.assertLessEqual(widest, view["width"])
                text = page.evaluate("document.getElementById('page').innerText")
                for part in (evil, "all but usual", "accuracy", "average precision", "Settings"):
                    self.assertIn(part, text)
                self.assertEqual((page.messages, page.dialogs), ([], []))
                self.assertEqual([r for r in page.requests if not r.startswith(("file:", "data:", "about:"))], [])
        empty = self.path("empty.html")
        self.run_program("evaluate", "hst", self.write("short.csv", outliers(50)), "--label", "label", "--report", empty)
        with chromium.Page() as page:
            page.open(empty)
            self.assertIn("No row was judged", page.evaluate("document.getElementById('page').innerText"))
            self.assertEqual(page.messages, [])


class Documentation(LearnTest):
    def test_what_the_page_about_learning_shows_is_what_the_program_prints(self):
        """Each console block of docs/learning.md: its commands, run in order, print what stands below them; ~ before a
        number is about it. NETANOMALY_WRITE_DOCS=1 writes what they print now."""
        page = ROOT / "docs" / "learning.md"
        shutil.copy(FLOWS, self.folder)
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "netanomaly").symlink_to(PROGRAM)
        environment = {**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        blocks = 0
        def printed(block):
            nonlocal blocks
            blocks += 1
            text = ""
            for command in re.findall(r"^\$ (.*)$", block[1], re.M):
                done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=self.folder, env=environment, timeout=60, text=True)
                text += f"$ {command}\n{done.stdout}{done.stderr}"
            text = re.sub(r"(rows a second +|learned by \w+, )(?=[\d,]+)", r"\1~", text)  # rates differ from run to run
            return f"```console\n{text}```"
        consoles = re.compile(r"^```console\n(.*?)^```$", re.S | re.M)
        kept = page.read_text()
        now = consoles.sub(printed, kept)
        self.assertGreaterEqual(blocks, 4)
        if os.environ.get("NETANOMALY_WRITE_DOCS"):
            page.write_text(now)
        now, kept = (re.sub(r"~[\d,]+", "~", text) for text in (now, kept))
        self.assertEqual(consoles.findall(now), consoles.findall(kept), "NETANOMALY_WRITE_DOCS=1 writes docs/learning.md anew")

    def test_the_example_table_is_what_its_script_makes(self):
        made = subprocess.run(["python3", FLOWS.with_name("make_flows.py")], capture_output=True, check=True).stdout
        self.assertEqual(made, FLOWS.read_bytes())

    def test_help_and_the_list_name_what_learns(self):
        for command, options in (("train", ("--label", "--model", "--set", "--from", "--nominal", "--numeric", "--ignore", "--inspect", "--classes", "--memory-limit")),
                                 ("score", ("--model", "--explain", "--top", "--fail-on-anomaly", "--jsonl")),
                                 ("evaluate", ("--label", "--positive", "--report", "--all-rows", "--set"))):
            text = self.text(command, "--help")
            for option in options:
                self.assertIn(option, text)
            self.assertLessEqual(max(map(len, text.splitlines())), 100)
            self.assertIn(f"\n  {command} ", self.text("--help"))
        listed = self.text("--list-detectors")
        for kind in (*DETECTORS, *CLASSIFIERS):
            self.assertIn(f"\n{kind}\n", listed)


if __name__ == "__main__":
    unittest.main()
