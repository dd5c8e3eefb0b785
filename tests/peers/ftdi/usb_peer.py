"""Foreign programs with emulated FTDI adapters under them, and what was asked of those."""

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rfc2217"))

from peer_tools import LIMIT, check  # noqa: E402

PRELOAD = sys.argv[1]

# What the chip calls its requests.
RESET, MODEM, FLOW, RATE, FORMAT, EVENT, LATENCY, BIT_MODE, PINS = 0, 1, 2, 3, 4, 6, 9, 0x0B, 0x0C
EEPROM_READ, EEPROM_WRITE = 0x90, 0x91


class Log:
    """Events of the preload library: words, in the order in which they happened."""

    def __init__(self, lines):
        self.lines = lines

    def in_mode(self, mode):
        """What happened in this bit mode (0B, wValue) when it lasted longest."""
        is_mode = [words[1] == "request" and int(words[3], 16) == BIT_MODE for words in self.lines]
        starts = [at for at, words in enumerate(self.lines)
                  if is_mode[at] and int(words[4], 16) == mode]
        check(starts, f"bit mode {mode:04x} was never set")
        ends = [at for at, mode_here in enumerate(is_mode) if mode_here] + [len(self.lines)]
        spans = [self.lines[start:min(end for end in ends if end > start)] for start in starts]
        return Log(max(spans, key=len))

    def requests(self, *numbers):
        """(bRequest, wValue, wIndex) of the requests with these numbers, or of all."""
        seen = [(int(words[3], 16), int(words[4], 16), int(words[5], 16))
                for words in self.lines if words[1] == "request"]
        return [each for each in seen if not numbers or each[0] in numbers]

    def pins(self, channel):
        """(levels, directions) at a channel's pins, one entry a change."""
        return [(int(words[3], 16), int(words[4], 16))
                for words in self.lines if words[1:3] == [channel, "pins"]]

    def sent(self, channel):
        """(bit/s, bytes) that left TXD."""
        return [(int(words[3]), bytes.fromhex(words[4]))
                for words in self.lines if words[1:3] == [channel, "bytes"]]


class Done:
    def __init__(self, process, log):
        self.code = process.returncode
        self.text = process.stdout + process.stderr
        self.log = log


def run_with(chips, command, **options):
    """Runs a program with these adapters plugged in; its output and what happened at the chips."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        environment = dict(os.environ, LD_PRELOAD=PRELOAD, PLUGRIG_USB=chips, PLUGRIG_USB_LOG=path)
        process = subprocess.run(command, env=environment, timeout=LIMIT, capture_output=True,
                                 text=True, check=False, **options)
        text = ""
        if os.path.exists(path):
            with open(path, encoding="ascii") as file:
                text = file.read()
    return Done(process, Log([line.split() for line in text.splitlines()]))


def version_of(command, pattern):
    """What the program says of its version."""
    process = subprocess.run(command, timeout=LIMIT, capture_output=True, text=True, check=False)
    found = re.search(pattern, process.stdout + process.stderr)
    check(found, f"{command[0]} does not tell its version")
    return found.group(1)


def check_in_order(wanted, seen, what):
    """All of `wanted` are in `seen`, in this order, with anything between them."""
    rest = iter(seen)
    for each in wanted:
        check(any(each == other for other in rest), f"{what}: {each} is missing in {seen}")
