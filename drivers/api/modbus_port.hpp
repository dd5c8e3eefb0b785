#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig {

/// One Modbus message without its transport: unit address (0 = broadcast) and PDU (function code
/// and data, at most 253 bytes).
struct ModbusFrame {
  std::uint8_t unit = 0;
  std::vector<std::uint8_t> pdu;
  friend bool operator==(const ModbusFrame&, const ModbusFrame&) = default;
};

/// One Modbus line (RTU) or connection (TCP) below the bus logic: frames go out, frames come in.
/// This is where virtual time ends: below is libmodbus or the twin's own codec in memory. It
/// retries nothing and judges nothing but check sums. One thread at a time uses it.
///
/// Blocking calls throw `Stopped` on stop, and Fault `modbus.lost` (instrument or host) when the
/// adapter or connection is gone.
class ModbusPort {
 public:
  virtual ~ModbusPort() = default;

  /// Throws away everything that has arrived.
  virtual void flush() = 0;

  /// Hands one request to the line.
  virtual void send(const ModbusFrame& request, const Deadline& deadline) = 0;

  /// The next frame from the line whose check sum is right, whoever sent it and whatever it
  /// answers; empty when the deadline passed. Fault `modbus.garbled` (instrument) for bytes that
  /// are no frame: cut, or with a wrong check sum.
  virtual std::optional<ModbusFrame> receive(const Deadline& deadline) = 0;

  /// Time on the wire of a frame with a PDU of so many bytes; zero for TCP.
  [[nodiscard]] virtual Duration wire_time(std::size_t pdu_bytes) const = 0;

  /// Every answer names its request and others never come out of `receive` (TCP: transaction
  /// number). RTU: false, so a late answer may look like the right one.
  [[nodiscard]] virtual bool answers_name_requests() const { return false; }

  /// Closes and opens the port anew after it was lost. Throws Fault `modbus.lost`.
  virtual void reopen(const Deadline& deadline) = 0;
};

}  // namespace plugrig
