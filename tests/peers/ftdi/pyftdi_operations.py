"""Runs inside a foreign process: pyftdi does one operation after the other on one channel.

    pyftdi_operations.py CHIP CHANNEL

Before each, a request that no chip knows marks the place in the log; the names are printed."""

import sys

from pyftdi.ftdi import Ftdi
from pyftdi.usbtools import UsbToolsError

PRODUCTS = {"ft232r": 0x6001, "ft230x": 0x6015, "ft232h": 0x6014, "ft2232h": 0x6010,
            "ft4232h": 0x6011}
HIGH_SPEED = ("ft232h", "ft2232h", "ft4232h")
CBUS = ("ft232r", "ft230x", "ft232h")
MARK = 0x7E

RATES = (300, 1200, 9600, 74880, 115200, 230400, 256000, 460800, 921600, 1500000, 2000000, 3000000)


def operations(port, chip, channel):
    yield "reset", port.reset
    for rate in RATES + ((4000000, 12000000) if chip in HIGH_SPEED else ()):
        yield f"rate {rate}", lambda rate=rate: port.set_baudrate(rate)
    for latency in (1, 2, 16, 255):
        yield f"latency {latency}", lambda ms=latency: port.set_latency_timer(ms)
    yield "get_latency", port.get_latency_timer
    for dtr, rts in ((0, 0), (1, 0), (0, 1), (1, 1)):
        yield f"modem {dtr} {rts}", lambda d=dtr, r=rts: port.set_dtr_rts(bool(d), bool(r))
    for level in (1, 0):
        yield f"dtr {level}", lambda level=level: port.set_dtr(bool(level))
        yield f"rts {level}", lambda level=level: port.set_rts(bool(level))
    yield "status", port.poll_modem_status
    yield "format 8N1", lambda: port.set_line_property(8, 1, "N")
    yield "format 8E1", lambda: port.set_line_property(8, 1, "E")
    yield "format 7O2", lambda: port.set_line_property(7, 2, "O")
    yield "format 8N1 break", lambda: port.set_line_property(8, 1, "N", True)
    yield "event C0 on", lambda: port.set_event_char(0xC0, True)
    yield "event C0 off", lambda: port.set_event_char(0xC0, False)
    yield "flow none", lambda: port.set_flowctrl("")
    yield "flow rts_cts", lambda: port.set_flowctrl("hw")
    # pyftdi names these from the chip's side: it receives what the host sends.
    yield "drop_output", port.purge_rx_buffer
    yield "drop_input", port.purge_tx_buffer
    yield "mode bitbang 0F", lambda: port.set_bitmode(0x0F, Ftdi.BitMode.BITBANG)
    yield "read_pins", port.read_pins
    yield "mode sync 0F", lambda: port.set_bitmode(0x0F, Ftdi.BitMode.SYNCBB)
    if port.has_mpsse:
        yield "mode mpsse", lambda: port.set_bitmode(0, Ftdi.BitMode.MPSSE)
    yield "mode uart", lambda: port.set_bitmode(0, Ftdi.BitMode.RESET)
    if chip in CBUS:
        yield "mode cbus 31", lambda: port.set_bitmode(0x31, Ftdi.BitMode.CBUS)
        yield "mode uart", lambda: port.set_bitmode(0, Ftdi.BitMode.RESET)
    yield "read_eeprom_word 10", lambda: port.read_eeprom(0x20, 2)


def mark(port, number):
    try:
        port.usb_dev.ctrl_transfer(0x40, MARK, number, 0, b"", 1000)
    except Exception:  # pylint: disable=broad-except
        pass  # no chip knows it, as intended


def main():
    chip, channel = sys.argv[1], int(sys.argv[2])
    port = Ftdi()
    print("open")
    port.open(0x0403, PRODUCTS[chip], interface=channel + 1)
    for number, (name, run) in enumerate(operations(port, chip, channel)):
        mark(port, number)
        print(name)
        run()
    mark(port, 0xFFFF)
    port.close()


if __name__ == "__main__":
    try:
        main()
    except UsbToolsError as error:
        sys.exit(f"pyftdi: {error}")
