#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace plugrig {

/// A signal that the rig can drive for one slot. `dtr` and `rts` are the modem lines of the slot's
/// UART: asserted = 0 V at the TTL pin; what hangs on them the wiring says. The others name what
/// they do at the unit or the fixture: asserted = in effect, whatever level that takes.
enum class Signal : std::uint8_t {
  dtr,
  rts,
  gpio0,         ///< strap held low
  reset,         ///< unit held in reset
  power_3v3,     ///< the fixture feeds the unit
  button,        ///< the unit's button is pressed
  lamp_pass,     ///< lit
  lamp_fail,     ///< lit
  uart_isolate,  ///< the UART contacts are cut off
};

/// "DTR", "RTS", "gpio0", "power_3v3", … as in bench files.
std::string_view to_string(Signal signal);
/// The signal of this name as wirings and bench files write it ("dtr", "rts", "gpio0", …).
std::optional<Signal> signal_named(std::string_view name);

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

  /// Changes all named lines, those on the same port or channel in one request to the hardware; the
  /// others keep their level. Fault `lines.missing` (fixture) when there is no such line,
  /// `ftdi.lost` and `serial.lost` (host) when the adapter is gone.
  virtual void set(std::span<const LineChange> changes) = 0;
};

}  // namespace plugrig
