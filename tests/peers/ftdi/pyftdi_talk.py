"""Runs inside a foreign process: pyftdi talks to emulated chips. Prints what it found.

    pyftdi_talk.py (list | uart CHIP CHANNEL BAUD | gpio CHIP CHANNEL | mpsse CHIP | cbus CHIP)"""

import sys
import time

from pyftdi.ftdi import Ftdi

from pyftdi_operations import PRODUCTS


def opened(chip, channel):
    port = Ftdi()
    port.open(0x0403, PRODUCTS[chip], interface=channel + 1)
    return port


def read(port, count):
    data, end = bytearray(), time.monotonic() + 10
    while len(data) < count and time.monotonic() < end:
        data += port.read_data_bytes(count - len(data), 4)
    return bytes(data)


def listed():
    for device, channels in Ftdi.list_devices():
        print(device.sn, device.description, f"{device.vid:04x}:{device.pid:04x}", channels)


def uart(chip, channel, baud):
    port = opened(chip, int(channel))
    print(round(port.set_baudrate(int(baud))))
    port.set_line_property(8, 1, "N")
    sent = bytes(i * 7 & 0xFF for i in range(4000))
    port.write_data_set_chunksize(256)
    got = bytearray()
    for at in range(0, len(sent), 100):
        port.write_data(sent[at:at + 100])
        got += read(port, 100)
    print("same" if bytes(got) == sent else f"other: {len(got)}")


def gpio(chip, channel):
    port = opened(chip, int(channel))
    port.set_bitmode(0x0F, Ftdi.BitMode.BITBANG)
    for level in (0x05, 0x0A, 0x00):
        port.write_data(bytes([level]))
        time.sleep(0.01)
        print(f"{port.read_pins():02x}")


def mpsse(chip):
    port = opened(chip, 0)
    port.set_bitmode(0, Ftdi.BitMode.MPSSE)
    port.write_data(bytes([0x80, 0x05, 0x0F, 0x81, 0xAA, 0x87]))
    print(read(port, 3).hex())
    print(port.validate_mpsse())


def cbus(chip):
    port = opened(chip, 0)
    port.set_cbus_direction(0x0F, 0x03)
    port.set_cbus_gpio(0x01)
    print(f"{port.get_cbus_gpio():x}")
    port.set_cbus_gpio(0x02)
    print(f"{port.get_cbus_gpio():x}")


JOBS = {"list": listed, "uart": uart, "gpio": gpio, "mpsse": mpsse, "cbus": cbus}
JOBS[sys.argv[1]](*sys.argv[2:])
