#pragma once

#include <string>

#include "rig/core/clock.hpp"

namespace plugrig {

/// The names of the jig's contacts, as printed on it; used in messages to the operator.
struct ContactNames {
  std::string strap = "GPIO0";
  std::string reset = "RST";
  std::string unit_tx = "TX";  ///< the unit's transmit pad: what the host reads
  std::string unit_rx = "RX";  ///< the unit's receive pad: what the host writes
  std::string power = "3V3";
  std::string ground = "GND";
};

/// Puts the unit of one slot into its loader or into its application, by whatever wiring the slot
/// has. One thread at a time uses it.
class BootControl {
 public:
  virtual ~BootControl() = default;

  /// Resets the unit with the strap held: it comes up in the ROM loader. `attempt` counts from 0;
  /// a wiring may use longer waits on odd attempts. Returns right after the last line change.
  virtual void enter_loader(int attempt, const Deadline& deadline) = 0;

  /// Resets the unit with the strap released: it boots from flash.
  virtual void start_application(const Deadline& deadline) = 0;

  /// Takes the supply away for `off` and gives it back. Where the wiring has no supply switch this
  /// is a reset; `switches_power` tells which.
  virtual void power_cycle(Duration off, const Deadline& deadline) = 0;
  [[nodiscard]] virtual bool switches_power() const = 0;

  [[nodiscard]] virtual const ContactNames& contacts() const = 0;
};

}  // namespace plugrig
