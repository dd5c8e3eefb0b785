"""OpenOCD (own MPSSE code over libusb) against an emulated FT2232H."""

from usb_peer import BIT_MODE, LATENCY, RESET, check_in_order, run_with
from peer_tools import check, check_equal, run

SETTINGS = ("adapter driver ftdi; ftdi vid_pid 0x0403 0x6010; ftdi channel {channel}; "
            "ftdi layout_init {levels:#06x} {directions:#06x}; "
            "ftdi layout_signal nTRST -data 0x0100 -oe 0x0100; "
            "ftdi layout_signal LED -data 0x0020; ftdi layout_signal SENSE -input 0x0040; "
            "adapter speed 1000; transport select jtag; tcl_port disabled; gdb_port disabled; "
            "telnet_port disabled")


def openocd(channel, *commands, levels=0x0018, directions=0x003b):
    settings = SETTINGS.format(channel=channel, levels=levels, directions=directions)
    order = "; ".join(("init", *commands, "shutdown"))
    return run_with("1-1=ft2232h:B2", ["openocd", "-c", settings, "-c", order])


def opens_in_mpsse_mode_with_the_pins_as_the_layout_says():
    for channel, name in ((0, "A"), (1, "B")):
        done = openocd(channel)
        check_equal(done.code, 0, "exit code")
        index = channel + 1
        check_in_order([(RESET, 0, index), (LATENCY, 255, index), (BIT_MODE, 0x020b, index)],
                       done.log.requests(), "requests")
        levels, directions = next(each for each in done.log.pins(name) if each[1] == 0x003b)
        check_equal(levels & 0x003b, 0x0018, "levels of the layout")
        check_equal(directions, 0x003b, "directions of the layout")


def moves_pins_by_name_in_both_bytes():
    done = openocd(0, "ftdi set_signal LED 1", "ftdi set_signal LED 0", "ftdi set_signal nTRST 0",
                   "ftdi set_signal nTRST z")
    check_equal(done.code, 0, "exit code")
    led = [levels >> 5 & 1 for levels, directions in done.log.pins("A") if directions & 0x20]
    check_in_order([1, 0], led, "LED")
    check_equal(led[-1], 0, "LED at the end")
    low = [pins for pins in done.log.pins("A") if pins[1] & 0x0100 and not pins[0] & 0x0100]
    check(low, "nTRST was never driven low")
    check_equal(done.log.pins("A")[-2][1] & 0x0100, 0, "nTRST is released at the end")


def reads_a_pin_that_nothing_drives_as_high():
    done = openocd(0, "ftdi get_signal SENSE")
    check("Signal SENSE = 0x0040" in done.text, done.text)


def finds_no_scan_chain_where_tdo_is_high():
    done = openocd(0)
    check("all ones" in done.text, done.text)


run([opens_in_mpsse_mode_with_the_pins_as_the_layout_says, moves_pins_by_name_in_both_bytes,
    reads_a_pin_that_nothing_drives_as_high, finds_no_scan_chain_where_tdo_is_high])
