#include "drivers/serial/tty_line.hpp"

#include <asm/termbits.h>
#include <linux/serial.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace plugrig::serial::tty_line {

namespace {

void put_rate(termios2& settings, std::uint32_t baud) {
  // BOTHER in the output field, zero in the input field: "as output". Setting both keeps drivers
  // happy that look at only one of them.
  settings.c_cflag &= ~static_cast<tcflag_t>(CBAUD | (CBAUD << IBSHIFT));
  settings.c_cflag |= BOTHER | (static_cast<tcflag_t>(BOTHER) << IBSHIFT);
  settings.c_ispeed = baud;
  settings.c_ospeed = baud;
}

/// TCSETS2 without its habit of an old kernel: EINTR is no answer.
bool apply(int fd, const termios2& settings) {
  int result = 0;
  do {
    result = ::ioctl(fd, TCSETS2, &settings);
  } while (result < 0 && errno == EINTR);
  return result == 0;
}

}  // namespace

bool make_raw(int fd, std::uint32_t baud) {
  termios2 settings{};
  if (::ioctl(fd, TCGETS2, &settings) != 0) return false;
  settings.c_iflag = 0;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag = CS8 | CREAD | CLOCAL;
  // One byte is enough to wake a reader. With VMIN = 0 "nothing there" and "gone" would look alike.
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  put_rate(settings, baud);
  return apply(fd, settings);
}

bool set_baud(int fd, std::uint32_t baud) {
  termios2 settings{};
  if (::ioctl(fd, TCGETS2, &settings) != 0) return false;
  put_rate(settings, baud);
  return apply(fd, settings);
}

std::optional<std::uint32_t> output_baud(int fd) {
  termios2 settings{};
  if (::ioctl(fd, TCGETS2, &settings) != 0) return std::nullopt;
  return settings.c_ospeed;
}

std::optional<ModemLines> modem_lines(int fd) {
  int bits = 0;
  if (::ioctl(fd, TIOCMGET, &bits) != 0) return std::nullopt;
  return ModemLines{(bits & TIOCM_DTR) != 0, (bits & TIOCM_RTS) != 0};
}

bool set_modem_lines(int fd, ModemLines lines) {
  int bits = 0;
  if (::ioctl(fd, TIOCMGET, &bits) != 0) return false;
  bits &= ~(TIOCM_DTR | TIOCM_RTS);
  bits |= (lines.dtr ? TIOCM_DTR : 0) | (lines.rts ? TIOCM_RTS : 0);
  return ::ioctl(fd, TIOCMSET, &bits) == 0;
}

std::optional<std::uint32_t> bytes_to_send(int fd) {
  int count = 0;
  if (::ioctl(fd, TIOCOUTQ, &count) != 0 || count < 0) return std::nullopt;
  return static_cast<std::uint32_t>(count);
}

bool wait_sent(int fd) {
  int result = 0;
  do {
    result = ::ioctl(fd, TCSBRK, 1);  // what tcdrain() does
  } while (result < 0 && errno == EINTR);
  return result == 0;
}

bool discard_input(int fd) { return ::ioctl(fd, TCFLSH, TCIFLUSH) == 0; }

void ask_low_latency(int fd) {
  serial_struct info{};
  if (::ioctl(fd, TIOCGSERIAL, &info) != 0) return;
  info.flags |= static_cast<int>(ASYNC_LOW_LATENCY);
  // A driver that refuses works as well, only slower: nothing to tell anybody.
  [[maybe_unused]] const int ignored = ::ioctl(fd, TIOCSSERIAL, &info);
}

bool set_exclusive(int fd, bool on) { return ::ioctl(fd, on ? TIOCEXCL : TIOCNXCL) == 0; }

}  // namespace plugrig::serial::tty_line
