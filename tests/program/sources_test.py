# SPDX-License-Identifier: Apache-2.0
"""Logs in place of packets: recognised by content, followed through rotation. NETANOMALY_BINARY names the program."""

import gzip
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

import captures

PROGRAM = os.environ["NETANOMALY_BINARY"]

HEAD = ("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#fields\tts\tuid\tid.orig_h\t"
        "id.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqtype\trcode\tAA\tTC\tRD\tRA\tanswers\tTTLs\n")


class ZeekLog:
    """Takes what captures.Capture takes, and writes it as Zeek does."""

    def __init__(self):
        self.rows = []

    def ask(self, when, client, name, kind=captures.A, rdata=b"\xc0\x00\x02\x01", rcode=0, server="10.0.0.53", service=53):
        answer = "-"
        if rdata is not None and kind == captures.A:
            answer = ".".join(map(str, rdata))
        elif rdata is not None:
            answer = f"TXT {rdata[0]} " + rdata[1:].decode().replace(",", "\\x2c")
        number = len(self.rows)
        self.rows.append(f"{when:.6f}\tC{number}\t{client}\t{20000 + number % 20000}\t{server}\t{service}\tudp\t{number % 65536}\t"
                         f"0.011000\t{name}\t1\t{kind}\t{rcode}\tF\tF\tT\tT\t{answer}\t{'-' if rdata is None else '60.000000'}\n")
        return self

    def text(self, first=0, last=None):
        return HEAD + "".join(sorted(self.rows)[first:last])


class EveLog:
    """The same as Suricata does, version 3."""

    TYPES = {captures.A: "A", captures.TXT: "TXT", captures.AAAA: "AAAA", captures.NULL: "NULL"}

    def __init__(self):
        self.lines = []

    def ask(self, when, client, name, kind=captures.A, rdata=b"\xc0\x00\x02\x01", rcode=0, server="10.0.0.53", service=53):
        number, port = len(self.lines) // 2 % 65536, 20000 + len(self.lines) // 2 % 20000

        def event(at, source, target, dns):
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e6):06d}+0000"
            dns.update(version=3, id=number, queries=[{"rrname": name, "rrtype": self.TYPES[kind]}])
            return json.dumps({"timestamp": stamp, "event_type": "dns", "src_ip": source[0], "src_port": source[1],
                               "dest_ip": target[0], "dest_port": target[1], "proto": "UDP", "dns": dns}) + "\n"
        answers = []
        if rdata is not None:
            data = ".".join(map(str, rdata)) if kind == captures.A else rdata[1:].decode()
            answers = [{"rrname": name, "rrtype": self.TYPES[kind], "ttl": 60, "rdata": data}]
        here, there = (client, port), (server, service)
        self.lines.append(event(when, here, there, {"type": "request", "flags": "100"}))
        self.lines.append(event(when + 0.011, there, here, {"type": "response", "flags": "8180", "answers": answers,
                                                            "rcode": "NXDOMAIN" if rcode == 3 else "NOERROR"}))
        return self

    def text(self):
        return "".join(sorted(self.lines))


def tunnel(log):
    return captures.add_tunnel(captures.add_ordinary(log))


class SourcesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="netanomaly-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_program(self, *arguments, code=0, **more):
        done = subprocess.run([PROGRAM, "dns", *map(str, arguments)], capture_output=True, timeout=120, **more)
        self.assertEqual(done.returncode, code, done.stderr.decode(errors="replace"))
        return done

    def verdicts(self, *arguments, **more):
        return [json.loads(line) for line in self.run_program("--jsonl", *arguments, **more).stdout.splitlines()]

    def assert_tunnel(self, found, queries=400):
        self.assertEqual([(v["verdict"], v["zone"], v["clients"], v["queries"]) for v in found],
                         [("tunnel", "t.exfil.example", ["10.0.0.7"], queries)])


class Logs(SourcesTest):
    def test_a_log_gives_the_tunnel_that_its_capture_gives(self):
        capture = self.verdicts(self.write("c", tunnel(captures.Capture()).octets()))
        self.assert_tunnel(capture)
        self.assertNotIn("query_octets", capture[0]["not_available"])
        for name, log in (("capture.pcap", ZeekLog()), ("dns.pcapng", EveLog())):
            text = tunnel(log).text()
            for content in (text, gzip.compress(text.encode()), gzip.compress(text[:9999].encode()) + gzip.compress(text[9999:].encode())):
                found = self.verdicts(self.write(name, content))
                self.assert_tunnel(found)
                self.assertEqual(found[0]["score"], capture[0]["score"])
                self.assertEqual(found[0]["first_seen"], capture[0]["first_seen"])
                self.assertEqual(found[0]["qtypes"], capture[0]["qtypes"])
                self.assertEqual(found[0]["vantage"], "client")
                self.assertLess(abs(found[0]["bytes_up"] - capture[0]["bytes_up"]), 0.01 * capture[0]["bytes_up"])
                self.assertLess(abs(found[0]["bytes_down"] - capture[0]["bytes_down"]), 0.01 * capture[0]["bytes_down"])
                for missing in ("query_octets", "response_octets", "connections"):
                    self.assertIn(missing, found[0]["not_available"])

    def test_standard_input_and_several_sources_are_one_stream(self):
        log = captures.add_tunnel(ZeekLog())
        first, last = self.write("1.log", log.text(0, 200)), self.write("2.pcap", captures.ordinary().octets())
        self.assert_tunnel(self.verdicts(first, "-", last, input=log.text(200).encode()))

    def test_the_table_says_what_a_log_does_not_tell(self):
        text = self.run_program(self.write("dns.log", tunnel(ZeekLog()).text())).stdout.decode()
        self.assertIn("t.exfil.example", text)
        self.assertIn("Sizes of messages: the log has none", text)
        text = self.run_program(self.write("eve.json", '{"timestamp":"2026-11-24T09:34:05Z","event_type":"stats"}\n')).stdout.decode()
        self.assertIn("no line of the log tells of any, of 1 line", text)

    def test_damaged_lines_are_named_and_never_fatal(self):
        log = tunnel(ZeekLog())
        log.rows.insert(3, "broken\n")
        log.rows.insert(90, "{\"event_type\":\"dns\"\n")
        path = self.write("dns.log", HEAD + "".join(log.rows))
        done = self.run_program("--jsonl", path)
        self.assert_tunnel([json.loads(line) for line in done.stdout.splitlines()])
        self.assertEqual(done.stderr.decode(),
                         f"netanomaly: {path}: line 10: another number of values than of columns\n"
                         f"netanomaly: {path}: line 97: no JSON at octet 20\n")
        self.assertIn("2 lines of a log that cannot be read", " ".join(self.run_program(path).stdout.decode().split()))
        many = self.write("many.log", HEAD + "x\n" * 100)
        self.assertIn(f"netanomaly: {many}: 92 more lines that cannot be read", self.run_program(many).stderr.decode())

    def test_a_log_that_ends_early_is_said_to(self):
        text = tunnel(ZeekLog()).text().encode()
        path = self.write("dns.log", text[:-40])
        self.assertIn(f"netanomaly: {path}: the log ends early, at line 606", self.run_program(path, code=3).stderr.decode())
        path = self.write("dns.log.gz", gzip.compress(text)[:-400])
        self.assertIn("the gzip stream ends early", self.run_program(path, code=3).stderr.decode())

    def test_a_resolvers_side_is_not_counted_again(self):
        log = ZeekLog()
        captures.add_ordinary(log)
        captures.add_tunnel(log)
        captures.add_tunnel(log, client="10.0.0.53", server="198.51.100.1")
        path = self.write("dns.log", log.text())
        self.assert_tunnel(self.verdicts(path))
        self.assertIn("queries of resolvers for what clients, seen too, have asked them", self.run_program(path).stdout.decode())

    def test_the_vantage_that_is_asked_for_is_used_and_told(self):
        path = self.write("dns.log", tunnel(ZeekLog()).text())
        for vantage in ("client", "forwarder", "resolver-upstream"):
            found = self.verdicts("--vantage", vantage, path)
            self.assert_tunnel(found)
            self.assertEqual(found[0]["vantage"], vantage)
            table = self.run_program("--vantage", vantage, path).stdout.decode()
            self.assertEqual(f" vantage {vantage}\n" in table, vantage != "client")
            self.assertEqual("names_asked_once" in [r["id"] for r in found[0]["reasons"]], vantage == "client")
        self.assertEqual(self.verdicts("--vantage", "auto", path), self.verdicts(path))
        error = self.run_program("--vantage", "moon", path, code=2).stderr.decode()
        self.assertIn("expected client, forwarder, resolver-upstream or auto, got 'moon'", error)

    def test_what_does_not_go_with_logs_is_refused(self):
        path = self.write("dns.log", tunnel(ZeekLog()).text())
        for arguments, part in (([path, "--features", self.folder / "f.csv"], "a log has none"),
                                ([path, "-f", "port 53"], "a capture filter is for packets"),
                                ([path, "--duration", "1s"], "--duration is for"),
                                (["--follow", "-"], "cannot be followed"),
                                (["--follow", "-i", "lo"], "--follow is for logs"),
                                (["--follow", self.folder / "absent.log"], "No such file"),
                                (["--follow", self.write("c.pcap", captures.ordinary().octets())], "not a log in plain text")):
            error = self.run_program(*arguments, code=2).stderr.decode()
            self.assertEqual(error.count("\n"), 1, error)
            self.assertIn(part, error)


class Follow(SourcesTest):
    def start(self, *arguments):
        # Unbuffered: what readline() took ahead communicate() would not see.
        process = subprocess.Popen([PROGRAM, "dns", "--jsonl", "--follow", *map(str, arguments)], bufsize=0,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def stop(self, process, code=143):
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, error.decode())
        return [json.loads(line) for line in out.splitlines()], error.decode()

    def incidents(self, process, count):
        """So many lines of the stream, as they come."""
        return [json.loads(process.stdout.readline()) for _ in range(count)]

    def test_rotation_by_renaming_and_by_emptying_loses_nothing(self):
        log = captures.add_tunnel(ZeekLog())
        path = self.write("dns.log", log.text(0, 100))
        process = self.start(path)
        time.sleep(1)
        with open(path, "a") as late:  # the writer goes on in the old file until it opens the new one
            path.rename(self.folder / "dns.1.log")
            late.write("".join(log.rows[100:150]))
        time.sleep(0.5)
        self.write("dns.log", log.text(150, 300))
        time.sleep(1)
        with open(path, "r+") as emptied:
            emptied.truncate()
            emptied.write(log.text(300))
        time.sleep(1)
        found, error = self.stop(process)
        self.assert_tunnel(found)
        self.assertEqual(error, "")

    def test_several_logs_are_followed_until_the_time_is_over(self):
        log = captures.add_tunnel(EveLog())
        one = self.write("a.json", "")
        two = self.write("b.json", "".join(log.lines[400:]))
        process = self.start("--duration", "3s", one, two)
        time.sleep(0.5)
        one.write_text("".join(log.lines[:400]))
        out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, error.decode())
        self.assert_tunnel([json.loads(line) for line in out.splitlines()])

    def test_incidents_come_while_the_log_grows(self):
        log = captures.add_tunnel(ZeekLog())
        path = self.write("dns.log", log.text(0, 10))
        process = self.start("--incidents", path)
        with open(path, "a") as out:
            out.write("".join(log.rows[10:300]))
        created = self.incidents(process, 1)[0]
        self.assertEqual(created["activity"], "create")
        self.assertEqual(created["zone"], "t.exfil.example")
        self.stop(process)

    def test_the_state_is_kept_when_it_is_stopped(self):
        log = captures.add_tunnel(ZeekLog())
        path = self.write("dns.log", log.text(0, 200))
        process = self.start("--state", self.folder / "state", path)
        time.sleep(1)
        self.stop(process)
        self.assertTrue((self.folder / "state" / "dns.state").exists())
        rest = self.write("rest.log", log.text(200))
        self.assert_tunnel(self.verdicts("--state", self.folder / "state", rest))

    def test_the_state_is_kept_now_and_then(self):
        log = captures.add_tunnel(ZeekLog())
        path = self.write("dns.log", log.text())
        state = self.folder / "state" / "dns.state"
        process = self.start("--state", state.parent, "--state-interval", "100ms", path)
        deadline = time.monotonic() + 60
        while not state.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1)
        process.kill()  # a crash: nothing is written at the end
        process.communicate(timeout=60)
        self.assertTrue(state.exists())
        self.assert_tunnel(self.verdicts("--all", "--state", state.parent, self.write("none.log", log.text(0, 0))))


if __name__ == "__main__":
    unittest.main()
