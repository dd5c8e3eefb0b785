#include "drivers/modbus/rtu_port.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <modbus.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/select.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include "drivers/modbus/crc.hpp"
#include "drivers/modbus/pdu.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::modbus {

namespace {

/// The library turns every other rate into 9600 without a word (Modbus notes §2.11).
constexpr std::array rates{1200,  2400,   4800,   9600,   19200, 38400,
                           57600, 115200, 230400, 460800, 921600};

/// Unit address and check sum around a PDU.
constexpr std::size_t frame_overhead = 3;
constexpr std::size_t largest_frame = 256;

/// Pauses inside a frame: an FTDI adapter holds bytes back for up to 16 ms (Modbus notes §2.16).
constexpr Duration frame_pause = std::chrono::milliseconds{20};
constexpr Duration gather_poll = std::chrono::milliseconds{1};

/// The library may block this long for bytes that are already there; see `decode`.
constexpr std::uint32_t decode_limit_us = 1000;

constexpr Duration first_reopen_pause = std::chrono::milliseconds{50};

/// Highest address that the library lets be set (Modbus notes §2.3).
constexpr int highest_library_unit = 247;

std::string reason(int error) {
  return error == 0 ? "end of file" : std::generic_category().message(error);
}

Fault lost(const std::string& device, const std::string& during, int error) {
  return {"modbus.lost",
          Blame::host,
          fmt::format("The port {} was lost while {}.", device, during),
          "Check the adapter's USB plug and cable, then start again.",
          {{"error", reason(error)}}};
}

Fault not_opened(const std::string& device, int error) {
  if (error == EBUSY || error == EWOULDBLOCK) {
    return {"modbus.busy", Blame::host,
            fmt::format("The port {} is held by another program.", device),
            "End that program: two masters on one bus corrupt each other."};
  }
  return {"modbus.open", Blame::host, fmt::format("Opening {} failed: {}.", device, reason(error)),
          "Check that the adapter is plugged in and that this user may use it (group dialout)."};
}

void check(const RtuOptions& options) {
  if (std::ranges::find(rates, options.baud) == rates.end()) {
    throw Fault("modbus.config", Blame::config,
                fmt::format("{} bit/s is not a rate for {}.", options.baud, options.device),
                fmt::format("Use one of {}.", fmt::join(rates, ", ")));
  }
  if (options.stop_bits != 1 && options.stop_bits != 2) {
    throw Fault(
        "modbus.config", Blame::config,
        fmt::format("{} stop bits are not possible on {}.", options.stop_bits, options.device),
        "Use 1 or 2.");
  }
}

/// Length of the frame that begins with `bytes`, counted as the library does.
std::size_t frame_length(std::span<const std::uint8_t> bytes) {
  const std::uint8_t code = bytes[1];
  const std::array<std::uint8_t, 1> request{code};
  if (is_write(request)) return 8;
  if (code <= function::read_registers || code == 17 || code == 23) return 5U + bytes[2];
  return 5;
}

}  // namespace

RtuPort::RtuPort(Clock& clock, RtuOptions options) : clock_(clock), options_(std::move(options)) {
  check(options_);
  open();
}

RtuPort::~RtuPort() = default;

void RtuPort::open() {
  // Opening a tty twice succeeds and its second user destroys the first one's frames (Modbus notes
  // §2.12): the lock is taken before the library touches any setting.
  lock_ = UniqueFd(::open(options_.device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!lock_) throw not_opened(options_.device, errno);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    lock_.reset();
    throw not_opened(options_.device, error);
  }
  Context context(modbus_new_rtu(options_.device.c_str(), options_.baud,
                                 static_cast<char>(options_.parity), 8, options_.stop_bits));
  if (!context) throw not_opened(options_.device, errno);
  // The library's own recovery loops without limit when an adapter is pulled (Modbus notes §2.10).
  modbus_set_error_recovery(context.get(), MODBUS_ERROR_RECOVERY_NONE);
  if (modbus_connect(context.get()) != 0) {
    const int error = errno;
    lock_.reset();
    throw not_opened(options_.device, error);
  }
  const int fd = modbus_get_socket(context.get());
  if (fd >= FD_SETSIZE) {  // the library waits with select(2)
    lock_.reset();
    throw not_opened(options_.device, EMFILE);
  }
  // No serial mode is set: RTS switching loses early answers (Modbus notes §2.13).
  ::ioctl(fd, TIOCEXCL);
  modbus_set_response_timeout(context.get(), 0, decode_limit_us);
  modbus_set_byte_timeout(context.get(), 0, decode_limit_us);
  context_ = std::move(context);
}

void RtuPort::close() {
  if (context_) ::ioctl(modbus_get_socket(context_.get()), TIOCNXCL);
  context_.reset();
  lock_.reset();
}

void RtuPort::reopen(const Deadline& deadline) {
  close();
  for (Duration pause = first_reopen_pause;; pause *= 2) {
    try {
      open();
      return;
    } catch (const Fault& fault) {
      if (clock_.now() + pause >= deadline.at) {
        throw lost(options_.device, "getting it back", ENODEV).add({"opening", fault.happened()});
      }
    }
    clock_.sleep_for(pause, deadline);
  }
}

Duration RtuPort::wire_time(std::size_t pdu_bytes) const {
  const int bits = 1 + 8 + (options_.parity == Parity::none ? 0 : 1) + options_.stop_bits;
  const double seconds =
      static_cast<double>((pdu_bytes + frame_overhead) * static_cast<std::size_t>(bits)) /
      options_.baud;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

std::size_t RtuPort::waiting(const std::string& during) const {
  if (!context_) throw lost(options_.device, during, EBADF);
  int count = 0;
  if (::ioctl(modbus_get_socket(context_.get()), FIONREAD, &count) != 0) {
    throw lost(options_.device, during, errno);
  }
  return static_cast<std::size_t>(std::max(count, 0));
}

void RtuPort::flush() {
  if (!context_) throw lost(options_.device, "emptying the line", EBADF);
  if (modbus_flush(context_.get()) < 0) throw lost(options_.device, "emptying the line", errno);
}

void RtuPort::send(const ModbusFrame& request, const Deadline& deadline) {
  if (deadline.stop.stop_requested()) throw Stopped{};
  if (!context_) throw lost(options_.device, "sending", EBADF);
  // Without an address set the library aborts the process; above 247 it takes none, so frames of
  // such units are checked in `decode` alone (Modbus notes §2.3).
  modbus_set_slave(context_.get(), std::min<int>(request.unit, highest_library_unit));
  std::vector<std::uint8_t> raw{request.unit};
  raw.insert(raw.end(), request.pdu.begin(), request.pdu.end());
  expected_ = answer_size(request.pdu).value_or(largest_frame - frame_overhead) + frame_overhead;
  // The raw call carries any unit and any function 05 value (Modbus notes §2.6).
  if (modbus_send_raw_request(context_.get(), raw.data(), static_cast<int>(raw.size())) < 0) {
    throw lost(options_.device, "sending", errno);
  }
}

std::size_t RtuPort::gather(const Deadline& deadline) {
  if (!context_) throw lost(options_.device, "listening", EBADF);
  std::array<FdWatch, 1> watch{FdWatch{.fd = modbus_get_socket(context_.get()), .read = true}};
  if (!wait_fds(clock_, watch, deadline)) return 0;
  std::size_t count = waiting("listening");
  if (count == 0) throw lost(options_.device, "listening", watch[0].closed ? EIO : 0);
  // The library's own wait knows no stop: it is called only for bytes that are there.
  Instant grown = clock_.now();
  const Instant give_up = grown + wire_time(largest_frame) + frame_pause;
  const Duration pause = std::max(frame_pause, wire_time(1));
  while (count < expected_ && clock_.now() < std::min(grown + pause, give_up)) {
    wait_fds(clock_, {}, Deadline{clock_.now() + gather_poll, deadline.stop});
    const std::size_t now_there = waiting("listening");
    if (now_there > count) grown = clock_.now();
    count = now_there;
  }
  return count;
}

std::optional<ModbusFrame> RtuPort::receive(const Deadline& deadline) {
  const std::size_t arrived = gather(deadline);
  if (arrived == 0) return std::nullopt;
  return decode(arrived);
}

ModbusFrame RtuPort::decode(std::size_t arrived) {
  std::array<std::uint8_t, MODBUS_RTU_MAX_ADU_LENGTH> bytes{};
  const int received = modbus_receive_confirmation(context_.get(), bytes.data());
  const int error = errno;
  if (received < 0 && (error == ECONNRESET || error == EIO || error == ENODEV || error == EBADF)) {
    throw lost(options_.device, "listening", error);
  }
  // 0 = another unit than the one asked: complete, but its check sum not looked at (Modbus notes
  // §2.6).
  const std::size_t length =
      received > 0 ? static_cast<std::size_t>(received) : frame_length(bytes);
  const bool whole = received >= 0 && length <= bytes.size() &&
                     crc_is_right(std::span<const std::uint8_t>(bytes).first(length));
  if (!whole) {
    modbus_flush(context_.get());
    throw Fault(
        "modbus.garbled", Blame::instrument,
        fmt::format("Bytes that are no Modbus frame came in on {}.", options_.device),
        "Check rate and parity, the wires, the terminating resistors and the earth.",
        {{"bytes that waited", std::to_string(arrived)},
         {"beginning",
          to_hex(std::span<const std::uint8_t>(bytes).first(std::min<std::size_t>(arrived, 16)))},
         {"library", received < 0 ? modbus_strerror(error) : "check sum is wrong"}});
  }
  return {bytes[0], {bytes.begin() + 1, bytes.begin() + static_cast<std::ptrdiff_t>(length) - 2}};
}

}  // namespace plugrig::modbus
