"""pyftdi (an FTDI driver of its own over libusb) against emulated chips.

    pyftdi_test.py PRELOAD            the tests
    pyftdi_test.py PRELOAD --capture  prints what captured_pyftdi.txt should hold"""

import os
import sys

from usb_peer import run_with, version_of
from peer_tools import check, check_equal, run

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURED = os.path.join(HERE, "captured_pyftdi.txt")
MARK = 0x7E
CHANNELS = (("ft232r", 0), ("ft230x", 0), ("ft232h", 0), ("ft2232h", 0), ("ft2232h", 1),
            ("ft4232h", 0), ("ft4232h", 3))
HEADER = """# Vendor requests of pyftdi {version} on each channel, one a line: chip, channel, operation, then
# bmRequestType, bRequest, wValue, wIndex in hexadecimal. Captured on the emulated bus from the
# unmodified program; pyftdi_test.py compares it with the program that is installed.
"""


def python(script, *arguments, chips):
    return run_with(chips, [sys.executable, "-B", os.path.join(HERE, script), *map(str, arguments)])


def capture(chip, channel):
    done = python("pyftdi_operations.py", chip, channel, chips=f"1-1={chip}:P1")
    check_equal(done.code, 0, f"exit code: {done.text}")
    names = done.text.splitlines()
    rows, at = [], 0
    for words in done.log.lines:
        if words[1] != "request":
            continue
        kind, number, value, index = words[2:6]
        if int(number, 16) == MARK:
            at += 1
        elif at < len(names):
            rows.append(f"{chip} {'ABCD'[channel]} {names[at]} : {kind} {number} {value} {index}")
    return rows


def everything():
    version = version_of([sys.executable, "-c", "import pyftdi; print(pyftdi.__version__)"],
                         r"([\d.]+)")
    rows = [row for chip, channel in CHANNELS for row in capture(chip, channel)]
    return HEADER.format(version=version) + "\n".join(rows) + "\n"


def asks_what_was_captured():
    with open(CAPTURED, encoding="ascii") as file:
        kept = file.read()
    fresh = everything()
    check(len(fresh.splitlines()) > 250, "nothing was captured")
    # Another version may ask the same.
    rows = [[line for line in text.splitlines() if not line.startswith("#")]
            for text in (fresh, kept)]
    for seen, wanted in zip(*rows):
        check_equal(seen, wanted, "captured request")
    check_equal(len(rows[0]), len(rows[1]), "number of requests")


def lists_what_is_plugged_in():
    done = python("pyftdi_talk.py", "list", chips="1-1=ft232r:A1 1-2.3=ft4232h:B2")
    check_equal(sorted(done.text.splitlines()),
                ["A1 Emulated FTDI 0403:6001 1", "B2 Emulated FTDI 0403:6011 4"], "list")


def carries_bytes_at_the_rate_that_it_computed():
    for chip, channel, baud, real in (("ft232r", 0, 115200, 115385), ("ft232r", 0, 921600, 923077),
                                      ("ft230x", 0, 2000000, 2000000),
                                      ("ft2232h", 1, 115200, 115246),
                                      ("ft4232h", 3, 3000000, 3000000),
                                      ("ft232h", 0, 12000000, 12000000)):
        done = python("pyftdi_talk.py", "uart", chip, channel, baud, chips=f"1-1={chip}:U1")
        lines = done.text.splitlines()
        what = f"{chip} {channel} at {baud}"
        check_equal(lines[-1:], ["same"], f"{what}: {done.text}")
        check(abs(int(lines[0]) / real - 1) < 0.001, f"{what}: pyftdi says {lines[0]}")
        rates = {rate for rate, _ in done.log.sent("ABCD"[channel])}
        check_equal(rates, {real}, what)


def moves_and_reads_pins():
    for chip, channel in (("ft232r", 0), ("ft2232h", 1), ("ft4232h", 3)):
        done = python("pyftdi_talk.py", "gpio", chip, channel, chips=f"1-1={chip}:G1")
        check_equal(done.text.split(), ["f5", "fa", "f0"], f"pins of {chip} {channel}")
        driven = [levels & directions for levels, directions in done.log.pins("ABCD"[channel])
                  if directions == 0x0f]
        check_equal(driven, [0x00, 0x05, 0x0a, 0x00], f"levels at {chip} {channel}")


def drives_the_engine():
    for chip in ("ft232h", "ft2232h", "ft4232h"):
        done = python("pyftdi_talk.py", "mpsse", chip, chips=f"1-1={chip}:M1")
        check_equal(done.text.splitlines()[:1], ["f5faaa"], f"answer of {chip}: {done.text}")


def uses_cbus_pins():
    for chip in ("ft232r", "ft230x"):
        done = python("pyftdi_talk.py", "cbus", chip, chips=f"1-1={chip}:C1")
        check_equal(done.text.split(), ["c", "c"], f"inputs of {chip}: {done.text}")


if sys.argv[2:] == ["--capture"]:
    sys.stdout.write(everything())
else:
    run([asks_what_was_captured, lists_what_is_plugged_in,
        carries_bytes_at_the_rate_that_it_computed, moves_and_reads_pins, drives_the_engine,
        uses_cbus_pins])
