# SPDX-License-Identifier: Apache-2.0
"""The program as a person uses it: what it prints, writes and exits with. NETANOMALY_BINARY names it."""

import csv
import gzip
import io
import json
import math
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import captures

PROGRAM = os.environ["NETANOMALY_BINARY"]
DATA = os.environ.get("NETANOMALY_DATA_DIR", "")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
FIELDS = {  # of one verdict, as the documentation promises them
    "registered_domain": str, "zone": str, "clients": list, "client_count": int, "server_ips": list, "first_seen": str,
    "last_seen": str, "queries": int, "responses": int, "unique_names": int, "bytes_up": int, "bytes_down": int,
    "budgets": dict, "zone_budgets": dict, "server_budgets": dict, "subdomain_entropy": float, "qtypes": dict, "rcodes": dict, "verdict": str, "anomalous": bool, "score": (int, float),
    "threshold": (int, float), "false_alarms_per_day": float, "tool": (dict, type(None)), "reasons": list, "samples": list, "not_available": list,
}


class ProgramTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="netanomaly-test-")
        cls.addClassCleanup(cls.folder.cleanup)
        for name in ("tunnel", "ordinary"):
            cls.path(name + ".pcap").write_bytes(getattr(captures, name)().octets())

    @classmethod
    def path(cls, name):
        return pathlib.Path(cls.folder.name, name)

    def run_program(self, *arguments, code=0, **more):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=120, **more)
        self.assertEqual(done.returncode, code, done.stderr.decode(errors="replace"))
        return done

    def verdicts(self, *arguments, **more):
        out = self.run_program("dns", "--jsonl", *arguments, **more).stdout
        return [json.loads(line) for line in out.decode("ascii").splitlines()]

    def assert_one_line(self, octets, *parts):
        text = octets.decode()
        self.assertEqual(text.count("\n"), 1, text)
        self.assertTrue(text.startswith("netanomaly: "), text)
        for part in parts:
            self.assertIn(str(part), text)


class Usage(ProgramTest):
    def test_help_names_commands_and_exit_codes(self):
        text = self.run_program("--help").stdout.decode()
        for part in ("Usage: netanomaly", "dns", "--list-detectors", "Examples", "Exit status", "130"):
            self.assertIn(part, text)

    def test_help_of_dns_shows_every_option_and_examples(self):
        text = self.run_program("dns", "--help").stdout.decode()
        for option in ("-r, --read", "-i, --interface", "-f, --filter", "--port", "--format", "--jsonl", "-o, --output",
                       "--features", "--top", "--all", "--allow", "--fail-on-anomaly", "--report", "--geoip", "--psl", "--state",
                       "--memory-limit", "--threshold", "--alarm-budget", "--incidents", "--incident-quiet", "--rpz", "--local-zone", "--show-allowed"):
            self.assertIn(option, text)
        self.assertIn("netanomaly dns capture.pcap.gz", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 100)

    def test_version(self):
        self.assertRegex(self.run_program("--version").stdout.decode(), r"^netanomaly \d+\.\d+\.\d+\n$")

    def test_no_command_shows_help_and_is_an_error(self):
        self.assertIn(b"Usage:", self.run_program(code=2).stderr)

    def test_bad_usage_is_one_line_that_says_what_was_expected(self):
        for arguments, parts in (
            (["nonsense"], ["nonsense", "--help"]),
            (["dns", "--nonsense"], ["--nonsense"]),
            (["dns", "--top", "0", "x"], ["--top", "whole number", "'0'"]),
            (["dns", "--port", "70000", "x"], ["--port", "65535"]),
            (["dns", "--format", "xml", "x"], ["--format", "table, jsonl or ecs"]),
            (["dns", "--memory-limit", "many", "x"], ["--memory-limit", "512MiB"]),
            (["dns", "--threshold", "high", "x"], ["--threshold", "number"]),
            (["dns", "--alarm-budget", "1/month", "x"], ["--alarm-budget", "/week"]),
            (["dns", "--alarm-budget", "0/day", "x"], ["--alarm-budget", "above 0"]),
            (["dns", "--alarm-budget", "1/day", "--threshold", "20", "x"], ["--threshold", "--alarm-budget"]),
            (["dns"], ["no input"]),
            (["dns", "-i", "lo", "x.pcap"], ["-i"]),
        ):
            with self.subTest(arguments):
                self.assert_one_line(self.run_program(*arguments, code=2).stderr, *parts)

    def test_list_detectors_has_parameters_with_units_and_defaults(self):
        text = self.run_program("--list-detectors").stdout.decode()
        for part in ("z_score", "median_absolute_deviation", "threshold", "standard deviations", "tunnel"):
            self.assertIn(part, text)


class Documentation(ProgramTest):
    def test_manual_page_has_all_options_and_no_warnings(self):
        page = self.run_program("--generate", "man").stdout
        for part in (b".TH NETANOMALY 1", b"\\-\\-fail\\-on\\-anomaly", b".SH EXIT STATUS"):
            self.assertIn(part, page)
        if shutil.which("man"):
            self.path("netanomaly.1").write_bytes(page)
            shown = subprocess.run(["man", "--warnings", "-l", self.path("netanomaly.1")], capture_output=True,
                                   env={**os.environ, "MANPAGER": "cat", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
            self.assertEqual((shown.returncode, shown.stderr), (0, b""))

    def test_bash_completes_commands_options_and_values(self):
        self.path("completion").write_bytes(self.run_program("--generate", "bash").stdout)
        def complete(*words):
            quoted = " ".join(f"'{word}'" for word in words)
            script = (f"source '{self.path('completion')}'; compopt() {{ :; }}; COMP_WORDS=({quoted}); "
                      f"COMP_CWORD={len(words) - 1}; _netanomaly; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
            return subprocess.run(["bash", "-c", script], capture_output=True, check=True, text=True).stdout.split()
        self.assertEqual(complete("netanomaly", "d"), ["dns"])
        self.assertEqual(complete("netanomaly", "dns", "--fe"), ["--features"])
        self.assertEqual(complete("netanomaly", "dns", "--format", ""), ["table", "jsonl", "ecs"])
        self.assertEqual(complete("netanomaly", "dns", str(self.path("tunn"))), [str(self.path("tunnel.pcap"))])

    def test_zsh_and_fish_accept_their_completions(self):
        for shell in ("zsh", "fish"):
            script = self.run_program("--generate", shell).stdout
            self.assertIn(b"fail-on-anomaly", script)
            if shutil.which(shell):
                self.path(shell).write_bytes(script)
                subprocess.run([shell, "-n", self.path(shell)], check=True)


class Verdicts(ProgramTest):
    def test_a_tunnel_is_found_with_all_fields(self):
        found = self.verdicts(self.path("tunnel.pcap"))
        self.assertEqual([(v["verdict"], v["registered_domain"], v["clients"]) for v in found],
                         [("tunnel", "exfil.example", ["10.0.0.7"])])
        verdict = found[0]
        for field, kind in FIELDS.items():
            self.assertIn(field, verdict)
            self.assertIsInstance(verdict[field], kind, field)
        self.assertTrue(verdict["anomalous"])
        self.assertTrue(verdict["zone"].endswith("exfil.example"), verdict["zone"])
        self.assertEqual((verdict["queries"], verdict["responses"], verdict["unique_names"]), (400, 400, 400))
        self.assertEqual((verdict["qtypes"], verdict["rcodes"]), ({"TXT": 400}, {"NOERROR": 400}))
        self.assertEqual(verdict["server_ips"], ["10.0.0.53"])
        self.assertEqual(verdict["first_seen"], "2026-11-24T09:34:03.000000Z")
        self.assertRegex(verdict["last_seen"], RFC3339)
        query = captures.query(0, "a" * 52 + "." + "b" * 51 + ".t.exfil.example", captures.TXT)
        self.assertAlmostEqual(verdict["bytes_up"] / 400, len(query), delta=2)
        self.assertTrue(all(name.endswith(".t.exfil.example") for name in verdict["samples"]))

    def test_the_score_is_the_sum_of_its_points(self):
        for verdict in self.verdicts("--all", self.path("tunnel.pcap")):
            points = sum(reason["points"] for reason in verdict["reasons"])
            self.assertTrue(math.isclose(points, verdict["score"], abs_tol=1e-9), (points, verdict["score"]))
            for reason in verdict["reasons"]:
                self.assertEqual(set(reason), {"id", "points", "value", "usual", "unit", "text"})

    def test_ordinary_traffic_is_silent(self):
        self.assertEqual(self.verdicts(self.path("ordinary.pcap"), "--fail-on-anomaly"), [])
        self.assertIn(b"No tunnel", self.run_program("dns", self.path("ordinary.pcap")).stdout)

    def test_all_shows_every_pair_and_top_the_highest(self):
        every = self.verdicts("--all", self.path("tunnel.pcap"))
        self.assertGreater(len(every), 20)
        self.assertEqual(len({(v["zone"], tuple(v["clients"])) for v in every}), len(every))
        self.assertTrue(set(v["verdict"] for v in every) <= {"tunnel", "suspicious", "benign", "insufficient"})
        scores = [v["score"] for v in self.verdicts("--all", "--top", 3, self.path("tunnel.pcap"))]
        self.assertEqual(scores, sorted((v["score"] for v in every), reverse=True)[:3])

    def test_a_budget_of_false_alarms_sets_the_threshold(self):
        thresholds = [self.verdicts("--all", *budget, self.path("tunnel.pcap"))[0]["threshold"]
                      for budget in (("--alarm-budget", "24/hour"), ("--alarm-budget", "1/day"), ("--alarm-budget", "1/week"),
                                     ("--alarm-budget", "0.000001"), ())]
        self.assertEqual(thresholds[:4], sorted(thresholds[:4]))
        self.assertLess(thresholds[0], thresholds[3])
        self.assertEqual(thresholds[4], 30)

    def test_a_threshold_above_the_evidence_leaves_no_tunnel(self):
        verdicts = self.verdicts("--all", "--threshold", "100000", "--suspicion", "99999", self.path("tunnel.pcap"))
        self.assertFalse(any(v["anomalous"] for v in verdicts))

    def test_the_table_fits_and_gives_reasons(self):
        text = self.run_program("dns", self.path("tunnel.pcap")).stdout.decode("ascii")
        self.assertLessEqual(max(map(len, text.splitlines())), 120)
        for part in ("VERDICT", "t.exfil.example", "10.0.0.7", "400", " +", "e.g.", "Seen", "1,200 DNS messages"):
            self.assertIn(part, text)

    def test_several_inputs_are_one_stream(self):
        whole = captures.tunnel()
        first, second = captures.Capture(), captures.Capture()
        ordered = sorted(whole.packets)
        first.packets, second.packets = ordered[:601], ordered[601:]
        self.path("first.pcap").write_bytes(first.octets())
        self.path("second.pcap").write_bytes(second.octets())
        self.assertEqual(self.verdicts(self.path("first.pcap"), "-r", self.path("second.pcap")),
                         self.verdicts(self.path("tunnel.pcap")))

    def test_standard_input_and_compression_change_nothing(self):
        expected = self.verdicts("--all", self.path("tunnel.pcap"))
        octets = self.path("tunnel.pcap").read_bytes()
        self.assertEqual(self.verdicts("--all", "-", input=octets), expected)
        self.assertEqual(self.verdicts("--all", "-", input=gzip.compress(octets)), expected)

    def test_a_filter_and_a_port_choose_the_packets(self):
        self.assertEqual(self.verdicts("-f", "host 10.0.0.10", self.path("tunnel.pcap")), [])
        self.run_program("dns", "-f", "no such filter", self.path("tunnel.pcap"), code=2)
        moved = captures.add_tunnel(captures.Capture(), service=8053)
        self.path("moved.pcap").write_bytes(moved.octets())
        self.assertEqual(self.verdicts(self.path("moved.pcap")), [])
        self.assertEqual(len(self.verdicts("--port", 8053, self.path("moved.pcap"))), 1)


class Ends(ProgramTest):
    def test_fail_on_anomaly_exits_with_1(self):
        self.run_program("dns", "--fail-on-anomaly", self.path("tunnel.pcap"), code=1)

    def test_what_cannot_be_read_is_one_line_and_2(self):
        self.path("text").write_text("not a capture\n")
        for path in (self.path("missing.pcap"), self.path("text")):
            self.assert_one_line(self.run_program("dns", path, code=2).stderr, path)
        for option in ("-o", "--report", "--features"):
            wrong = self.path("no") / "such" / "folder"
            self.assert_one_line(self.run_program("dns", option, wrong, self.path("tunnel.pcap"), code=2).stderr, wrong)

    def test_a_capture_that_ends_early_is_judged_and_said(self):
        octets = self.path("tunnel.pcap").read_bytes()
        self.path("short.pcap").write_bytes(octets[:-7])
        done = self.run_program("dns", "--jsonl", self.path("short.pcap"), code=3)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertIn(b"short.pcap", done.stderr)
        self.run_program("dns", "--fail-on-anomaly", self.path("short.pcap"), code=1)

    def test_interrupted_it_writes_what_it_has(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = subprocess.Popen([PROGRAM, "dns", "--jsonl", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
            process.stdin.write(self.path("tunnel.pcap").read_bytes())
            process.stdin.flush()
            time.sleep(1.5)
            self.assertIsNone(process.poll())
            process.send_signal(number)
            out, _ = process.communicate(timeout=30)
            self.assertEqual(process.returncode, code)
            self.assertEqual(json.loads(out)["verdict"], "tunnel")

    def test_a_reader_that_goes_away_is_no_error(self):
        process = subprocess.Popen([PROGRAM, "dns", "--all", "--jsonl", self.path("tunnel.pcap")], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdout.close()
        _, complaints = process.communicate(timeout=60)
        self.assertEqual((process.returncode, complaints), (0, b""))

    def test_nothing_but_bad_packets_is_counted(self):
        bad = captures.Capture()
        bad.packets = [(captures.START + i, captures.packet(captures.address("10.0.0.1"), captures.address("10.0.0.53"), 4000,
                                                            53, bytes([0xff] * i))) for i in range(30)]
        self.path("bad.pcap").write_bytes(bad.octets())
        self.assertIn(b"Left out", self.run_program("dns", self.path("bad.pcap")).stdout)


class Files(ProgramTest):
    def test_output_goes_to_a_file(self):
        done = self.run_program("dns", "-o", self.path("out.jsonl"), "--jsonl", self.path("tunnel.pcap"))
        self.assertEqual(done.stdout, b"")
        self.assertEqual(json.loads(self.path("out.jsonl").read_text())["verdict"], "tunnel")

    def test_an_allowed_zone_is_counted_and_no_alarm(self):
        self.path("allow").write_text("# ours\nexfil.example   # tested on purpose\n=site1.example\n")
        done = self.run_program("dns", "--fail-on-anomaly", "--allow", self.path("allow"), self.path("tunnel.pcap"))
        self.assertIn(b"Allowed", done.stdout)
        self.assertRegex(done.stdout, rb"exfil.example \(line 2\): 1 finding with 400 queries; tested on purpose")
        self.assertIn(b"No tunnel", done.stdout)
        self.assertFalse(any(v["anomalous"] for v in self.verdicts("--all", "--allow", self.path("allow"), self.path("tunnel.pcap"))))

    def test_allow_ends_on_a_dot(self):
        self.path("allow").write_text("il.example\n=exfil.exampl\n")
        self.run_program("dns", "--fail-on-anomaly", "--allow", self.path("allow"), self.path("tunnel.pcap"), code=1)
        self.path("allow").write_text("fine.example\n*.example\n")
        self.assert_one_line(self.run_program("dns", "--allow", self.path("allow"), self.path("tunnel.pcap"), code=2).stderr,
                             self.path("allow"), "line 2", "*.example")

    def test_an_allow_entry_covers_only_what_its_conditions_say(self):
        covered = ("client=10.0.0.7", "client=10.0.0.0/29", "client=192.0.2.0/24 client=10.0.0.0/8", "type=txt",
                   "type=A type=TXT", "until=2026-11-24", "client=10.0.0.7/32\ttype=TXT until=2027-03-31", "client=::/0")
        alarms = ("client=10.0.0.8/29", "client=10.0.0.6", "type=A", "until=2026-11-23", "client=10.0.0.7 type=NULL",
                  "client=2001:db8::/32")
        for conditions in covered + alarms:
            with self.subTest(conditions):
                self.path("allow").write_text(f"exfil.example {conditions}  # a reason\n")
                self.run_program("dns", "--fail-on-anomaly", "--allow", self.path("allow"), self.path("tunnel.pcap"),
                                 code=int(conditions in alarms))

    def test_of_several_allow_entries_one_that_holds_is_found(self):
        self.path("allow").write_text("t.exfil.example until=2020-01-01\nexfil.example type=A\nexfil.example client=10.0.0.0/8\n")
        done = self.run_program("dns", "--fail-on-anomaly", "--allow", self.path("allow"), self.path("tunnel.pcap"))
        self.assertIn(b"exfil.example client=10.0.0.0/8 (line 3)", done.stdout)

    def test_a_bad_condition_of_an_allow_entry_is_one_line(self):
        for wrong in ("client=10.0.0.0/33", "client=example", "client", "type=NOTHING", "until=2026-02-30", "until=tomorrow", "for=ever"):
            with self.subTest(wrong):
                self.path("allow").write_text(f"# first\nexample.com {wrong}\n")
                done = self.run_program("dns", "--allow", self.path("allow"), self.path("tunnel.pcap"), code=2)
                self.assert_one_line(done.stderr, self.path("allow"), "line 2", wrong)

    def test_places_of_servers_reach_json_table_and_report(self):
        capture = captures.Capture()
        for server, client in (("192.0.2.9", "10.0.0.7"), ("203.0.113.70", "10.0.0.8"), ("10.0.0.53", "10.0.0.9")):
            captures.add_tunnel(capture, client=client, names=200, server=server)
        self.path("places.pcap").write_bytes(capture.octets())
        places = pathlib.Path(__file__).parent.parent / "data" / "geoip" / "places.mmdb"
        found = {v["clients"][0]: v for v in self.verdicts("--geoip", places, self.path("places.pcap"))}
        self.assertEqual({c: (v["server_countries"], v["server_networks"]) for c, v in found.items()},
                         {"10.0.0.7": (["XA"], None), "10.0.0.8": (None, [65551]), "10.0.0.9": (None, None)})
        table = self.run_program("dns", "--geoip", places, "--report", self.path("places.html"), self.path("places.pcap")).stdout
        for text in (b"192.0.2.9 (XA)", b"203.0.113.70 (AS65551 Invented Networks)"):
            self.assertIn(text, table)
        self.assertIn("Invented Networks", self.path("places.html").read_text())
        without = self.verdicts(self.path("places.pcap"))
        self.assertEqual({(v["server_countries"], v["server_networks"]) for v in without}, {(None, None)})

    def test_features_are_one_row_a_message(self):
        self.run_program("dns", "--features", self.path("features.csv"), self.path("tunnel.pcap"))
        with open(self.path("features.csv"), newline="") as file:
            rows = list(csv.reader(file))
        self.assertEqual(len(rows), 1 + captures.tunnel().messages())
        self.assertEqual(len(set(map(len, rows))), 1)
        self.assertEqual(len(set(rows[0])), len(rows[0]))
        self.assertRegex(rows[1][0], RFC3339)

    def test_state_survives_and_damage_is_refused(self):
        folder = self.path("state") / "below"
        whole, halves = captures.tunnel(), (captures.Capture(), captures.Capture())
        for i, p in enumerate(sorted(whole.packets)):
            halves[i >= 600].packets.append(p)
        self.path("half.pcap").write_bytes(halves[0].octets())
        self.path("rest.pcap").write_bytes(halves[1].octets())
        self.verdicts("--state", folder, self.path("half.pcap"))
        resumed = self.verdicts("--state", folder, self.path("rest.pcap"))
        self.assertEqual(resumed[0]["queries"], 400)
        files = [f for f in folder.iterdir() if f.is_file()]
        self.assertTrue(files)
        for file in files:
            octets = file.read_bytes()
            damaged = octets[:len(octets) // 2] + bytes([octets[len(octets) // 2] ^ 1]) + octets[len(octets) // 2 + 1:]
            for wrong in (damaged, octets[:-3], b"", b"hello"):
                file.write_bytes(wrong)
                done = self.run_program("dns", "--state", folder, self.path("rest.pcap"), code=2)
                self.assert_one_line(done.stderr, file)
                self.assertEqual(file.read_bytes(), wrong)
            file.write_bytes(octets)

    def test_names_cannot_steer_a_terminal(self):
        self.path("hostile.pcap").write_bytes(captures.hostile(300).octets())
        for arguments in (["--all"], ["--all", "--jsonl"]):
            out = self.run_program("dns", *arguments, self.path("hostile.pcap")).stdout
            self.assertTrue(all(c == 10 or 32 <= c < 127 for c in out))

    def test_the_report_is_whole(self):
        self.run_program("dns", "--report", self.path("report.html"), self.path("tunnel.pcap"))
        page = self.path("report.html").read_text()
        self.assertIn("Content-Security-Policy", page)
        self.assertNotRegex(page, r"(?i)<(?:script|link|img|iframe)[^>]+(?:src|href)\s*=")


@unittest.skipUnless(DATA, "NETANOMALY_DATA_DIR is not set")
class MadeTraffic(ProgramTest):
    def test_each_made_tunnel_is_found_and_nothing_benign(self):
        for capture in sorted(pathlib.Path(DATA, "dns", "made").glob("*.pcap.gz")):
            with self.subTest(capture.name):
                zones = {v["zone"] for v in self.verdicts(capture)}
                if capture.name.startswith("benign"):
                    self.assertEqual(zones, set())
                    continue
                tunnels = {"iodine": ["corp-sync.net"], "dns2tcp": ["upd-cache.org"], "dnscat2": ["telemetry-hub.com"],
                           "dnstt": ["img-edge.io"], "mixed": ["corp-sync.net", "telemetry-hub.com"]}[
                               re.match("[a-z0-9]+", capture.name)[0]]
                self.assertEqual({zone.split(".", zone.count(".") - 1)[-1] for zone in zones}, set(tunnels))

    def test_no_public_capture_stops_it(self):
        for capture in sorted(pathlib.Path(DATA, "dns", "captures").glob("*.pcap*")):
            with self.subTest(capture.name):
                done = subprocess.run([PROGRAM, "dns", "--all", "--jsonl", capture], capture_output=True, timeout=60)
                self.assertIn(done.returncode, (0, 3), done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
