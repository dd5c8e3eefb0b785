#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rig/core/clock.hpp"

namespace plugrig {

/// An asynchronous serial port, 8N1, already open. One thread at a time uses it.
///
/// All blocking calls throw `Stopped` when the deadline's stop token triggers and `Fault`
/// (blame host or fixture) when the port is lost.
class Uart {
 public:
  virtual ~Uart() = default;

  /// Hands all bytes to the port, in order. May return while they are still on the wire.
  /// Fault `serial.write.timeout` (host) when the deadline passes first.
  virtual void write(std::span<const std::uint8_t> bytes, const Deadline& deadline) = 0;

  /// Blocks until every written byte has left on the wire.
  virtual void drain(const Deadline& deadline) = 0;

  /// Blocks until at least one byte is there or the deadline passes. Returns the number of bytes
  /// put into `into`; 0 means that the deadline passed.
  virtual std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) = 0;

  /// Drains, then changes the rate, in bit/s, for both directions. Fault `serial.baud` when the
  /// port cannot make the rate.
  virtual void set_baud(std::uint32_t baud) = 0;
  [[nodiscard]] virtual std::uint32_t baud() const = 0;

  /// Throws away what was received and not yet read.
  virtual void discard_input() = 0;
};

}  // namespace plugrig
