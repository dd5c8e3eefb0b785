"""A running serve_instruments, and what both masters' tests know of it."""

import contextlib
import os
import select
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rfc2217"))

from peer_tools import LIMIT, check, check_equal, running  # noqa: E402

SERVER = sys.argv[1]

VOLTAGE, CURRENT, POWER, FREQUENCY = 230.2, 4.35, 1001.3, 50.01


class Instruments:
    def __init__(self, process):
        self.process = process
        self.tcp = int(self.word("tcp"))
        self.wattmeter = int(self.word("wattmeter"))
        self.pty = self.word("pty")

    def line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], LIMIT)
        check(ready, "the server says nothing")
        return self.process.stdout.readline().decode().strip()

    def word(self, name):
        line = self.line()
        check(line.startswith(name + " "), f"the server said {line!r}, not {name}")
        return line[len(name) + 1:]

    def expect_relays(self, board, *changes):
        """The contacts that change next: (2, True) = relay 2 closes."""
        for number, on in changes:
            check_equal(self.line(), f"relay {board} {number} {'on' if on else 'off'}", "contact")

    def end(self):
        self.process.stdin.close()
        check_equal(self.process.wait(LIMIT), 0, "exit code of the server")


@contextlib.contextmanager
def instruments():
    pipe = subprocess.PIPE
    with tempfile.TemporaryDirectory() as folder:
        # Unbuffered, so that what has been said is what select sees.
        with running(SERVER, os.path.join(folder, "bus"), stdin=pipe, stdout=pipe,
                     bufsize=0) as process:
            server = Instruments(process)
            yield server
            server.end()


def near(seen, wanted, step, what):
    check(abs(seen - wanted) <= step, f"{what}: {seen}, wanted {wanted}")
