#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/api/mains_hardware.hpp"
#include "drivers/api/power_meter.hpp"
#include "rig/core/clock.hpp"

namespace plugrig {

/// The reference meter and the load of the bench are this slot's for as long as it lives; giving
/// them back puts the load off. Used by the slot's thread.
class ReferenceLease {
 public:
  virtual ~ReferenceLease() = default;
  /// Time spent waiting for readings to stand still, and taking them: what counts as use. The rest
  /// of the time that the lease is held is idle.
  virtual void settled(Duration /*spent*/) {}
  virtual void sampled(Duration /*spent*/) {}
};

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

  /// Waits for the slot's turn at reference and load, and connects them; everything that needs a
  /// reading of the reference or a load behind the plug is done under a lease, and nothing else is.
  /// A lease within a lease is the same one. `purpose` is shown to who waits: "power.as_found".
  /// Faults `safety.load_shared`, `relay.*`; throws Stopped.
  [[nodiscard]] virtual std::unique_ptr<ReferenceLease> lease_reference(
      const std::string& /*purpose*/, const Deadline& /*deadline*/) {
    return std::make_unique<ReferenceLease>();
  }
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
