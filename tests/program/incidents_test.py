# SPDX-License-Identifier: Apache-2.0
"""What `netanomaly dns` hands on: the stream of incidents, the Elastic Common Schema, response policy zones."""

import base64
import json
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

import captures

PROGRAM = os.environ["NETANOMALY_BINARY"]
ID = re.compile(r"[0-9a-f]{16}")
HOUR = 3600

# Fields of ECS 8.17 that a line may use, with their types (generated/csv/fields.csv of that release). A field of the
# second list is an array whatever it holds.
ECS = {"@timestamp": "date", "message": "text", "tags": "keyword", "ecs.version": "keyword", "event.kind": "keyword",
       "event.category": "keyword", "event.type": "keyword", "event.action": "keyword", "event.id": "keyword",
       "event.module": "keyword", "event.dataset": "keyword", "event.provider": "keyword", "event.start": "date",
       "event.end": "date", "event.duration": "long", "event.risk_score": "float", "event.sequence": "long",
       "event.reason": "keyword", "source.address": "keyword", "source.ip": "ip", "source.bytes": "long",
       "destination.address": "keyword", "destination.ip": "ip", "destination.bytes": "long", "network.protocol": "keyword",
       "network.type": "keyword", "network.bytes": "long", "network.packets": "long", "dns.question.name": "keyword",
       "dns.question.type": "keyword", "dns.question.registered_domain": "keyword", "rule.id": "keyword",
       "rule.name": "keyword", "rule.category": "keyword", "rule.ruleset": "keyword", "rule.version": "keyword",
       "threat.framework": "keyword", "threat.tactic.id": "keyword", "threat.tactic.name": "keyword",
       "threat.technique.id": "keyword", "threat.technique.name": "keyword", "threat.technique.subtechnique.id": "keyword",
       "threat.technique.subtechnique.name": "keyword", "related.ip": "ip", "related.hosts": "keyword",
       "observer.vendor": "keyword", "observer.product": "keyword", "observer.type": "keyword", "observer.version": "keyword"}
ECS_ARRAYS = {"tags", "event.category", "event.type", "threat.tactic.id", "threat.tactic.name", "threat.technique.id",
              "threat.technique.name", "threat.technique.subtechnique.id", "threat.technique.subtechnique.name", "related.ip",
              "related.hosts"}
ECS_TYPES = {"date": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "ip": r"[0-9a-f.:]+", "keyword": ".+", "text": ".+"}


def crc64(octets):
    """CRC-64/XZ, bit by bit."""
    value = 2**64 - 1
    for octet in octets:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0xC96C5795D7870F42 if value & 1 else 0)
    return value ^ (2**64 - 1)


class HandedOn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="netanomaly-test-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.write("tunnel.pcap", captures.tunnel())
        cls.write("ordinary.pcap", captures.ordinary())
        two = captures.add_tunnel(captures.add_tunnel(captures.Capture()), start=captures.START + 3 * HOUR, names=40)
        cls.write("twice.pcap", two)
        cls.write("later.pcap", captures.add_ordinary(captures.Capture(), start=captures.START + 3 * HOUR))

    @classmethod
    def path(cls, name):
        return pathlib.Path(cls.folder.name, name)

    @classmethod
    def write(cls, name, capture):
        cls.path(name).write_bytes(capture.octets())
        return cls.path(name)

    def run_dns(self, *arguments, code=0, **more):
        done = subprocess.run([PROGRAM, "dns", *map(str, arguments)], capture_output=True, timeout=120, **more)
        self.assertEqual(done.returncode, code, done.stderr.decode(errors="replace"))
        return done

    def lines(self, *arguments, **more):
        return [json.loads(line) for line in self.run_dns(*arguments, **more).stdout.decode("ascii").splitlines()]

    def incidents(self, *arguments, **more):
        return self.lines("--incidents", "--jsonl", *arguments, **more)


class Incidents(HandedOn):
    def test_a_tunnel_is_created_grows_tenfold_and_is_closed_at_the_end(self):
        lines = self.incidents(self.path("tunnel.pcap"))
        self.assertEqual([(l["activity"], l["line"], l["close_reason"]) for l in lines],
                         [("create", 1, None), ("update", 2, None), ("close", 3, "end")])
        self.assertGreaterEqual(lines[1]["bytes"], 10 * lines[0]["bytes"])
        self.assertLess(lines[1]["bytes"], 10 * lines[0]["bytes"] + 1000)
        self.assertEqual(lines[2]["bytes"], lines[2]["bytes_up"] + lines[2]["bytes_down"])
        verdict, = self.lines("--jsonl", self.path("tunnel.pcap"))
        self.assertEqual({l["id"] for l in lines}, {verdict["id"]})
        self.assertTrue(ID.fullmatch(verdict["id"]))
        own = {"schema", "activity", "timestamp", "opened", "line", "bytes", "close_reason"}
        for line in lines:
            self.assertEqual(line["schema"], "netanomaly.dns.incident/1")
            self.assertEqual(set(line) - own, set(verdict) - {"schema"})
        for field in set(verdict) - {"schema"}:
            self.assertEqual(lines[2][field], verdict[field], field)
        self.assertEqual(lines[0]["timestamp"], lines[0]["opened"])
        self.assertLess(lines[0]["timestamp"], "2026-11-24T09:34:10")

    def test_ordinary_traffic_has_none(self):
        self.assertEqual(self.incidents(self.path("ordinary.pcap"), "--fail-on-anomaly"), [])

    def test_what_has_been_quiet_for_an_hour_is_closed_and_comes_back_under_its_id(self):
        lines = self.incidents(self.path("twice.pcap"))
        self.assertEqual([l["activity"] for l in lines], ["create", "update", "close", "create", "close"])
        self.assertEqual(len({l["id"] for l in lines}), 1)
        self.assertEqual((lines[2]["close_reason"], lines[2]["timestamp"]), ("quiet", "2026-11-24T10:35:42.750000Z"))
        self.assertEqual([l["activity"] for l in self.incidents("--incident-quiet", "4h", self.path("twice.pcap"))],
                         ["create", "update", "close"])

    def test_a_line_comes_at_once(self):
        process = subprocess.Popen([PROGRAM, "dns", "--incidents", "--jsonl", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(self.path("tunnel.pcap").read_bytes())
        process.stdin.flush()
        first = json.loads(process.stdout.readline())  # standard input is still open
        self.assertEqual(first["activity"], "create")
        self.assertIsNone(process.poll())
        rest, _ = process.communicate(timeout=30)
        self.assertEqual(json.loads(rest.splitlines()[-1])["activity"], "close")

    def test_open_incidents_outlive_a_signal_and_a_restart(self):
        state = self.path("restart")
        process = subprocess.Popen([PROGRAM, "dns", "--incidents", "--jsonl", "--state", state, "-"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        process.stdin.write(self.path("tunnel.pcap").read_bytes())
        process.stdin.flush()
        first = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
        self.assertEqual((process.returncode, rest, [l["activity"] for l in first]), (143, b"", ["create", "update"]))
        more = captures.add_tunnel(captures.Capture(), start=captures.START + 600, names=20)
        self.assertEqual(self.incidents("--state", state, self.write("more.pcap", more)), [])
        closed, = self.incidents("--state", state, self.path("later.pcap"))
        self.assertEqual((closed["activity"], closed["id"], closed["line"], closed["close_reason"]),
                         ("close", first[0]["id"], 3, "quiet"))
        self.assertGreater(closed["queries"], 200)  # the signal may have come before the last packets
        self.assertEqual(self.incidents("--state", state, self.path("later.pcap")), [])

    def test_a_run_without_incidents_leaves_those_of_the_state_open(self):
        state = self.path("kept")
        self.incidents("--state", state, self.path("tunnel.pcap"))
        self.lines("--jsonl", "--state", state, "--rpz", self.path("kept.zone"), self.path("tunnel.pcap"))
        self.assertEqual([l["activity"] for l in self.incidents("--state", state, self.path("later.pcap"))], ["close"])

    def test_the_state_of_a_version_without_incidents_is_read(self):
        state = self.path("earlier")
        self.incidents("--state", state, self.path("ordinary.pcap"))
        octets = (state / "dns.state").read_bytes()
        self.assertEqual(crc64(octets[:-8]), int.from_bytes(octets[-8:], "little"))
        alone = octets[:octets.rindex(b"\x0ddns_incidents")]
        (state / "dns.state").write_bytes(alone + struct.pack("<Q", crc64(alone)))
        self.assertEqual(self.incidents("--state", state, self.path("tunnel.pcap"))[0]["activity"], "create")

    def test_another_quiet_time_than_the_states_is_refused(self):
        state = self.path("quiet")
        self.incidents("--state", state, "--incident-quiet", "2h", self.path("ordinary.pcap"))
        done = self.run_dns("--incidents", "--state", state, "--incident-quiet", "3h", self.path("ordinary.pcap"), code=2)
        self.assertIn(b"--incident-quiet", done.stderr)
        self.run_dns("--incident-quiet", "3h", self.path("ordinary.pcap"), code=2)

    def test_the_table_has_the_lines_first(self):
        text = self.run_dns("--incidents", self.path("tunnel.pcap")).stdout.decode("ascii").splitlines()
        self.assertRegex(text[0], r"^2026-11-24T09:34:\S+Z create [0-9a-f]{16}: tunnel 10\.0\.0\.7 -> \S*exfil\.example, score")
        self.assertIn(" update ", text[1])
        self.assertIn(" close ", text[2])
        self.assertTrue(any(line.startswith("VERDICT") for line in text))

    def test_what_is_allowed_gives_no_line_until_the_entry_runs_out(self):
        self.path("allow").write_text("exfil.example until=2026-11-24  # a test\n")
        self.assertEqual(self.incidents("--allow", self.path("allow"), self.path("tunnel.pcap")), [])
        day = captures.add_tunnel(captures.add_tunnel(captures.Capture()), start=captures.START + 24 * HOUR, names=40)
        lines = self.incidents("--allow", self.path("allow"), self.write("day.pcap", day))
        self.assertEqual([(l["activity"], l["timestamp"][:10]) for l in lines], [("create", "2026-11-25"), ("close", "2026-11-25")])


class Allowed(HandedOn):
    def test_a_local_zone_never_alarms_and_is_counted(self):
        self.run_dns("--fail-on-anomaly", self.path("tunnel.pcap"), code=1)
        done = self.run_dns("--fail-on-anomaly", "--local-zone", "other.example", "--local-zone", "EXFIL.example.", self.path("tunnel.pcap"))
        self.assertIn(b"Allowed   local zone EXFIL.example.: 1 finding with 400 queries", done.stdout)
        self.run_dns("--fail-on-anomaly", "--local-zone", "il.example", self.path("tunnel.pcap"), code=1)
        for wrong in ("*.example", ".", "a b", "a" * 64 + ".example"):
            self.assertIn(b"--local-zone", self.run_dns("--local-zone", wrong, self.path("tunnel.pcap"), code=2).stderr)

    def test_show_allowed_shows_what_is_muted_and_by_what(self):
        arguments = ("--jsonl", "--local-zone", "exfil.example", self.path("tunnel.pcap"))
        self.assertEqual(self.lines(*arguments), [])
        verdict, = self.lines("--show-allowed", *arguments)
        self.assertEqual((verdict["verdict"], verdict["anomalous"], verdict["allowed_by"]),
                         ("tunnel", False, "local zone exfil.example"))


class Ecs(HandedOn):
    def flatten(self, value, name=""):
        if isinstance(value, dict) and name != "netanomaly":
            for key, part in value.items():
                yield from self.flatten(part, f"{name}.{key}" if name else key)
        else:
            yield name, value

    def check(self, line):
        fields = dict(self.flatten(line))
        self.assertEqual(set(fields) - set(ECS), {"netanomaly"})
        for name, value in fields.items():
            if name == "netanomaly":
                continue
            self.assertEqual(isinstance(value, list), name in ECS_ARRAYS, name)
            for one in value if isinstance(value, list) else [value]:
                if ECS[name] in ("long", "float"):
                    self.assertIsInstance(one, int if ECS[name] == "long" else (int, float), name)
                    self.assertGreaterEqual(one, 0, name)
                else:
                    self.assertIsInstance(one, str, name)
                    self.assertTrue(re.fullmatch(ECS_TYPES[ECS[name]], one, re.S), (name, one))
        return fields

    def test_a_verdict_has_known_fields_of_the_right_types(self):
        line, = self.lines("--format", "ecs", self.path("tunnel.pcap"))
        fields = self.check(line)
        self.assertEqual(set(ECS) - set(fields), {"event.sequence"})
        verdict, = self.lines("--jsonl", self.path("tunnel.pcap"))
        self.assertEqual(fields["netanomaly"], {"dns": verdict})
        for name, expected in {"event.kind": "alert", "event.category": ["intrusion_detection", "network"], "event.type": ["info"],
                               "event.id": verdict["id"], "source.ip": "10.0.0.7", "destination.ip": "10.0.0.53",
                               "source.bytes": verdict["bytes_up"], "network.packets": 800, "network.type": "ipv4",
                               "dns.question.registered_domain": "exfil.example", "dns.question.type": "TXT",
                               "threat.technique.subtechnique.id": ["T1071.004"], "@timestamp": verdict["last_seen"],
                               "event.risk_score": verdict["score"], "event.duration": 99_750_000_000,
                               "related.ip": ["10.0.0.7", "10.0.0.53"]}.items():
            self.assertEqual(fields[name], expected, name)

    def test_each_line_of_an_incident_has_known_fields(self):
        lines = [self.check(line) for line in self.lines("--incidents", "--format", "ecs", self.path("tunnel.pcap"))]
        self.assertEqual([(l["event.action"], l["event.type"], l["event.sequence"]) for l in lines],
                         [("dns-tunnel-create", ["info", "start"], 1), ("dns-tunnel-update", ["info"], 2),
                          ("dns-tunnel-close", ["info", "end"], 3)])
        self.assertEqual(len({l["event.id"] for l in lines}), 1)
        for ecs, plain in zip(lines, self.incidents(self.path("tunnel.pcap"))):
            self.assertEqual(ecs["netanomaly"], {"dns": plain})
            self.assertEqual(ecs["@timestamp"], plain["timestamp"])

    def test_what_is_benign_or_allowed_is_an_event_and_no_threat(self):
        for line in self.lines("--format", "ecs", "--all", "--local-zone", "exfil.example", self.path("tunnel.pcap")):
            fields = self.check(line)
            self.assertEqual(fields["event.kind"], "event")
            self.assertNotIn("threat.technique.id", fields)


class PolicyZone(HandedOn):
    def zone(self, path):
        text = path.read_text()
        serial = re.search(r"^@ SOA \S+ \S+ (\d+) ", text, re.M)[1]
        return int(serial), [line for line in text.splitlines() if line.endswith(" CNAME .")]

    def check_with_a_server(self, path):
        tool = shutil.which("named-checkzone", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
        if tool is None:
            self.skipTest("named-checkzone (bind9-utils) is not installed")
        dump = self.path("dump.zone")
        done = subprocess.run([tool, "-k", "fail", "-D", "-s", "full", "-o", dump, "rpz.local", path], capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return [line.split()[0] for line in dump.read_text().splitlines() if "CNAME" in line.split()]

    def test_it_blocks_the_zone_and_what_is_under_it(self):
        path = self.path("block.zone")
        self.run_dns("--rpz", path, self.path("tunnel.pcap"))
        zone = self.lines("--jsonl", self.path("tunnel.pcap"))[0]["zone"]
        serial, records = self.zone(path)
        self.assertEqual(records, [f"{zone} CNAME .", f"*.{zone} CNAME ."])
        self.assertEqual(sorted(self.check_with_a_server(path)), sorted([f"{zone}.rpz.local.", f"*.{zone}.rpz.local."]))

    def test_the_serial_grows_with_each_change_and_only_then(self):
        path = self.path("serial.zone")
        self.run_dns("--rpz", path, self.path("tunnel.pcap"))
        serial, _ = self.zone(path)
        before = path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino
        self.run_dns("--rpz", path, self.path("tunnel.pcap"))
        self.assertEqual((path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino), before)
        self.run_dns("--rpz", path, "--local-zone", "exfil.example", self.path("tunnel.pcap"))
        after, records = self.zone(path)
        self.assertEqual(records, [])
        self.assertGreater(after, serial)
        for start in (2**32 - 1, 2**31, after + 10**6):  # a clock set back, the end of the circle
            path.write_text(path.read_text().replace(f" {self.zone(path)[0]} ", f" {start} "))
            self.run_dns("--rpz", path, self.path("tunnel.pcap"))
            now, records = self.zone(path)
            self.assertTrue(0 < (now - start) % 2**32 < 2**31, (start, now))
            self.run_dns("--rpz", path, self.path("ordinary.pcap"))

    def test_a_live_run_blocks_while_it_goes_on(self):
        path = self.path("live.zone")
        process = subprocess.Popen([PROGRAM, "dns", "--incidents", "--rpz", path, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(self.path("tunnel.pcap").read_bytes())
        process.stdin.flush()
        for _ in range(2):
            process.stdout.readline()
        self.assertEqual(len(self.zone(path)[1]), 2)
        process.communicate(timeout=30)

    def test_with_a_state_what_was_found_before_stays_blocked(self):
        path, state = self.path("lasting.zone"), self.path("lasting")
        self.run_dns("--rpz", path, "--state", state, self.path("tunnel.pcap"))
        self.run_dns("--rpz", path, "--state", state, self.path("later.pcap"))
        self.assertEqual(len(self.zone(path)[1]), 2)

    def test_a_file_of_others_is_left_as_it_is(self):
        for text in ("important\n", "; Zones\n$TTL 60\n@ SOA a. b. 1 2 3 4 5\n"):
            path = self.path("foreign.zone")
            path.write_text(text)
            done = self.run_dns("--rpz", path, self.path("tunnel.pcap"), code=2)
            self.assertIn(str(path).encode(), done.stderr)
            self.assertEqual(path.read_text(), text)

    def test_a_path_that_cannot_be_written_is_an_error_and_the_verdicts_are_written(self):
        done = self.run_dns("--jsonl", "--rpz", self.path("no") / "such" / "folder", self.path("tunnel.pcap"), code=2)
        self.assertIn(b"folder", done.stderr)
        self.assertEqual(json.loads(done.stdout)["verdict"], "tunnel")

    def test_no_name_can_say_more_than_block_this(self):
        chance = random.Random(5)
        hostile = {  # the labels of a zone, and whether it can be blocked
            (b';"()@$ \\', b"evil", b"example"): True, (b"\x00\n\r\t\xff", b"evil2", b"example"): True, (b"a.b", b"evil3", b"example"): True,
            (b"$INCLUDE", b"evil4", b"example"): True, (b"x", b"rpz-ip"): False, (b"32.1.2.3.4", b"rpz-client-ip"): False,
            (b"*", b"evil5", b"example"): False, (b"z" * 60, b"z" * 60, b"z" * 50, b"example"): True,
            (b"y" * 60, b"y" * 60, b"y" * 60, b"example"): False}
        capture = captures.Capture()
        for number, labels in enumerate(hostile):
            for i in range(300):
                data = base64.b32encode(struct.pack(">H", i) + chance.randbytes(20)).decode().rstrip("=").lower().encode()
                text = base64.b64encode(chance.randbytes(150))
                capture.ask(captures.START + i * 0.25, f"10.0.1.{number}", [data, *labels], captures.TXT, bytes([len(text)]) + text)
        path = self.path("hostile.zone")
        found = {v["zone"] for v in self.lines("--jsonl", "--rpz", path, self.write("hostile.pcap", capture))}
        self.assertEqual(len(found), len(hostile), found)
        _, records = self.zone(path)
        self.assertEqual(len(records), 2 * sum(hostile.values()))
        plain = re.compile(r"(?:\*\.)?(?:(?:[A-Za-z0-9_-]|\\\d{3})+\.)*(?:[A-Za-z0-9_-]|\\\d{3})+ CNAME \.")
        for record in records:
            self.assertRegex(record, "^" + plain.pattern + "$")
        text = path.read_text()
        self.assertNotIn("rpz-", text)
        self.assertIn("\\059\\034\\040\\041\\064\\036\\032\\092.evil.example CNAME .", text)
        self.assertIn("a\\046b.evil3.example CNAME .", text)
        self.assertEqual(len(self.check_with_a_server(path)), len(records))


if __name__ == "__main__":
    unittest.main(verbosity=1)
