# SPDX-License-Identifier: Apache-2.0
"""netanomaly telemetry as a person uses it: its inputs, its answers, its state, its page. NETANOMALY_BINARY names it."""

import csv
import json
import math
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

import chromium

PROGRAM = os.environ["NETANOMALY_BINARY"]
SKYLINE = pathlib.Path(__file__).resolve().parent.parent / "data" / "skyline"
NINE = ("median_absolute_deviation", "grubbs", "first_hour_average", "standard_deviation_from_average",
        "standard_deviation_from_moving_average", "mean_subtraction_cumulation", "least_squares", "histogram_bins",
        "kolmogorov_smirnov")
FIELDS = ["metric", "timestamp", "value", "detector", "score", "p_value", "anomalous"]


def rows_of(path):
    """A CSV file's rows below its header."""
    with open(path, newline="") as file:
        return list(csv.reader(file))[1:]


def noisy(n, spikes=(), seed=1):
    source = random.Random(seed)
    return [(1400000000 + 60 * i, source.gauss(50, 2) + (60 if i in spikes else 0)) for i in range(n)]


class TelemetryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="netanomaly-telemetry-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_program(self, *arguments, code=0, text=None):
        done = subprocess.run([PROGRAM, "telemetry", *map(str, arguments)], capture_output=True, timeout=120,
                              input=None if text is None else text.encode())
        self.assertEqual(done.returncode, code, done.stderr.decode(errors="replace"))
        return done

    def lines(self, *arguments, **more):
        return [json.loads(line) for line in self.run_program("--jsonl", *arguments, **more).stdout.splitlines()]

    def write(self, name, rows, header="timestamp,value"):
        path = self.folder / name
        path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
        return path

    def test_the_nine_detectors_answer_every_row_as_skyline_does(self):
        for series in ("irregular", "spikes", "step_up", "short24"):
            values = [row[0] for row in rows_of(SKYLINE / "values" / f"{series}.csv")]
            for config, spacing, full in (("A", 60, "86400s"), ("B", 10, "4h")):
                stamps = SKYLINE / "values" / f"{series}.{config}.timestamps.csv"
                times = ([row[0] for row in rows_of(stamps)] if stamps.exists()
                         else [1400000000 + spacing * i for i in range(len(values))])
                path = self.write(f"{series}.csv", zip(times, values))
                got = self.lines(path, "--detector", "all", "--compatibility", "skyline", "--all-points", "--window", "1440",
                                 "--full-duration", full)
                self.assertEqual(len(got), 9 * len(values))
                flags = rows_of(SKYLINE / "flags" / f"{series}.{config}.csv")
                for (row, expected), (end, _) in zip(flags, flags[1:]):
                    for i in range(int(row), int(end)):
                        for k, name in enumerate(NINE):
                            line = got[9 * i + k]
                            self.assertEqual(line["detector"], name)
                            self.assertEqual(line["metric"], series)
                            if expected[k] in "01E":
                                self.assertEqual(line["anomalous"], expected[k] == "1", (series, config, i, name))

    def test_every_point_has_a_line_a_detector_from_the_first_point_on_with_null_for_no_score(self):
        path = self.write("cpu.csv", noisy(40))
        got = self.lines(path, "--all-points", "--detector", "grubbs,z-score")
        self.assertEqual([line["detector"] for line in got], ["grubbs", "z_score"] * 40)
        self.assertTrue(all(list(line) == FIELDS for line in got))
        self.assertEqual(got[0], {"metric": "cpu", "timestamp": "2014-05-13T16:53:20.000000Z", "value": got[0]["value"],
                                  "detector": "grubbs", "score": None, "p_value": None, "anomalous": False})
        self.assertIsNotNone(got[-1]["score"])

    def test_infinite_scores_are_the_largest_double(self):
        path = self.write("c.csv", [(i, 5 if i < 39 else 6) for i in range(40)])
        got = self.lines(path, "--compatibility", "skyline", "--detector", "mean_subtraction_cumulation", "--all-points")
        self.assertEqual(got[-1]["score"], 1.7976931348623157e308)
        self.assertTrue(got[-1]["anomalous"])

    def test_all_forms_of_input_give_the_same_answers(self):
        points = noisy(300, spikes=(200,))
        spaced = [(f"{t};{v}",) for t, v in points]
        forms = {
            "csv": ("cpu.csv", points, "timestamp,value"),
            "milliseconds": ("cpu.csv", [(1000 * t, v) for t, v in points], "timestamp,value"),
            "no header": ("cpu.csv", points[1:], "%s,%s" % points[0]),
            "semicolons": ("cpu.csv", spaced, "time;value"),
            "columns swapped": ("cpu.csv", [(v, t) for t, v in points], "value,timestamp"),
            "long": ("x.csv", [("cpu", t, v) for t, v in points], "metric,timestamp,value"),
            "long, no header": ("x.csv", [("cpu", t, v) for t, v in points[1:]], "cpu,%s,%s" % points[0]),
            "wide": ("x.csv", [(t, 1, v) for t, v in points], "timestamp,idle,cpu"),
            "quoted": ("x.csv", [('"cpu"', t, f'"{v}"') for t, v in points], '"metric","timestamp","value"'),
            "graphite": ("x.txt", [(f"cpu {v} {t}",) for t, v in points], "# a comment"),
        }
        for name, (file, rows, header) in forms.items():
            with self.subTest(name):
                got = self.lines(self.write(file, rows, header))
                self.assertEqual([(line["metric"], line["timestamp"]) for line in got], [("cpu", "2014-05-13T20:13:20.000000Z")])

    def test_times_are_iso_with_and_without_zone_or_epochs(self):
        text = "".join(f"{t},1\n" for t in ("2020-01-01T02:00:00+02:00", "2020-01-01 00:00:01", "2020-01-01T00:00:02.5Z",
                                            "1577836803", "1577836804000", "1577836805.25"))
        got = [line["timestamp"][11:] for line in self.lines("-", "--all-points", text="timestamp,value\n" + text)]
        self.assertEqual(got, ["00:00:00.000000Z", "00:00:01.000000Z", "00:00:02.500000Z", "00:00:03.000000Z",
                               "00:00:04.000000Z", "00:00:05.250000Z"])

    def test_a_directory_is_one_metric_a_file(self):
        for name in ("b", "a"):
            self.write(f"{name}.csv", noisy(200, spikes=(150,), seed=ord(name)))
        got = self.lines(self.folder)
        self.assertEqual([line["metric"] for line in got], ["a", "b"])

    def test_mistakes_name_file_and_line_and_exit_with_2(self):
        for text, part in (("timestamp,value\n1,2\nx,3\n", ":3: expected a time"), ("1,2\n2,y\n", ":2: expected a number"),
                           ("t,a,b\n1,2,3\n2,3\n", ":3: expected 3 cells"), ("hello\n", ":1: expected timestamp,value")):
            path = self.folder / "bad.csv"
            path.write_text(text)
            error = self.run_program(path, code=2).stderr.decode()
            self.assertEqual(error.count("\n"), 1, error)
            self.assertIn(f"bad.csv{part}", error)
        for arguments, part in ((["--detector", "foo", "x"], "there is no detector 'foo'"), (["--window", "x", "y"], "--window"),
                                (["--fire", "4/3", "x"], "--fire"), ([], "expected a FILE"), (["/nonexistent"], "/nonexistent")):
            self.assertIn(part, self.run_program(*arguments, code=2).stderr.decode())

    def test_a_run_in_parts_with_state_gives_the_answers_of_one_run(self):
        points = noisy(1500, spikes=(700, 1200))
        whole, first, second = self.write("cpu.csv", points), self.folder / "1", self.folder / "2"
        for folder, part in ((first, points[:777]), (second, points[777:])):
            folder.mkdir()
            (folder / "cpu.csv").write_text("timestamp,value\n" + "".join(f"{t},{v}\n" for t, v in part))
        for more in (["--detector", "all", "--consensus", "4"], ["--detector", "novelty,z_score", "--season", "2h"],
                     ["--detector", "mad", "--alarm-rate", "0.001"],
                     ["--detector", "mad,z_score", "--short", "50", "--stale", "10m", "--boring", "9", "--second-order", "20"],
                     ["--detector", "mad", "--fire", "2/3", "--direction", "up", "--counter"]):
            with self.subTest(more):
                state = self.folder / ("state" + "".join(more).replace("/", ""))
                expected = self.run_program("--all-points", "--jsonl", *more, whole).stdout
                got = b"".join(self.run_program("--all-points", "--jsonl", "--state", state, *more, part / "cpu.csv").stdout
                               for part in (first, second))
                self.assertEqual(got, expected)

    def test_damaged_state_and_state_of_other_settings_are_refused_and_left(self):
        path, state = self.write("cpu.csv", noisy(200)), self.folder / "state"
        self.run_program("--state", state, path)
        file = state / "telemetry.state"
        good = file.read_bytes()
        self.assertIn("other detectors or settings", self.run_program("--state", state, "--window", "100", path, code=2).stderr.decode())
        self.assertEqual(file.read_bytes(), good)
        file.write_bytes(good[:100] + b"x" + good[101:])
        self.assertIn("checksum", self.run_program("--state", state, path, code=2).stderr.decode())
        self.assertNotEqual(file.read_bytes(), good)

    def test_counters_are_judged_by_their_rate_through_restarts(self):
        total, rows = 0, []
        source = random.Random(3)
        for i in range(400):
            total = 0 if i == 150 else total + 600 + source.randrange(20) + (3000 if i == 300 else 0)
            rows.append((1400000000 + 60 * i, total))
        got = self.lines(self.write("octets.csv", rows), "--counter", "--all-points")
        self.assertIsNone(got[0]["score"])
        self.assertAlmostEqual(got[1]["value"], (rows[1][1] - rows[0][1]) / 60)
        self.assertEqual(got[150]["value"], 0)
        self.assertEqual([i for i, line in enumerate(got) if line["anomalous"]], [150, 300])
        self.assertIn("1 restart of a counter", self.run_program(self.write("octets.csv", rows), "--counter").stdout.decode())

    def test_direction_least_change_and_m_of_n_hold_alarms_back(self):
        rows = [(t, v - 40 if i == 250 else v) for i, (t, v) in enumerate(noisy(400, spikes=(200, 300, 301, 302)))]
        path = self.write("cpu.csv", rows)
        def fired(*more):
            return [round((int(line["timestamp"][11:13]) * 60 + int(line["timestamp"][14:16]) - (16 * 60 + 53)) % 1440)
                    for line in self.lines(path, *more)]
        self.assertEqual(fired(), [200, 250, 300, 301, 302])
        self.assertEqual(fired("--direction", "up"), [200, 300, 301, 302])
        self.assertEqual(fired("--direction", "down"), [250])
        self.assertEqual(fired("--min-change", "50"), [200, 300, 301, 302])
        self.assertEqual(fired("--min-change", "200%"), [])
        self.assertEqual(fired("--fire", "3/3"), [302])

    def test_short_stale_and_boring_series_are_not_judged(self):
        rows = [(t + (7200 if i >= 120 else 0), 7 if 60 <= i < 90 else v) for i, (t, v) in enumerate(noisy(200))]
        path = self.write("cpu.csv", rows)
        def silent(*more):
            return [i for i, line in enumerate(self.lines(path, "--all-points", *more)) if line["score"] is None]
        self.assertEqual(silent(), list(range(29)))
        self.assertEqual(silent("--short", "40"), list(range(39)))
        self.assertEqual(silent("--boring", "10"), [*range(29), *range(69, 90)])
        self.assertEqual(silent("--stale", "1h"), [*range(29), *range(120, 149)])
        self.assertEqual(silent("--stale", "3h"), list(range(29)))

    def test_the_second_order_rule_reports_a_rate_of_anomalies_and_not_each(self):
        path = self.write("cpu.csv", noisy(2500, spikes=(*range(100, 2000, 97), *range(2300, 2360, 6))))
        single = self.lines(path)
        self.assertGreaterEqual(len(single), 30)
        got = self.lines(path, "--second-order", "60")
        self.assertTrue(got)
        begin = 1400000000 + 60 * 2300
        self.assertTrue(all(line["timestamp"] > "2014-05-15T07:13" and line["score"] > 6 for line in got), (begin, got[:2]))
        self.assertAlmostEqual(got[0]["score"], -math.log10(got[0]["p_value"]))
        for bad in ("1", "x"):
            self.assertIn("--second-order", self.run_program("--second-order", bad, path, code=2).stderr.decode())

    def test_no_data_is_an_alarm_of_its_own(self):
        text = "metric,timestamp,value\na,0,1\na,60,1\nb,60,1\na,7200,1\n"
        got = self.lines("-", "--no-data", "10m", text=text)
        self.assertEqual([(l["metric"], l["detector"], l["since"][11:16], l["value"]) for l in got],
                         [("a", "no_data", "00:01", None), ("b", "no_data", "00:01", None)])
        self.run_program("-", "--no-data", "10m", "--fail-on-anomaly", text=text, code=1)

    def test_late_and_missing_points_are_counted(self):
        text = "timestamp,value\n100,1\n50,2\n110,\n120,nan\n"
        self.assertIn("2 without a value, 1 late", self.run_program("-", text=text).stdout.decode())

    def test_a_hundred_thousand_metrics_in_one_stream(self):
        text = "metric,timestamp,value\n" + "".join(f"m{i},{t},{i % 7 + t}\n" for t in range(3) for i in range(50000))
        out = self.run_program("-", "--window", "60", "--memory-limit", "400MB", text=text).stdout.decode()
        self.assertIn("150,000 points of 50,000 metrics read", out)

    @unittest.skipUnless(chromium.find(), "no Chromium")
    def test_the_page_draws_a_metric_of_half_a_million_points_and_no_name_can_run(self):
        name = "<script>alert(1)</script>"
        rows = "".join(f'"{name}",{1400000000 + 10 * i},{math.sin(i / 700):.4f}\n' for i in range(500000))
        rows += "".join(f"m{k},{1400000000 + 60 * i},{(i * 7919 + k) % 13 + (90 if i == 150 and k == 2 else 0)}\n" for k in range(8) for i in range(200))
        report = self.folder / "report.html"
        self.run_program("-", "--detector", "mad,z_score", "--report", report, text="metric,timestamp,value\n" + rows)
        with chromium.Page() as page:
            page.view(width=1280, height=800)
            page.open(report)
            self.assertEqual(page.evaluate("document.documentElement.dataset.plots"), "3")
            self.assertGreater(page.evaluate("document.querySelectorAll('.small').length"), 6)
            self.assertIn("m2", page.evaluate("document.querySelector('.metric h2').innerText"))
            page.evaluate("[...document.querySelectorAll('.small')].find(s => s.innerText.includes('<script>')).click()")
            self.assertIn(name, page.evaluate("document.getElementById('page').innerText"))
            took = page.evaluate("""(() => { const begin = performance.now();
              const g = [...document.querySelectorAll('.wide .plot canvas')].length; window.dispatchEvent(new Event('resize'));
              return [g, performance.now() - begin]; })()""")
            self.assertGreaterEqual(took[0], 6)
            self.assertLess(took[1], 2000)
            page.evaluate("""(() => { window.longest = 0; const update = Dygraph.prototype.updateOptions;
              Dygraph.prototype.updateOptions = function (...a) { const begin = performance.now(); const r = update.apply(this, a);
                window.longest = Math.max(window.longest, performance.now() - begin); return r; }; })()""")
            left, top, width, height = page.evaluate("""(() => { const c = document.querySelector('.plot canvas').getBoundingClientRect();
              return [c.left, c.top, c.width, c.height]; })()""")
            def drag(start, end, modifiers=0):
                def mouse(kind, share, buttons=0):
                    page.call("Input.dispatchMouseEvent", type=kind, x=left + width * share, y=top + height / 2, button="left",
                              buttons=buttons, clickCount=1, modifiers=modifiers)
                mouse("mousePressed", start)
                for step in range(11):
                    mouse("mouseMoved", start + (end - start) * step / 10, 1)
                mouse("mouseReleased", end)
                return page.evaluate("window.longest")
            zoomed = drag(0.3, 0.7)
            self.assertGreater(zoomed, 0)
            self.assertLess(max(zoomed, drag(0.6, 0.4, modifiers=8)), 500)  # milliseconds; some 10 on an idle machine
            self.assertEqual(page.dialogs, [])
            self.assertEqual([r for r in page.requests if not r.startswith(("file:", "data:", "about:"))], [])


if __name__ == "__main__":
    unittest.main()
