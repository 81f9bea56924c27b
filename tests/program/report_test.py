# SPDX-License-Identifier: Apache-2.0
"""The report in headless Chromium: its plots are drawn, nothing in it can run, and it asks nobody for anything."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import captures
import chromium

PROGRAM = os.environ["NETANOMALY_BINARY"]
EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "data"
# How much of a canvas has been drawn on: the share of pixels that are not transparent, and how many colours they have.
INK = """[...document.querySelectorAll('.plot')].map(plot => {
  const canvas = plot.querySelector('canvas');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = new Set();
  let drawn = 0;
  for (let i = 0; i < pixels.length; i += 4)
    if (pixels[i + 3]) { ++drawn; colours.add(pixels[i] >> 4 << 8 | pixels[i + 1] >> 4 << 4 | pixels[i + 2] >> 4); }
  return [drawn * 4 / pixels.length, colours.size];
})"""


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="netanomaly-report-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        for name, capture in (("tunnel", captures.tunnel()), ("hostile", captures.hostile(400)),
                              ("ordinary", captures.ordinary()), ("empty", captures.Capture())):
            (cls.folder / f"{name}.pcap").write_bytes(capture.octets())
            subprocess.run([PROGRAM, "dns", cls.folder / f"{name}.pcap", "--report", cls.folder / f"{name}.html"], check=True,
                           stdout=subprocess.DEVNULL)

    def setUp(self):
        self.page = self.enterContext(chromium.Page())

    def open(self, name, **view):
        self.page.view(**{"width": 1280, "height": 800, **view})
        self.page.open(self.folder / f"{name}.html")
        return self.page

    def text(self):
        return self.page.evaluate("document.getElementById('page').innerText")

    def test_the_plots_are_drawn_in_light_and_dark_on_laptop_and_phone(self):
        for view in ({}, {"dark": True}, {"width": 390, "height": 844, "phone": True}):
            with self.subTest(view):
                page = self.open("tunnel", **view)
                self.assertEqual(page.evaluate("document.documentElement.dataset.plots"), "3")
                ink = page.evaluate(INK)
                self.assertEqual(len(ink), 3)
                for share, colours in ink:
                    self.assertGreater(share, 0.005)
                    self.assertGreater(colours, 3)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)
                self.assertEqual(page.messages, [])

    def test_it_says_who_where_and_why(self):
        self.open("tunnel")
        text = self.text()
        for part in ("t.exfil.example carries a tunnel", "10.0.0.7", "t.exfil[.]example", "threshold", "Question types", "TXT 400",
                     "+", "What was seen", "Top talkers"):
            self.assertIn(part.lower(), text.lower())

    def test_it_names_the_tool_and_how_often_such_a_score_is_wrong(self):
        subprocess.run([PROGRAM, "dns", EXAMPLES / "mixed_clients.pcap.gz", "--report", self.folder / "mixed.html"], check=True,
                       stdout=subprocess.DEVNULL)
        self.open("mixed")
        for part in ("looks like", "dnscat2, ", "iodine, ", "false alarms expected"):
            self.assertIn(part, self.text().lower())

    def test_names_in_it_cannot_run(self):
        page = self.open("hostile")
        self.assertIn("<script>alert(1)</script>", self.text())
        self.assertEqual(page.dialogs, [])
        self.assertTrue(page.evaluate("document.title.startsWith('DNS report')"))
        self.assertEqual(page.evaluate("document.scripts.length"), 3)
        self.assertEqual(page.evaluate("document.images.length"), 0)
        self.assertEqual(page.messages, [])

    def test_only_its_own_scripts_may_run(self):
        page = self.open("tunnel")
        page.evaluate("window.ran = false; const s = document.createElement('script'); s.textContent = 'window.ran = true';"
                      "document.body.append(s)")
        self.assertFalse(page.evaluate("window.ran"))
        self.assertTrue(any("Content Security Policy" in message for message in page.messages))

    def test_it_asks_nobody(self):
        page = self.open("tunnel")
        self.assertEqual({url.split(":")[0] for url in page.requests}, {"file"})
        self.assertEqual(len(page.requests), 1)

    def test_names_can_be_shown_as_they_are(self):
        page = self.open("tunnel")
        page.evaluate("document.querySelector('.switch input').click()")
        self.assertIn("\u2192\nt.exfil.example", self.text().replace("\u2192 ", "\u2192\n"))
        self.assertNotIn("[.]", self.text())

    def test_it_prints_with_its_plots(self):
        page = self.open("tunnel")
        page.pdf(self.folder / "tunnel.pdf")
        octets = (self.folder / "tunnel.pdf").read_bytes()
        self.assertTrue(octets.startswith(b"%PDF"))
        self.assertGreaterEqual(octets.count(b"/Subtype /Image"), 3)

    def test_a_quiet_capture_and_an_empty_one_have_a_page_too(self):
        self.open("ordinary")
        self.assertIn("No tunnel", self.text())
        self.open("empty")
        self.assertIn("No DNS was seen", self.text())
        self.assertEqual(self.page.messages, [])


if __name__ == "__main__":
    if chromium.find() is None:
        print("no Chromium: skipped")
        sys.exit(4)
    unittest.main(verbosity=1)
