"""What the tests with other people's programs share: processes with an end, ptys, probes."""

import contextlib
import fcntl
import hashlib
import os
import select
import socket
import struct
import subprocess
import time
import tty

LIMIT = 60.0  # seconds; a generous end for waits that should take milliseconds


class Failure(Exception):
    """What the test found wrong."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def check_equal(seen, wanted, what):
    check(seen == wanted, f"{what}: {seen!r}, wanted {wanted!r}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(*command, **options):
    """A process that is ended, by its number, when the block is left."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Probe:
    """Our client (client_probe), told what to do line by line."""

    def __init__(self, process):
        self.process = process

    def tell(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()

    def answer(self):
        ready, _, _ = select.select([self.process.stdout], [], [], LIMIT)
        check(ready, "the client does not answer")
        return self.process.stdout.readline().strip()

    def ask(self, order):
        self.tell(order)
        return self.answer()

    def expect(self, order, wanted="ok"):
        check_equal(self.ask(order), wanted, order)


@contextlib.contextmanager
def probe(path):
    pipe = subprocess.PIPE
    with running(path, stdin=pipe, stdout=pipe, text=True) as process:
        yield Probe(process)
        process.stdin.close()
        check_equal(process.wait(LIMIT), 0, "exit code of the client")


def wait_until_listening(port, process):
    """Returns when somebody accepts connections on the port."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        check(process.poll() is None, "the server ended by itself")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            select.select([], [], [], 0.01)
    raise Failure("the server does not listen")


class Pty:
    """The wire end of a pseudo terminal; a server opens the other end by its name."""

    TCGETS2 = 0x802C542A

    def __init__(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.name = os.ttyname(self.slave)

    def close(self):
        os.close(self.master)
        os.close(self.slave)

    def rate(self):
        """The output rate in force, any number of bit/s."""
        settings = fcntl.ioctl(self.slave, self.TCGETS2, bytes(44))
        return struct.unpack("4IB19B2I", settings)[-1]

    def receive(self, count):
        got = bytearray()
        while len(got) < count:
            ready, _, _ = select.select([self.master], [], [], LIMIT)
            check(ready, f"only {len(got)} of {count} bytes came")
            got += os.read(self.master, count - len(got))
        return bytes(got)

    def send(self, data):
        while data:
            _, ready, _ = select.select([], [self.master], [], LIMIT)
            check(ready, f"{len(data)} bytes were not taken")
            data = data[os.write(self.master, data):]

    def echo(self, count):
        """Sends back `count` bytes as they come."""
        waiting = b""
        received = sent = 0
        while sent < count:
            wanted = [self.master] if received < count and len(waiting) < 65536 else []
            readable, writable, _ = select.select(
                wanted, [self.master] if waiting else [], [], LIMIT)
            check(readable or writable, f"only {received} of {count} bytes came, {sent} went back")
            if readable:
                part = os.read(self.master, 4096)
                received += len(part)
                waiting += part
            if writable:
                count_now = os.write(self.master, waiting[:4096])
                sent += count_now
                waiting = waiting[count_now:]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def run(tests):
    """Runs the functions one after the other and ends the process with what came out."""
    failed = 0
    for test in tests:
        start = time.monotonic()
        try:
            test()
            result = "ok"
        except Failure as failure:
            result = f"FAILED: {failure}"
            failed += 1
        print(f"{test.__name__}: {result} ({time.monotonic() - start:.2f} s)", flush=True)
    raise SystemExit(1 if failed else 0)
