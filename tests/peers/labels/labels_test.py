"""Programs that others wrote read our labels: zbarimg the QR code, pdftoppm and pdftotext the PDF.

There is no free program that draws ZPL. Its commands are read by the small parser below, which
checks structure, bounds and escaping, and knows nothing of how a printer draws: that a label of a
real printer looks right is shown by nothing here.
"""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PRINT_LABEL = sys.argv.pop(1)
SIZES = ["50x25", "50 mm x 25 mm, 300 dpi", "100 mm x 50 mm, 300 dpi", "25 mm x 15 mm, 203 dpi",
         "30 mm x 60 mm, 203 dpi"]
CERTIFICATE = "20261126-014212-0007-F1-12"
SERIAL = "EP2-0000018"
# What a printer's language gives a meaning to, and letters that ASCII does not have.
NASTY = "Ster^FSn~JA_5E Prüfling 漢"


def label(form, size, serial=SERIAL, product="Gosund EP2", *more):
    return subprocess.run([PRINT_LABEL, form, size, CERTIFICATE, serial, product, *more],
                          check=True, capture_output=True).stdout


def qr_texts(png):
    found = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", png],
                           check=True, capture_output=True, text=True)
    return found.stdout.splitlines()


class Zpl:
    """Fields of a label: position, font or code, data with ^FH taken back."""

    def __init__(self, text):
        self.commands = re.findall(r"([\^~])([A-Z][A-Z0-9@])([^\^~]*)", text.replace("\n", ""))
        self.fields, self.settings, state = [], {}, {}
        for prefix, name, data in self.commands:
            assert prefix == "^", f"a control command in a label: ~{name}"
            if name in ("FO", "BQ", "A0"):
                state[name] = data
            elif name == "FH":
                state["hex"] = data
            elif name == "FD":
                state["data"] = self.unescaped(data, state.get("hex"))
            elif name == "FS":
                self.fields.append(state)
                state = {}
            else:
                self.settings[name] = data
        assert state == {}, "a field without end"

    @staticmethod
    def unescaped(data, mark):
        if mark is None:
            return data
        raw = re.sub(re.escape(mark) + "([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), data)
        return raw.encode("latin-1").decode("utf-8")


class Labels(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return str(Path(self.folder.name) / name)

    def test_the_code_of_the_picture_is_the_certificate(self):
        for size in SIZES:
            with self.subTest(size=size):
                Path(self.path("label.png")).write_bytes(label("png", size))
                self.assertEqual(qr_texts(self.path("label.png")), [CERTIFICATE])

    def test_the_code_of_the_page_is_the_certificate(self):
        for size in SIZES:
            with self.subTest(size=size):
                Path(self.path("label.pdf")).write_bytes(label("pdf", size))
                subprocess.run(["pdftoppm", "-r", "300", "-png", "-singlefile",
                                self.path("label.pdf"), self.path("page")], check=True)
                self.assertEqual(qr_texts(self.path("page.png")), [CERTIFICATE])

    def test_the_page_has_the_size_and_the_words_of_the_label(self):
        Path(self.path("label.pdf")).write_bytes(
            label("pdf", "50x25", SERIAL, "Gosund EP2", "simulated"))
        info = subprocess.run(["pdfinfo", self.path("label.pdf")], check=True,
                              capture_output=True, text=True).stdout
        width, height = map(float, re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", info).groups())
        self.assertAlmostEqual(width * 25.4 / 72, 50, delta=0.1)
        self.assertAlmostEqual(height * 25.4 / 72, 25, delta=0.1)
        words = subprocess.run(["pdftotext", "-layout", self.path("label.pdf"), "-"], check=True,
                               capture_output=True, text=True).stdout
        for text in ("SIMULATED", "Gosund EP2", SERIAL, "A4:CF:12:00:00:01", "2026-11-26",
                     CERTIFICATE):
            self.assertIn(text, words)

    def test_zpl_says_the_same(self):
        for size in SIZES:
            with self.subTest(size=size):
                text = label("zpl", size).decode("ascii")
                self.assertTrue(text.startswith("^XA") and text.rstrip().endswith("^XZ"))
                zpl = Zpl(text)
                self.assertEqual(zpl.settings["CI"] if "CI" in zpl.settings else "28", "28")
                codes = [f for f in zpl.fields if "BQ" in f]
                self.assertEqual([f["data"] for f in codes],
                                 [f"MM,B{len(CERTIFICATE):04}{CERTIFICATE}"])
                words = [f["data"] for f in zpl.fields if "A0" in f]
                self.assertIn(SERIAL, words)
                self.assertIn("MAC A4:CF:12:00:00:01", words)
                width, height = int(zpl.settings["PW"]), int(zpl.settings["LL"])
                for field in zpl.fields:
                    x, y = map(int, field["FO"].split(","))
                    self.assertTrue(0 <= x < width and 0 <= y < height, field)

    def test_no_text_becomes_a_command_of_the_printer(self):
        zpl = Zpl(label("zpl", "50x25", NASTY, NASTY).decode("ascii"))
        words = [f["data"] for f in zpl.fields if "A0" in f]
        self.assertEqual(words.count(NASTY), 2)
        self.assertEqual({name for _, name, _ in zpl.commands},
                         {"XA", "CI", "PW", "LL", "LH", "FO", "BQ", "A0", "FH", "FD", "FS", "PQ",
                          "XZ"})


if __name__ == "__main__":
    unittest.main()
