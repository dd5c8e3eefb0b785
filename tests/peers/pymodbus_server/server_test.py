"""The rig's Modbus drivers read meters and switch relays of a pymodbus server, over a pty pair and
over TCP. Usage: server_test.py MODBUS_PROBE INSTRUMENTS_FOLDER"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PROBE, INSTRUMENTS = sys.argv[1:3]
SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "server.py")


def wait_until(what, condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(what + " did not come up")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    except OSError:
        return False


class Drivers:
    """What is tested on either line; `line` are the probe's words for it."""

    def probe(self, unit, profile):
        done = subprocess.run(
            [PROBE, *self.line, str(unit), os.path.join(INSTRUMENTS, profile + ".yaml")],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stderr, "")
        return dict(line.split() for line in done.stdout.splitlines())

    def test_float_meter(self):
        seen = self.probe(1, "eastron-sdm120")
        self.assertAlmostEqual(float(seen["voltage_V"]), 230.2, places=2)
        self.assertAlmostEqual(float(seen["current_A"]), 4.35, places=4)
        self.assertAlmostEqual(float(seen["power_W"]), 1001.3, places=1)

    def test_integer_meter_with_low_word_first(self):
        seen = self.probe(2, "pzem-016")
        self.assertAlmostEqual(float(seen["voltage_V"]), 230.5, places=3)
        self.assertAlmostEqual(float(seen["current_A"]), 70.0, places=3)
        self.assertAlmostEqual(float(seen["power_W"]), 13132.9, places=1)
        self.assertAlmostEqual(float(seen["frequency_Hz"]), 50.1, places=3)

    def test_wrong_profile_is_told_by_the_map(self):
        self.assertIn(self.probe(2, "eastron-sdm120")["fault"],
                      ("meter.exception", "meter.map", "meter.implausible"))

    def test_relays(self):
        seen = self.probe(3, "lc-tech-relay-8")
        self.assertEqual(seen, {"on": "10100000", "one_off": "00100000", "all_off": "00000000"})

    def test_relays_one_by_one_and_inputs(self):
        seen = self.probe(3, "kmtronic-relay-8")
        self.assertEqual(seen["all_off"], "00000000")

    def test_address_that_is_not_there(self):
        self.assertEqual(self.probe(3, "yokogawa-wt310e")["fault"], "meter.exception")


class Rtu(Drivers, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        ours, theirs = (os.path.join(cls.folder.name, end) for end in "AB")
        cls.cable = subprocess.Popen(
            ["socat", f"pty,raw,echo=0,link={ours}", f"pty,raw,echo=0,link={theirs}"])
        wait_until("the cable", lambda: os.path.exists(ours) and os.path.exists(theirs))
        cls.server = subprocess.Popen([sys.executable, "-B", SERVER, "rtu", theirs],
                                      stdout=subprocess.PIPE, text=True)
        cls.server.stdout.readline()
        time.sleep(1)  # it says that it starts, not that it has
        cls.line = ["rtu", ours, "9600"]

    @classmethod
    def tearDownClass(cls):
        for process in (cls.server, cls.cable):
            process.terminate()
            process.wait(10)
        cls.server.stdout.close()
        cls.folder.cleanup()

    def test_unit_that_is_not_there(self):
        self.assertEqual(self.probe(77, "eastron-sdm120")["fault"], "meter.timeout")


class Tcp(Drivers, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        port = free_port()
        cls.server = subprocess.Popen([sys.executable, "-B", SERVER, "tcp", str(port)],
                                      stdout=subprocess.DEVNULL)
        wait_until("the server", lambda: answers(port))
        cls.line = ["tcp", "localhost", str(port)]

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        cls.server.wait(10)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
