"""avrdude (libftdi 0.20 over libusb 0.1: another library on another USB code path) against emulated
chips: sync bit-bang on an FT232R, MPSSE on an FT2232H."""

from usb_peer import BIT_MODE, LATENCY, RESET, check_in_order, run_with
from peer_tools import check, check_equal, run

SCK, SDO, CHIP_RESET = 0, 2, 4  # pins of the programmer "ft232r"
PROGRAM_ENABLE = "ac530000"


def avrdude(chip, programmer, *options):
    return run_with(f"1-1={chip}:A1", ["avrdude", "-c", programmer, "-p", "m328p", *options])


def shifted_out(pins):
    """Bytes at SDO, most significant bit first, one bit at each rising edge of SCK."""
    bits = [levels >> SDO & 1 for (before, _), (levels, _) in zip(pins, pins[1:])
            if levels & ~before & 1 << SCK]
    return "".join(f"{int(''.join(map(str, bits[at:at + 8])), 2):02x}"
                   for at in range(0, len(bits) - 7, 8))


def an_ft232r_clocks_out_the_program_enable_command():
    done = avrdude("ft232r", "ft232r", "-P", "A1")
    check("device is not responding to program enable" in done.text, done.text)
    check_in_order([(RESET, 0, 0), (LATENCY, 1, 0), (BIT_MODE, 0x0415, 0)], done.log.requests(),
                   "requests")
    pins = done.log.in_mode(0x0415).pins("A")
    check(shifted_out(pins).startswith(PROGRAM_ENABLE), f"SPI bytes {shifted_out(pins)}")
    check_in_order([0, 1, 0], [levels >> CHIP_RESET & 1 for levels, _ in pins], "reset of the chip")


def an_ft2232h_is_set_up_for_mpsse():
    done = avrdude("ft2232h", "ft2232h")
    check(done.code != 0, "there is no chip to program")
    modes = [value for _, value, index in done.log.requests(BIT_MODE) if index == 1]
    check(any(value >> 8 == 0x02 for value in modes), f"bit modes {modes}: {done.text}")
    driven = [directions for _, directions in done.log.pins("A") if directions != 0x0015]
    check(driven, "no pin was driven")


run([an_ft232r_clocks_out_the_program_enable_command, an_ft2232h_is_set_up_for_mpsse])
