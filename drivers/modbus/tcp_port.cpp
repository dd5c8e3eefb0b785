#include "drivers/modbus/tcp_port.hpp"

#include <fmt/format.h>
#include <modbus.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include "rig/core/digest.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::modbus {

namespace {

/// Transaction, protocol (0) and length, two bytes each; then unit and PDU (Modbus notes §1).
constexpr std::size_t length_end = 6;
constexpr std::size_t header_size = 7;
constexpr std::size_t most_counted = 254;  ///< unit and the longest PDU

/// One attempt to connect; the library's wait knows no stop.
constexpr Duration connect_slice = std::chrono::milliseconds{250};
constexpr Duration connect_pause = std::chrono::milliseconds{50};
constexpr Duration gather_poll = std::chrono::milliseconds{1};
constexpr std::uint32_t decode_limit_us = 1000;

std::uint16_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

std::uint8_t high(std::size_t word) { return static_cast<std::uint8_t>(word >> 8U & 0xFFU); }
std::uint8_t low(std::size_t word) { return static_cast<std::uint8_t>(word & 0xFFU); }

bool waits(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

TcpPort::TcpPort(Clock& clock, TcpOptions options) : clock_(clock), options_(std::move(options)) {
  connect({clock_.now() + options_.connect_limit, {}});
}

TcpPort::~TcpPort() = default;

void TcpPort::connect(const Deadline& deadline) {
  const std::string service = std::to_string(options_.port);
  for (;;) {
    // Names and IPv6 need the "pi" kind (Modbus notes §2.19).
    Context context(modbus_new_tcp_pi(options_.host.c_str(), service.c_str()));
    int error = context ? 0 : errno;
    if (context) {
      modbus_set_error_recovery(context.get(), MODBUS_ERROR_RECOVERY_NONE);  // Modbus notes §2.10
      const auto slice =
          std::chrono::duration_cast<std::chrono::microseconds>(connect_slice).count();
      modbus_set_response_timeout(context.get(), 0, static_cast<std::uint32_t>(slice));
      error = modbus_connect(context.get()) == 0 ? 0 : errno;
    }
    if (error == 0 && modbus_get_socket(context.get()) >= FD_SETSIZE) error = EMFILE;
    if (error == 0) {
      modbus_set_response_timeout(context.get(), 0, decode_limit_us);
      modbus_set_byte_timeout(context.get(), 0, decode_limit_us);
      context_ = std::move(context);
      return;
    }
    if (deadline.stop.stop_requested()) throw Stopped{};
    if (clock_.now() + connect_pause >= deadline.at) {
      throw Fault("modbus.open", Blame::instrument,
                  fmt::format("No connection to {} port {}.", options_.host, options_.port),
                  "Check that the device is on, its address and name, and the network cable.",
                  {{"error", std::generic_category().message(error)}});
    }
    clock_.sleep_for(connect_pause, deadline);
  }
}

void TcpPort::reopen(const Deadline& deadline) {
  context_.reset();
  try {
    connect(deadline);
  } catch (const Fault& fault) {
    throw lost("connecting again", 0).add({"connecting", fault.what()});
  }
}

Fault TcpPort::lost(const std::string& during, int error) const {
  return {"modbus.lost",
          Blame::instrument,
          fmt::format("The connection to {} was lost while {}.", options_.host, during),
          "Check that the device is on, and the network cable.",
          {{"error", error == 0 ? "closed" : std::generic_category().message(error)}}};
}

Duration TcpPort::wire_time(std::size_t /*pdu_bytes*/) const { return Duration::zero(); }

void TcpPort::flush() {
  if (!context_) throw lost("emptying it", 0);
  if (modbus_flush(context_.get()) < 0) throw lost("emptying it", errno);
}

void TcpPort::send(const ModbusFrame& request, const Deadline& deadline) {
  if (!context_) throw lost("sending", 0);
  const std::size_t counted = request.pdu.size() + 1;
  ++transaction_;
  // The library gives every raw request the transaction number 0, so a late answer could not be
  // told from the right one: the header is written here.
  std::vector<std::uint8_t> frame{high(transaction_), low(transaction_), 0,           0,
                                  high(counted),      low(counted),      request.unit};
  frame.insert(frame.end(), request.pdu.begin(), request.pdu.end());
  const int socket = modbus_get_socket(context_.get());
  std::span<const std::uint8_t> left = frame;
  while (!left.empty()) {
    const ssize_t sent = ::send(socket, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      left = left.subspan(static_cast<std::size_t>(sent));
    } else if (!waits(errno)) {
      throw lost("sending", errno);
    } else if (!wait_writable(clock_, socket, deadline)) {
      context_.reset();  // half a request is on its way: this connection is of no use any more
      throw lost("sending", ETIMEDOUT);
    }
  }
}

std::size_t TcpPort::gather(const Deadline& deadline) {
  if (!context_) throw lost("listening", 0);
  const int socket = modbus_get_socket(context_.get());
  std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> head{};
  if (!wait_readable(clock_, socket, deadline)) return 0;
  for (;;) {
    if (deadline.stop.stop_requested()) throw Stopped{};
    const ssize_t peeked = ::recv(socket, head.data(), head.size(), MSG_PEEK | MSG_DONTWAIT);
    if (peeked == 0) throw lost("listening", 0);
    if (peeked < 0 && !waits(errno)) throw lost("listening", errno);
    const auto there = static_cast<std::size_t>(std::max<ssize_t>(peeked, 0));
    if (there >= length_end) {
      const std::size_t counted = word_at(head, 4);
      const bool sound = word_at(head, 2) == 0 && counted >= 2 && counted <= most_counted;
      if (!sound) throw garbled(std::span<const std::uint8_t>(head).first(there));
      if (there >= length_end + counted) return length_end + counted;
    }
    if (clock_.now() >= deadline.at)
      throw garbled(std::span<const std::uint8_t>(head).first(there));
    wait_fds(clock_, {}, deadline.no_later_than(clock_.now() + gather_poll));
  }
}

Fault TcpPort::garbled(std::span<const std::uint8_t> bytes) {
  // Where the next frame begins is unknown: only a new connection tells.
  context_.reset();
  return {"modbus.garbled",
          Blame::instrument,
          fmt::format("Bytes that are no Modbus frame came from {} port {}.", options_.host,
                      options_.port),
          "Check that this port speaks Modbus/TCP (not Modbus RTU inside TCP).",
          {{"bytes", to_hex(bytes.first(std::min<std::size_t>(bytes.size(), 32)))}}};
}

std::optional<ModbusFrame> TcpPort::receive(const Deadline& deadline) {
  for (;;) {
    const std::size_t whole = gather(deadline);
    if (whole == 0) return std::nullopt;
    std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> bytes{};
    const int received = modbus_receive_confirmation(context_.get(), bytes.data());
    // The library counts by the function code, the header by its length field: both must agree.
    if (received != static_cast<int>(whole)) {
      throw garbled(std::span<const std::uint8_t>(bytes).first(std::min(whole, bytes.size())));
    }
    if (word_at(bytes, 0) != transaction_) continue;
    return ModbusFrame{
        bytes[length_end],
        {bytes.begin() + header_size, bytes.begin() + static_cast<std::ptrdiff_t>(whole)}};
  }
}

}  // namespace plugrig::modbus
