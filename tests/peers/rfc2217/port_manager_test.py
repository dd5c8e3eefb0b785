"""Our RFC 2217 client against python3-serial's PortManager around a port that writes down what is
done to it."""

import contextlib
import queue
import random
import select
import socket
import sys
import threading

import serial
from serial.rfc2217 import PortManager

from peer_tools import LIMIT, check, check_equal, digest, probe, run

CLIENT = sys.argv[1]


class RecordingPort:
    """Stands for a serial port; each change goes to the record as (packet, what, value)."""

    def __init__(self, record):
        self.__dict__["record"] = record
        self.__dict__["packet"] = 0
        self.__dict__["values"] = {
            "baudrate": 9600, "bytesize": 7, "parity": serial.PARITY_EVEN,
            "stopbits": serial.STOPBITS_TWO, "xonxoff": False, "rtscts": True,
            "dtr": True, "rts": True, "break_condition": False,
            "cts": False, "dsr": False, "ri": False, "cd": False}

    def __getattr__(self, name):
        if name not in self.values:
            raise AttributeError(name)
        return self.values[name]

    def __setattr__(self, name, value):
        if name == "packet":
            self.__dict__["packet"] = value
            return
        if name == "baudrate" and value == 12345:
            raise ValueError("a rate that this port cannot make")
        self.values[name] = value
        self.record.put((self.packet, name, value))

    def reset_input_buffer(self):
        self.record.put((self.packet, "purge", None))

    def reset_output_buffer(self):
        self.record.put((self.packet, "purge output", None))


class Server:
    """A server of connections, one after the other, in a thread."""

    def __init__(self, echo=False):
        self.record = queue.Queue()
        self.data = bytearray()
        self.port = RecordingPort(self.record)
        self.echo = echo
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.wake, self.stop_end = socket.socketpair()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self):
        while self.readable(self.listener):
            connection, _ = self.listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.serve_one(connection)

    def readable(self, connection):
        ready, _, _ = select.select([connection, self.stop_end], [], [])
        return self.stop_end not in ready

    def serve_one(self, connection):
        class Writer:
            write = staticmethod(connection.sendall)

        manager = PortManager(self.port, Writer)
        while self.readable(connection):
            packet = connection.recv(65536)
            if not packet:
                self.record.put((self.port.packet, "closed", None))
                return
            self.port.packet += 1
            line_bytes = b"".join(manager.filter(packet))
            if line_bytes:
                self.data += line_bytes
                self.record.put((self.port.packet, "data", line_bytes))
            if line_bytes and self.echo:
                connection.sendall(b"".join(manager.escape(line_bytes)))

    def next(self):
        try:
            return self.record.get(timeout=LIMIT)
        except queue.Empty:
            return (0, "nothing", None)

    def until(self, what):
        """The record up to the first entry named `what`."""
        seen = []
        while not seen or seen[-1][1] != what:
            seen.append(self.next())
            check(seen[-1][1] != "nothing", f"no {what!r} after {seen[:-1]}")
        return seen

    def close(self):
        self.wake.send(b"x")
        self.thread.join()
        for end in (self.wake, self.stop_end, self.listener):
            end.close()


@contextlib.contextmanager
def served(**options):
    server = Server(**options)
    try:
        with probe(CLIENT) as client:
            yield server, client
    finally:
        server.close()


def changes(entries):
    return [(what, value) for _, what, value in entries]


def opening_releases_the_lines_before_the_rate():
    with served() as (server, client):
        client.expect(f"open {server.address} 115200")
        seen = server.until("purge")
        check_equal(changes(seen),
                    [("dtr", False), ("rts", False), ("xonxoff", False), ("rtscts", False),
                     ("bytesize", 8), ("parity", serial.PARITY_NONE),
                     ("stopbits", serial.STOPBITS_ONE), ("baudrate", 115200), ("purge", None)],
                    "what was done to the port")
        check_equal(seen[0][0], seen[1][0], "packet of DTR and of RTS")
        client.expect("offers dtr", "ok yes")
        client.expect("offers rts", "ok yes")


def reset_sequence_arrives_in_order_and_together():
    with served() as (server, client):
        client.expect(f"open {server.address} 115200")
        server.until("purge")
        orders = [((False, True), "lines dtr=0 rts=1"), ((True, False), "lines dtr=1 rts=0"),
                  ((True, True), "lines dtr=1 rts=1"), ((False, False), "lines dtr=0 rts=0")]
        for (dtr, rts), order in orders:
            client.expect(order)
            first, second = server.next(), server.next()
            check_equal(changes([first, second]), [("dtr", dtr), ("rts", rts)], order)
            check_equal(first[0], second[0], f"packets of: {order}")
        client.expect("lines rts=1")
        check_equal(server.next()[1:], ("rts", True), "one line alone")
        client.expect("lines dtr=1")
        check_equal(server.next()[1:], ("dtr", True), "one line alone")


def closing_releases_the_lines():
    with served() as (server, client):
        client.expect(f"open {server.address} 115200")
        client.expect("lines dtr=1 rts=1")
        server.until("rts")
        server.until("rts")
        client.expect("close")
        check_equal(changes(server.until("closed")),
                    [("dtr", False), ("rts", False), ("closed", None)], "closing")


def rates_of_any_kind():
    with served() as (server, client):
        client.expect(f"open {server.address} 115200")
        server.until("purge")
        for rate in (74880, 921600, 4278190335):  # the last one has bytes that need an escape
            client.expect(f"baud {rate}")
            check_equal(server.until("baudrate")[-1][2], rate, "rate")
        client.expect("baud 12345", "fault serial.baud host")
        client.expect("baud 9600")


def bytes_come_before_the_rate_change_that_follows_them():
    with served() as (server, client):
        client.expect(f"open {server.address} 1000000")
        server.until("baudrate")
        answer = client.ask("send 20000 5")
        client.expect("baud 2000000")
        seen = server.until("baudrate")
        data = b"".join(value for _, what, value in seen if what == "data")
        check_equal("ok " + digest(data), answer, "bytes before the change")


def every_byte_value_both_ways():
    with served(echo=True) as (server, client):
        client.expect(f"open {server.address} 4000000")
        client.expect("exchange 200000 9", "ok same")
        client.expect("send 0 0", "ok " + digest(b""))
        check_equal(len(server.data), 200000, "bytes")


def a_second_connection_finds_the_port_again():
    with served(echo=True) as (server, client):
        for seed in range(3):
            client.expect(f"open {server.address} 4000000")
            client.expect(f"exchange {random.Random(seed).randrange(1, 5000)} {seed}", "ok same")
            client.expect("close")


run([opening_releases_the_lines_before_the_rate, reset_sequence_arrives_in_order_and_together,
     closing_releases_the_lines, rates_of_any_kind,
     bytes_come_before_the_rate_change_that_follows_them, every_byte_value_both_ways,
     a_second_connection_finds_the_port_again])
