#include "drivers/serial/tty_port.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "drivers/serial/tty_line.hpp"
#include "drivers/serial/tty_lookup.hpp"
#include "drivers/serial/tty_open_faults.hpp"

namespace plugrig::serial {

namespace {

/// Two stations may differ by about 3 % (ESP8266 flashing notes, baud rates); the adapter's share.
constexpr double max_rate_error = 0.02;

/// What `set_baud` grants the bytes that are still on their way; more than any buffer holds at the
/// slowest rate in use.
constexpr Duration drain_limit = std::chrono::seconds{10};

/// How often an emptying send buffer is looked at: no event tells that it is empty.
constexpr Duration drain_poll = std::chrono::milliseconds{1};

bool is_gone(int error) {
  return error == EIO || error == ENODEV || error == ENXIO || error == EBADF;
}

}  // namespace

TtyPort::TtyPort(const Clock& clock, const TtyOptions& options)
    : clock_(clock), name_(options.device.string()) {
  open_exclusively(options);
  has_lines_ = tty_line::modem_lines(fd_.get()).has_value();
  if (!has_lines_ && errno != ENOTTY && errno != EINVAL) fail("reading the modem lines", errno);
  if (has_lines_ && !tty_line::set_modem_lines(fd_.get(), {})) {
    fail("releasing DTR and RTS", errno);
  }
  if (!tty_line::make_raw(fd_.get(), options.baud)) fail("setting the rate", errno);
  check_rate(options.baud);
  baud_ = options.baud;
  tty_line::ask_low_latency(fd_.get());
  if (!tty_line::discard_input(fd_.get())) fail("emptying the input", errno);
}

TtyPort::~TtyPort() {
  if (!fd_) return;
  if (has_lines_) tty_line::set_modem_lines(fd_.get(), {});
  tty_line::set_exclusive(fd_.get(), false);
}

void TtyPort::open_exclusively(const TtyOptions& options) {
  const auto holder = find_lock_file_holder(options.device, options.lock_folder);
  if (holder) throw busy_fault(options.device, holder);
  // Non-blocking: a modem that shows no carrier must not hold up the open.
  fd_ = UniqueFd(::open(name_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd_) throw open_fault(options.device, errno);
  if (::isatty(fd_.get()) == 0) {
    throw Fault("serial.open.not_a_tty", Blame::config, name_ + " is not a serial port.",
                "Name a tty device in the bench file, for example /dev/serial/by-id/….");
  }
  // The lock of flock(2) binds root too, and other programs' serial libraries respect it.
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw busy_fault(options.device, find_holder(options.device));
  }
  if (!tty_line::set_exclusive(fd_.get(), true)) fail("taking the port", errno);
}

void TtyPort::check_rate(std::uint32_t wanted) {
  const auto made = tty_line::output_baud(fd_.get());
  if (!made) fail("reading the rate back", errno);
  const double error = std::abs(static_cast<double>(*made) - wanted) / wanted;
  if (error <= max_rate_error) return;
  throw Fault("serial.baud", Blame::host,
              name_ + " made " + std::to_string(*made) + " bit/s of the wanted " +
                  std::to_string(wanted) + ".",
              "Choose a rate that this adapter can make.");
}

Fault TtyPort::lost(const std::string& during, int error) const {
  return {"serial.lost",
          Blame::host,
          "The port " + name_ + " was lost while " + during + ".",
          "Check the adapter's USB plug and cable, then start again.",
          {{"error", error == 0 ? "end of file" : std::generic_category().message(error)}}};
}

void TtyPort::fail(const std::string& during, int error) const {
  if (is_gone(error)) throw lost(during, error);
  throw Fault("serial.open.failed", Blame::host,
              "The port " + name_ + " refused a request while " + during + ": " +
                  std::generic_category().message(error) + ".",
              "Unplug the adapter, plug it in again and look at the kernel log (dmesg).");
}

void TtyPort::write(std::span<const std::uint8_t> bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    if (deadline.stop.stop_requested()) throw Stopped{};
    const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno != EAGAIN) throw lost("writing", errno);
    if (!wait_writable(clock_, fd_.get(), deadline)) {
      throw Fault("serial.write.timeout", Blame::host,
                  "The port " + name_ + " did not take all bytes in time.",
                  "Check that nothing holds the port's flow control, then try again.",
                  {{"bytes left", std::to_string(bytes.size())}});
    }
  }
}

void TtyPort::drain(const Deadline& deadline) {
  // tcdrain() knows no deadline: the long part of the wait is done by looking at the queue.
  while (true) {
    if (deadline.stop.stop_requested()) throw Stopped{};
    const auto left = tty_line::bytes_to_send(fd_.get());
    if (!left) throw lost("sending", errno);
    if (*left == 0) break;
    const Instant now = clock_.now();
    if (now >= deadline.at) {
      throw Fault("serial.write.timeout", Blame::host,
                  "The port " + name_ + " did not send all bytes in time.",
                  "Check that nothing holds the port's flow control, then try again.",
                  {{"bytes left", std::to_string(*left)}});
    }
    wait_fds(clock_, {}, deadline.no_later_than(now + drain_poll));
  }
  if (!tty_line::wait_sent(fd_.get())) throw lost("sending", errno);
}

std::size_t TtyPort::read(std::span<std::uint8_t> into, const Deadline& deadline) {
  if (into.empty()) return 0;
  while (true) {
    if (deadline.stop.stop_requested()) throw Stopped{};
    const ssize_t got = ::read(fd_.get(), into.data(), into.size());
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) throw lost("reading", 0);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) throw lost("reading", errno);
    if (!wait_readable(clock_, fd_.get(), deadline)) return 0;
  }
}

void TtyPort::set_baud(std::uint32_t baud) {
  if (baud == 0) {
    throw Fault("serial.baud", Blame::config, "A rate of 0 bit/s was asked for.",
                "Give a rate above 0.");
  }
  drain({clock_.now() + drain_limit, {}});
  if (!tty_line::set_baud(fd_.get(), baud)) fail("setting the rate", errno);
  check_rate(baud);
  baud_ = baud;
}

void TtyPort::discard_input() {
  if (!tty_line::discard_input(fd_.get())) throw lost("emptying the input", errno);
}

bool TtyPort::offers(Signal signal) const {
  return has_lines_ && (signal == Signal::dtr || signal == Signal::rts);
}

void TtyPort::set(std::span<const LineChange> changes) {
  if (changes.empty()) return;
  for (const LineChange& change : changes) {
    if (offers(change.signal)) continue;
    throw Fault("lines.missing", Blame::fixture,
                "The port " + name_ + " has no " + std::string(to_string(change.signal)) + " line.",
                "Use an adapter with DTR and RTS, or a wiring that needs none.");
  }
  const auto now = tty_line::modem_lines(fd_.get());
  if (!now) throw lost("setting lines", errno);
  tty_line::ModemLines wanted = *now;
  for (const LineChange& change : changes) {
    (change.signal == Signal::dtr ? wanted.dtr : wanted.rts) = change.asserted;
  }
  if (!tty_line::set_modem_lines(fd_.get(), wanted)) throw lost("setting lines", errno);
}

}  // namespace plugrig::serial
