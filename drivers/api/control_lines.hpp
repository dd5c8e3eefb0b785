#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace plugrig {

/// A signal that a port can drive. `dtr` and `rts` are modem lines: asserted = 0 V at the TTL pin.
enum class Signal : std::uint8_t { dtr, rts };

std::string_view to_string(Signal signal);

struct LineChange {
  Signal signal;
  bool asserted;
  friend bool operator==(LineChange, LineChange) = default;
};

/// The control lines of one slot. One thread at a time uses them. All lines are idle (not
/// asserted) when the port is opened and again when it is closed.
class ControlLines {
 public:
  virtual ~ControlLines() = default;

  [[nodiscard]] virtual bool offers(Signal signal) const = 0;

  /// Changes all named lines in one request to the hardware; the others keep their level.
  /// Fault `lines.missing` (fixture) when the port has no such line.
  virtual void set(std::span<const LineChange> changes) = 0;
};

}  // namespace plugrig
