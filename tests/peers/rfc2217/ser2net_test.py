"""Our RFC 2217 client against ser2net in front of a pty."""

import contextlib
import os
import random
import sys
import tempfile

from peer_tools import Pty, check_equal, digest, free_port, probe, run, running
from peer_tools import wait_until_listening

CLIENT = sys.argv[1]
MIB = 1 << 20

CONFIG = """\
connection: &con
  accepter: {accepter},tcp,127.0.0.1,{port}
  connector: serialdev,{device},9600n81,local
"""


@contextlib.contextmanager
def ser2net(pty, accepter="telnet(rfc2217)"):
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "ser2net.yaml")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(accepter=accepter, port=port, device=pty.name))
        # -n: stay in the foreground, so that its number is the one that is ended; -u: no lock files.
        with running("ser2net", "-n", "-u", "-c", config) as server:
            wait_until_listening(port, server)
            yield f"127.0.0.1:{port}"


def with_client(test, **options):
    pty = Pty()
    try:
        with ser2net(pty, **options) as address, probe(CLIENT) as client:
            test(pty, address, client)
    finally:
        pty.close()


def rates_are_negotiated():
    def test(pty, address, client):
        client.expect(f"open {address} 115200")
        check_equal(pty.rate(), 115200, "rate after open")
        for rate in (9600, 921600, 74880, 460800):
            client.expect(f"baud {rate}")
            check_equal(pty.rate(), rate, "rate of the pty")
    with_client(test)


def a_mebibyte_each_way():
    def test(pty, address, client):
        client.expect(f"open {address} 4000000")
        client.tell(f"send {MIB} 1")
        sent = pty.receive(MIB)
        check_equal(client.answer(), "ok " + digest(sent), "bytes from the client")
        data = random.Random(2).randbytes(MIB)
        client.tell(f"receive {MIB}")
        pty.send(data)
        check_equal(client.answer(), "ok " + digest(data), "bytes to the client")
    with_client(test)


def both_ways_at_once():
    def test(pty, address, client):
        client.expect(f"open {address} 4000000")
        client.tell(f"exchange {MIB} 3")
        pty.echo(MIB)
        check_equal(client.answer(), "ok same", "echo")
    with_client(test)


def no_byte_is_lost_around_rate_changes():
    def test(pty, address, client):
        client.expect(f"open {address} 115200")
        sent = bytearray()
        for number, rate in enumerate((230400, 460800, 921600, 1000000, 115200)):
            answer = client.ask(f"send 3000 {number}")
            client.expect(f"baud {rate}")
            check_equal(pty.rate(), rate, "rate of the pty")
            part = pty.receive(3000)
            check_equal("ok " + digest(part), answer, f"bytes before {rate} bit/s")
            sent += part
            pty.send(part)
        client.expect(f"receive {len(sent)}", "ok " + digest(bytes(sent)))
    with_client(test)


def a_pty_has_no_lines():
    def test(_pty, address, client):
        client.expect(f"open {address} 115200")
        client.expect("offers dtr", "ok no")
        client.expect("lines dtr=1 rts=1", "fault lines.missing fixture")
    with_client(test)


def a_raw_port_is_no_serial_server():
    def test(_pty, address, client):
        client.expect(f"open {address} 115200", "fault rfc2217.not_supported host")
    with_client(test, accepter="telnet")


def a_port_in_use_is_busy():
    def test(_pty, address, client):
        client.expect(f"open {address} 115200")
        with probe(CLIENT) as second:
            second.expect(f"open {address} 115200", "fault rfc2217.busy host")
        client.expect("baud 9600")
        client.expect("close")
        client.expect(f"open {address} 115200")
    with_client(test)


run([rates_are_negotiated, a_mebibyte_each_way, both_ways_at_once,
     no_byte_is_lost_around_rate_changes, a_pty_has_no_lines, a_raw_port_is_no_serial_server,
     a_port_in_use_is_busy])
