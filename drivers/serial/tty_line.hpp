#pragma once

#include <cstdint>
#include <optional>

namespace plugrig::serial {

/// Thin calls of the kernel's terminal interface, kept apart because its struct termios2 and the C
/// library's struct termios cannot be seen by one file. All take an open descriptor; `false` or
/// empty means that errno tells why. None blocks, except where said.
namespace tty_line {

/// Raw 8N1, no flow control, no hang-up on close (HUPCL cleared), modem lines ignored (CLOCAL), any
/// integer rate in bit/s (BOTHER: not only the classic table).
bool make_raw(int fd, std::uint32_t baud);

/// Changes the rate of both directions and leaves all else.
bool set_baud(int fd, std::uint32_t baud);

/// The rate that the driver says it has really set.
std::optional<std::uint32_t> output_baud(int fd);

struct ModemLines {
  bool dtr = false;
  bool rts = false;
};

/// Empty with errno ENOTTY or EINVAL on a tty without modem lines (a pty).
std::optional<ModemLines> modem_lines(int fd);

/// Reads all modem lines, then writes them once with DTR and RTS as given: lines that must move
/// together do.
bool set_modem_lines(int fd, ModemLines lines);

/// Bytes that the kernel or its driver still holds for sending; empty when it cannot tell.
std::optional<std::uint32_t> bytes_to_send(int fd);

/// Waits for the adapter's own buffer too. Blocks for as long as that takes: to be called only when
/// `bytes_to_send` is 0, when nothing but a hardware FIFO is left.
bool wait_sent(int fd);

/// Throws away what was received and not read.
bool discard_input(int fd);

/// Asks the driver to hand bytes over at once (for FTDI chips: 1 ms latency timer instead of 16).
/// A driver that knows no such thing is left as it is.
void ask_low_latency(int fd);

/// TIOCEXCL: later opens fail with EBUSY (not those of root).
bool set_exclusive(int fd, bool on);

}  // namespace tty_line
}  // namespace plugrig::serial
