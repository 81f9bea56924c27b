# SPDX-License-Identifier: Apache-2.0
"""netanomaly test as a person uses it: names, fields, inputs good and bad. NETANOMALY_BINARY names it."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["NETANOMALY_BINARY"]
FIELDS = ["test", "statistic", "p_value", "effect", "alternative", "method", "n", "m"]
NAMES = ("chi_square", "chi_square_homogeneity", "g_test", "grubbs", "generalized_esd", "kolmogorov_smirnov",
         "kolmogorov_smirnov_one_sample", "outlier_rate", "anderson_darling", "mann_whitney", "cramer_von_mises",
         "augmented_dickey_fuller")


class TestCommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="netanomaly-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.some = self.write("some.txt", [3, 1, 4, 1, 5, 9, 2, 6, 5, 3])
        self.more = self.write("more.txt", [2, 7, 1, 8, 2, 8, 1, 8, 2, 8])

    def write(self, name, numbers):
        path = self.folder / name
        path.write_text("".join(f"{x}\n" for x in numbers))
        return path

    def run_program(self, *arguments, code=0, text=None):
        done = subprocess.run([PROGRAM, "test", *map(str, arguments)], capture_output=True, timeout=60, text=True, input=text)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def answer(self, *arguments, **more):
        return json.loads(self.run_program("--jsonl", *arguments, **more).stdout)

    def refused(self, *arguments, **more):
        done = self.run_program(*arguments, code=2, **more)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1)
        return done.stderr

    def test_every_test_answers_with_the_fields_and_its_own_name(self):
        for name in NAMES:
            extra = [] if name in ("grubbs", "generalized_esd", "augmented_dickey_fuller") else ["--reference", self.more]
            if name == "kolmogorov_smirnov_one_sample":
                extra = ["--distribution", "normal,4,3"]
            for spelt in (name, name.replace("_", "-")):
                got = self.answer(spelt, "--sample", self.some, *extra)
                self.assertEqual(list(got)[:8], FIELDS)
                self.assertEqual(got["test"], name)
                self.assertEqual(got["n"], 10)
                self.assertEqual(got["m"], 10 if self.more in extra else None)
                self.assertTrue(0 <= got["p_value"] <= 1, name)

    def test_short_names_are_accepted_and_the_list_has_every_name(self):
        for short, name in (("ks", "kolmogorov_smirnov"), ("chi2", "chi_square"), ("mw", "mann_whitney")):
            self.assertEqual(self.answer(short, "--sample", self.some, "--reference", self.more)["test"], name)
        self.assertEqual(self.answer("adf", "--sample", self.some)["test"], "augmented_dickey_fuller")
        listed = self.run_program("--list").stdout
        for name in NAMES:
            self.assertIn(f"\n{name}\n", listed)

    def test_exact_p_values_are_those_done_by_hand(self):
        low, high = self.write("low.txt", [1, 2, 3]), self.write("high.txt", [4, 5, 6, 7])
        got = self.answer("ks", "--sample", low, "--reference", high)
        self.assertEqual((got["statistic"], got["method"]), (1, "exact"))
        self.assertAlmostEqual(got["p_value"], 2 / 35, delta=1e-15)
        self.assertAlmostEqual(self.answer("ks", "--sample", low, "--reference", high, "--alternative", "greater")["p_value"],
                               1 / 35, delta=1e-15)
        self.assertEqual(self.answer("ks", "--sample", low, "--reference", high, "--alternative", "less")["p_value"], 1)
        # 3 events in one interval and none in one before: binomial (3, 1/2).
        rate = self.answer("outlier_rate", "--sample", self.write("a", [3]), "--reference", self.write("b", [0]),
                           "--alternative", "greater")
        self.assertAlmostEqual(rate["p_value"], 1 / 8, delta=1e-15)

    def test_standard_input_comments_and_other_line_ends(self):
        got = self.answer("ks", "--sample", "-", "--reference", self.more, text="# today\r\n 1.5\r\n\r\n+2e0\r\n-3\r\n")
        self.assertEqual(got["n"], 3)

    def test_bins_count_measured_values(self):
        values = self.write("values.txt", [x / 7 for x in range(200)])
        got = self.answer("chi2", "--bins", 10, "--sample", values, "--reference", values)
        self.assertAlmostEqual(got["statistic"], 0, delta=1e-9)
        self.assertIn("goes with", self.refused("ks", "--bins", 10, "--sample", values, "--reference", values))

    def test_what_cannot_be_judged_is_answered_or_refused(self):
        constant, zero = self.write("constant.txt", [5] * 10), self.write("zero.txt", [1, 0])
        got = self.answer("grubbs", "--sample", constant)
        self.assertEqual((got["p_value"], got["status"]), (None, "constant"))
        self.assertEqual(self.answer("ks", "--sample", constant, "--reference", constant)["p_value"], 1)
        got = self.answer("chi2", "--sample", self.write("c", [3, 4]), "--reference", zero)
        self.assertEqual((got["p_value"], got["status"]), (0, "impossible"))
        for numbers, expected in (([], "at least 1 number"), (["nan"], ":1: expected a number"), ([1, "inf"], ":2: expected a number"),
                                  ([1, "1,5"], ":2: expected a number")):
            self.assertIn(expected, self.refused("ks", "--sample", self.write("bad.txt", numbers), "--reference", self.more))
        self.assertIn("count of 0 or more", self.refused("chi2", "--sample", self.write("n", [-1, 2]), "--reference", self.more))
        self.assertIn("whole number", self.refused("outlier_rate", "--sample", self.write("f", [1.5]), "--reference", self.more))

    def test_wrong_usage_is_one_line_that_says_what_was_expected(self):
        self.assertIn("there are: chi_square", self.refused("nothing", "--sample", self.some))
        self.assertIn("--sample", self.refused("ks"))
        self.assertIn("--reference", self.refused("ks", "--sample", self.some))
        self.assertIn("takes no --reference", self.refused("grubbs", "--sample", self.some, "--reference", self.more))
        self.assertIn("no parameter foo", self.refused("ks", "--sample", self.some, "--reference", self.more, "--set", "foo=1"))
        self.assertIn("--alternative", self.refused("ks", "--sample", self.some, "--reference", self.more, "--alternative", "x"))
        self.assertIn("--distribution", self.refused("ks1", "--sample", self.some))
        self.assertIn("cannot be opened", self.refused("ks", "--sample", self.folder / "none", "--reference", self.more))

    def test_more_than_two_samples_and_what_a_test_knows_besides(self):
        got = self.answer("anderson_darling", "--sample", self.some, "--reference", self.more, "--reference", self.some)
        self.assertIn("standardized", got)
        far = self.write("far.txt", [1, 2, 3, 2, 1, 2, 3, 2, 100, -90])
        self.assertEqual(self.answer("grubbs", "--sample", far)["value"], 100)
        self.assertEqual(self.answer("grubbs", "--sample", far, "--alternative", "less")["value"], -90)
        found = self.answer("esd", "--sample", far, "--set", "most_outliers=3")["outliers"]
        self.assertEqual([x["value"] for x in found], [100, -90])

    def test_the_table_for_people_names_every_value(self):
        text = self.run_program("ks", "--sample", self.some, "--reference", self.more).stdout
        self.assertIn("p_value", text)
        self.assertIn("exact, ties", text)


class TwoWindowTest(unittest.TestCase):
    def test_telemetry_runs_tests_over_two_windows(self):
        with tempfile.TemporaryDirectory(prefix="netanomaly-test-") as folder:
            path = pathlib.Path(folder) / "m.csv"
            rows = [f"{1700000000 + 60 * i},{(i * 37 % 101) + (60 if i >= 390 else 0)}" for i in range(400)]
            path.write_text("timestamp,value\n" + "\n".join(rows) + "\n")
            names = "two_window_kolmogorov_smirnov,two_window_chi_square,two_window_outlier_rate"
            done = subprocess.run([PROGRAM, "telemetry", "--detector", names, "--recent", "10m", "--baseline", "1h", "--set", "every=1",
                                   "--set", "threshold=2", "--jsonl", "--all-points", path], capture_output=True, timeout=60, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual(len(lines), 3 * 400)
            ks = [line for line in lines if line["detector"] == "two_window_kolmogorov_smirnov"]
            self.assertFalse(any(line["anomalous"] for line in ks[:390]))
            self.assertTrue(ks[-1]["anomalous"])
            self.assertLess(ks[-1]["p_value"], 0.01)


if __name__ == "__main__":
    unittest.main()
