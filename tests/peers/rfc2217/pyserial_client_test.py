"""The client of python3-serial (rfc2217://) against the twin's server."""

import contextlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

import serial

from peer_tools import LIMIT, check, check_equal, run, running

SERVER = sys.argv[1]

SYNC = bytes([0x07, 0x07, 0x12, 0x20]) + b"\x55" * 32
END = b"\xc0"


class Twin:
    """A running twin_server."""

    def __init__(self, process):
        self.process = process
        self.port = int(self.word("port"))
        self.mac = self.word("mac")

    def word(self, name):
        line = self.process.stdout.readline().strip()
        check(line.startswith(name), f"the server said {line!r}, not {name}")
        return line[len(name) + 1:]

    def open(self):
        return serial.serial_for_url(f"rfc2217://127.0.0.1:{self.port}?timeout=30",
                                     baudrate=115200, timeout=LIMIT)

    def end(self):
        self.process.stdin.close()
        self.factor = float(self.word("factor"))
        check_equal(self.word("fault"), "", "fault of the chip")
        self.word("instructions")
        check_equal(self.process.wait(LIMIT), 0, "exit code of the server")


@contextlib.contextmanager
def twin(*arguments):
    pipe = subprocess.PIPE
    with running(SERVER, *arguments, stdin=pipe, stdout=pipe, text=True) as process:
        server = Twin(process)
        yield server
        server.end()


def read_until(port, wanted):
    seen = b""
    end = time.monotonic() + LIMIT
    while wanted not in seen:
        check(time.monotonic() < end, f"no {wanted!r} in {seen!r}")
        seen += port.read(1)
    return seen


def wait(seconds):
    """Holds a line for a while: part of a reset sequence, not a wait for something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(max(0.0, end - time.monotonic()))


def reset(port, into_loader):
    """For bare wires: DTR holds the strap, RTS the reset. This client waits 50 ms and more for each
    line's answer, too long for a circuit in which the two lines lock each other."""
    port.dtr = into_loader
    port.rts = True
    wait(0.05)
    port.rts = False
    wait(0.05)
    port.dtr = False


def request(op, data, checksum=0):
    plain = struct.pack("<BBHI", 0, op, len(data), checksum) + data
    return END + plain.replace(b"\xdb", b"\xdb\xdd").replace(END, b"\xdb\xdc") + END


def answer(port):
    while True:
        frame = read_until(port, END)[:-1]
        if frame:
            return frame.replace(b"\xdb\xdc", END).replace(b"\xdb\xdd", b"\xdb")


def boot_text_after_a_reset():
    with twin("--circuit", "direct") as server, server.open() as port:
        port.baudrate = 74880
        port.reset_input_buffer()
        reset(port, into_loader=False)
        text = read_until(port, b"~ld")
        check(b"rst cause:2, boot mode:(3," in text, f"boot text {text!r}")
        port.baudrate = 115200
        read_until(port, b"Tasmota")


def loader_answers_a_sync_frame():
    with twin("--circuit", "direct") as server, server.open() as port:
        port.baudrate = 74880
        reset(port, into_loader=True)
        text = read_until(port, b")\r\n")
        check(b"boot mode:(1," in text, f"boot text {text!r}")
        port.baudrate = 115200
        port.reset_input_buffer()
        port.timeout = 0.5
        for _ in range(20):  # the first frame trains the loader's rate and is lost
            port.write(request(0x08, SYNC))
            if port.read(1) == END:
                break
        port.timeout = LIMIT
        check_equal(answer(port)[:8].hex(), "0108020007071220", "answer to SYNC")
        port.write(request(0x0A, struct.pack("<I", 0x40001000)))
        while True:
            frame = answer(port)
            if frame[1] == 0x0A:
                break
        check_equal(frame.hex(), "010a020001c1f0ff0000", "answer to READ_REG")


def lines_can_be_read_back_and_rates_are_any():
    with twin() as server, server.open() as port:
        for rate in (300, 74880, 1234567, 4000000):
            port.baudrate = rate
        check_equal((port.cts, port.dsr, port.ri, port.cd), (False,) * 4, "modem lines")


def a_second_client_is_turned_away_and_may_come_later():
    with twin() as server:
        with server.open():
            with socket.create_connection(("127.0.0.1", server.port), LIMIT) as second:
                text = second.makefile("rb").read()
                check(text.startswith(b"This port is in use"), repr(text))
        with server.open() as port:
            port.baudrate = 9600


def flash_is_what_was_loaded():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "flash")
        with twin("--dump", path, "--image", "none") as server:
            check(server.mac.count(":") == 5, server.mac)
        check_equal(os.path.getsize(path), 1 << 20, "size of the flash")


run([boot_text_after_a_reset, loader_answers_a_sync_frame,
     lines_can_be_read_back_and_rates_are_any, a_second_client_is_turned_away_and_may_come_later,
     flash_is_what_was_loaded])
