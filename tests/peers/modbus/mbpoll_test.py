"""mbpoll (libmodbus) against the twin's instruments."""

import re
import subprocess

from modbus_peer import CURRENT, FREQUENCY, POWER, VOLTAGE, instruments, near
from peer_tools import LIMIT, check, check_equal, run


def rtu(server, unit):
    return (["mbpoll", "-m", "rtu", "-b", "9600", "-P", "none", "-a", str(unit), "-0", "-q",
             "-o", "2"], [server.pty])


def tcp(port, unit):
    return (["mbpoll", "-m", "tcp", "-p", str(port), "-a", str(unit), "-0", "-q", "-o", "2"],
            ["127.0.0.1"])


def mbpoll(how, *options, write=(), succeeds=True):
    """Runs it once; what it read, by reference number."""
    command, target = how
    once = [] if write else ["-1"]
    done = subprocess.run([*command, *once, *options, *target, *map(str, write)], timeout=LIMIT,
                          capture_output=True, text=True, check=False)
    check_equal(done.returncode == 0, succeeds, f"success of {done.args}: {done.stderr}")
    if not succeeds:
        return done.stderr
    rows = re.findall(r"^\[(\d+)\]:\s+(\S+)", done.stdout, re.MULTILINE)
    return {int(reference): float(value) for reference, value in rows}


def both_transports(server, unit):
    return rtu(server, unit), tcp(server.tcp, unit)


def meters_are_read_as_floats():
    with instruments() as server:
        for how in both_transports(server, 1):
            seen = mbpoll(how, "-t", "3:float", "-B", "-r", "0", "-c", "7")
            near(seen[0], VOLTAGE, 0.05, "U of the SDM230")
            near(seen[6], CURRENT, 0.005, "I of the SDM230")
            near(seen[12], POWER, 0.05, "P of the SDM230")
        seen = mbpoll(tcp(server.wattmeter, 1), "-t", "3:float", "-B", "-r", "2000", "-c", "8")
        near(seen[2000], VOLTAGE, 0.01, "U of the WT310E")
        near(seen[2002], CURRENT, 0.001, "I of the WT310E")
        near(seen[2004], POWER, 0.1, "P of the WT310E")
        near(seen[2014], FREQUENCY, 0.01, "f of the WT310E")


def integers_have_the_low_word_first():
    with instruments() as server:
        for how in both_transports(server, 3):
            check_equal(mbpoll(how, "-t", "3", "-r", "0", "-c", "1"), {0: 2302}, "0.1 V")
            check_equal(mbpoll(how, "-t", "3:int", "-r", "1", "-c", "2"), {1: 4350, 3: 10013},
                        "mA and 0.1 W")


def relays_are_switched_and_read_back():
    with instruments() as server:
        for how in both_transports(server, 2):
            mbpoll(how, "-t", "0", "-r", "3", write=[1])
            server.expect_relays("waveshare", (4, True))
            seen = mbpoll(how, "-t", "0", "-r", "0", "-c", "8")
            check_equal([n for n, on in seen.items() if on], [3], "coils")
            mbpoll(how, "-t", "0", "-r", "0", write=[1, 0, 1, 0, 0, 0, 0, 0])
            server.expect_relays("waveshare", (1, True), (3, True), (4, False))
            mbpoll(how, "-t", "0", "-r", "0", write=[0, 0, 0, 0, 0, 0, 0, 0])
            server.expect_relays("waveshare", (1, False), (3, False))
            inputs = mbpoll(how, "-t", "1", "-r", "0", "-c", "8")
            check_equal([n for n, on in inputs.items() if on], [1], "inputs")


def the_register_board_takes_command_words():
    with instruments() as server:
        for how in both_transports(server, 4):
            mbpoll(how, "-t", "4", "-r", "1", write=[0x0100])
            server.expect_relays("r4d8", (1, True))
            check_equal(mbpoll(how, "-t", "4", "-r", "1", "-c", "2"), {1: 1, 2: 0}, "states")
            mbpoll(how, "-t", "4", "-r", "2", write=[0x0601])  # on, off after 1 s
            server.expect_relays("r4d8", (2, True), (2, False))
            mbpoll(how, "-t", "4", "-r", "0", write=[0x0800])
            server.expect_relays("r4d8", (1, False))


def refusals_are_understood():
    with instruments() as server:
        for how in both_transports(server, 1):
            text = mbpoll(how, "-t", "3", "-r", "1000", "-c", "2", succeeds=False)
            check("llegal data address" in text, repr(text))
            text = mbpoll(how, "-t", "0", "-r", "0", "-c", "2", succeeds=False)
            check("llegal function" in text, repr(text))
        text = mbpoll(rtu(server, 9), "-t", "3", "-r", "0", "-c", "2", succeeds=False)
        check("timed out" in text, repr(text))


run([meters_are_read_as_floats, integers_have_the_low_word_first,
     relays_are_switched_and_read_back, the_register_board_takes_command_words,
     refusals_are_understood])
