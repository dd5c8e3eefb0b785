"""flashrom (SPI by MPSSE over libftdi1) against emulated H chips."""

from usb_peer import BIT_MODE, LATENCY, RESET, check_in_order, run_with
from peer_tools import check, check_equal, run

# --type, chip, channel, wIndex
CHIPS = (("2232H", "ft2232h", "A", 1), ("2232H", "ft2232h", "B", 2), ("4232H", "ft4232h", "A", 1),
         ("232H", "ft232h", "A", 1))


def flashrom(kind, chip, channel):
    return run_with(f"1-1={chip}:F1",
                    ["flashrom", "-p", f"ft2232_spi:type={kind},port={channel}", "-V"])


def sets_up_the_channel_and_asks_an_absent_flash():
    for kind, chip, channel, index in CHIPS:
        done = flashrom(kind, chip, channel)
        what = f"{chip} {channel}"
        check("No EEPROM/flash device found" in done.text, f"{what}: {done.text}")
        check_in_order([(RESET, 0, index), (LATENCY, 2, index), (BIT_MODE, 0x0200, index)],
                       done.log.requests(), what)
        # CS# and the clock at rest, and CS# goes low and high again for each command.
        selected = [levels >> 3 & 1 for levels, directions in done.log.pins(channel)
                    if directions & 0x0f == 0x0b]
        check(selected.count(0) > 3, f"{what}: CS# was never low: {done.log.pins(channel)}")
        check_equal(selected[-1], 1, f"{what}: CS# at the end")


def says_so_when_nobody_is_there():
    done = run_with("1-1=ft232r:F1", ["flashrom", "-p", "ft2232_spi:type=2232H,port=A"])
    check(done.code != 0, done.text)
    check_equal(done.log.requests(), [], "requests to another chip")


run([sets_up_the_channel_and_asks_an_absent_flash, says_so_when_nobody_is_there])
