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

/// What plugs with their relays on take for themselves at no load, as the reference in front of them
/// sees it: power, and current in phase with the voltage and at right angles to it.
struct OwnConsumption {
  double power_W = 0, active_A = 0, reactive_A = 0;
  double u_power_W = 0, u_current_A = 0;  ///< standard uncertainties
};

/// The slot's place among those of a chain that measure together (`load_path: chained`): one current
/// carries the load of all. Giving it back waits until nobody has a load point, and leaves the slot
/// off and bridged. Used by the slot's thread. `MainsAccess::load` then takes a load point: who asks
/// for the same one shares it, who asks for another waits until it was given back.
class ChainShare : public ReferenceLease {
 public:
  /// The plug's relay is closed and stays so; `through_here` is what the reference showed since,
  /// with this slot the last one of the chain. Waits until all others are ready too; then nothing
  /// moves in the chain unless a slot must leave it. Fault `power.own_unknown` (fixture): what is
  /// not known of a plug cannot be left out of what others are held against.
  virtual void ready(const OwnConsumption& through_here, const Deadline& deadline) = 0;
  /// What this slot's plug and those before it take: the reference sees it, the plug does not.
  [[nodiscard]] virtual OwnConsumption through_here() const = 0;
  /// What those behind it take: flows through the plug as its load does.
  [[nodiscard]] virtual OwnConsumption behind() const = 0;
  /// Slots between mains and this one, and behind it.
  [[nodiscard]] virtual std::vector<std::string> slots_before() const = 0;
  [[nodiscard]] virtual std::vector<std::string> slots_behind() const = 0;
  /// Gives the load point back and waits until nobody has one; then off, and out of the chain.
  /// Faults as `de_energise`.
  virtual void leave() = 0;
};

/// Id of the fault of a reading, or a load point, between which and the one before a slot has left
/// the chain: what was measured at this point is to be measured again (fixture).
inline constexpr const char* kChainChanged = "safety.chain_changed";

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
  /// The slot is one of a chain, and others may measure together with it: then a series is measured
  /// in a share of the chain. Everything else is done with the slot live alone.
  [[nodiscard]] virtual bool shares_chain() const { return false; }
  /// Takes mains off, waits for others of the chain that want to measure, and for the slot's turn
  /// among them, from the front; then mains is on again, with all before it live and none behind it,
  /// and the plug must be reached, and bound, anew. Until `ready` its relay may be switched and the
  /// slot has the load for itself. Null on benches without chain. Faults `safety.*`; throws Stopped.
  [[nodiscard]] virtual std::unique_ptr<ChainShare> share_chain(const std::string& /*purpose*/,
                                                                const Deadline& /*deadline*/) {
    return nullptr;
  }
  /// Runs without a hard-wired interlock: a person watches. Goes into the record.
  [[nodiscard]] virtual bool attended() const = 0;
};

}  // namespace plugrig
