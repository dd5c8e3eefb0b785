"""ftdi_eeprom and lsusb against emulated chips: EEPROM and descriptors."""

import os
import tempfile

from usb_peer import EEPROM_WRITE, LATENCY, run_with
from peer_tools import check, check_equal, run

PRODUCTS = {"ft232r": 0x6001, "ft230x": 0x6015, "ft232h": 0x6014, "ft2232h": 0x6010,
            "ft4232h": 0x6011}


def ftdi_eeprom(chip, action, *lines, serial="FT7XK2A1"):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "conf")
        with open(path, "w", encoding="ascii") as file:
            file.write("vendor_id=0x0403\nproduct_id={:#06x}\nfilename=\"image\"\n{}\n".format(
                PRODUCTS[chip], "\n".join(lines)))
        return run_with(f"1-1={chip}:{serial}", ["ftdi_eeprom", "--verbose", action, path],
                        cwd=folder)


def every_image_is_valid_and_says_who_it_is():
    for chip, product in PRODUCTS.items():
        done = ftdi_eeprom(chip, "--read-eeprom")
        check_equal(done.code, 0, f"exit code for {chip}")
        for text in ("VID:     0x0403", f"PID:     {product:#06x}", "Manufacturer: FTDI",
                     "Product:      Emulated FTDI", "Serial:       FT7XK2A1"):
            check(text in done.text, f"{chip}: no '{text}' in {done.text}")
        check("Checksum Error" not in done.text, done.text)


def cbus_pins_are_io():
    for chip, first in (("ft232r", "C0 Function: IOMODE"), ("ft230x", "CBUS0 Function: IOMODE"),
                        ("ft232h", "C5 Function: IOMODE")):
        done = ftdi_eeprom(chip, "--read-eeprom")
        check(first in done.text, f"{chip}: {done.text}")


def an_ft232r_is_written_in_pairs_while_unlocked():
    done = ftdi_eeprom("ft232r", "--flash-eeprom", "manufacturer=\"Me\"", "product=\"Rig\"",
                       "serial=\"NEW1\"", "use_serial=true", "cbus0=IOMODE", "max_power=90")
    check_equal(done.code, 0, "exit code")
    requests = done.log.requests()
    writes = [each for each in requests if each[0] == EEPROM_WRITE]
    check_equal([index for _, _, index in writes], list(range(64)), "words written")
    check((LATENCY, 0x77, 1) in requests, "the EEPROM was never unlocked")
    check(requests.index((LATENCY, 0x77, 1)) < requests.index(writes[0]), "unlocked too late")
    check_equal(writes[10][1] & 0x000f, 0x000a, "CBUS0 in byte 14h")


def lsusb_sees_chips_behind_hubs():
    done = run_with("1-1=ft232r:A1 1-2.3=ft4232h:B2,driver", ["lsusb", "-v", "-d", "0403:"])
    check_equal(done.code, 0, "exit code")
    for text in ("bcdDevice            6.00", "bcdDevice            8.00", "Emulated FTDI",
                 "bNumInterfaces          4", "wMaxPacketSize     0x0200",
                 "bEndpointAddress     0x87"):
        check(text in done.text, f"no '{text}' in {done.text}")
    serials = [line.split()[-1] for line in done.text.splitlines() if "iSerial" in line]
    check_equal(sorted(serials), ["A1", "B2"], "serial numbers")
    tree = run_with("1-1=ft232r:A1 1-2.3=ft4232h:B2", ["lsusb"])
    check_equal(tree.text.count("1d6b:0002"), 2, "hubs on the way")


def a_device_without_permission_stays_shut():
    done = run_with("1-1=ft232r:A1,denied", ["ftdi_eeprom", "--read-eeprom", os.devnull])
    check_equal(done.log.requests(), [], "requests")


run([every_image_is_valid_and_says_who_it_is, cbus_pins_are_io,
    an_ft232r_is_written_in_pairs_while_unlocked, lsusb_sees_chips_behind_hubs,
    a_device_without_permission_stays_shut])
