#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drivers/api/mains_hardware.hpp"
#include "drivers/api/power_meter.hpp"
#include "rig/core/clock.hpp"

namespace plugrig {

/// What a step may ask of the mains gate for its own slot, in a stage with `mains: on`. Steps never
/// hold a switch or the load bank. Every request may be refused with a Fault `safety.*`.
/// Blocking; used by the slot's thread.
class MainsAccess {
 public:
  virtual ~MainsAccess() = default;

  /// Mains to the plug, no load behind it. Nothing happens when it is on already.
  virtual void energise(const Deadline& deadline) = 0;
  /// Puts the load point behind the plug (0 W = none). Returns what was chosen.
  virtual LoadSetting load(double watts, const Deadline& deadline) = 0;
  /// Load off, mains off, and off proven. Fault `safety.off_not_confirmed`.
  virtual void de_energise(const Deadline& deadline) = 0;
  [[nodiscard]] virtual bool energised() const = 0;
  /// Volts of the bench's mains, nominal.
  [[nodiscard]] virtual double nominal_V() const = 0;

  /// The meter that sees this slot. Fault `bench.no_reference` (config).
  [[nodiscard]] virtual PowerMeter& reference() = 0;
  /// Meters that see other slots and not this one: binding must not show there.
  [[nodiscard]] virtual std::vector<PowerMeter*> other_references() = 0;
  /// A person plugs the load in and out: it is asked for once and stays until mains goes off.
  [[nodiscard]] virtual bool load_by_hand() const { return false; }
  /// Runs without a hard-wired interlock: a person watches. Goes into the record.
  [[nodiscard]] virtual bool attended() const = 0;
};

}  // namespace plugrig
