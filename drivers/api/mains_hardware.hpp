#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/api/power_meter.hpp"
#include "rig/core/clock.hpp"

namespace plugrig {

/// Switches mains (of a slot, or the contactor of the bench). Only the mains gate holds it.
class MainsSwitch {
 public:
  virtual ~MainsSwitch() = default;
  /// Switches, reads back, compares. Fault `relay.*`. Off goes before everything queued on the bus.
  virtual void set(bool on, const Deadline& deadline) = 0;
  virtual bool reads_on(const Deadline& deadline) = 0;
  /// A person plugs in and out: takes minutes, and a confirmed off means unplugged.
  [[nodiscard]] virtual bool by_hand() const { return false; }
  /// An on ends by itself when it is not renewed within this time; zero: it stays on.
  [[nodiscard]] virtual Duration renew_within() const { return Duration::zero(); }
  /// When what is on ends by itself unless it is renewed before; empty: it is off, or stays on.
  /// Does not block.
  [[nodiscard]] virtual std::optional<Instant> ends() const { return std::nullopt; }
  /// Renews an on that ends by itself. Fault `relay.*`; `relay.lapsed` (host) when it has ended: it
  /// is not switched on again.
  virtual void renew(const Deadline& /*deadline*/) {}
  /// On for `time` and off by itself, for the proof that it does; renewed by calling it again. Only
  /// where `renew_within` is above zero.
  virtual void on_for(Duration /*time*/, const Deadline& deadline) { set(true, deadline); }
  /// The shortest time by which `on_for` counts.
  [[nodiscard]] virtual Duration timer_step() const { return std::chrono::milliseconds{100}; }
};

/// What one reading of an input shows.
struct InputReading {
  bool closed = false;
  /// When the device was asked; empty: in this call, no more is known.
  std::optional<Instant> asked = std::nullopt;
};

/// One safety input: guard, contacts withdrawn, mains sense, contactor auxiliary contact.
class SafetyInput {
 public:
  virtual ~SafetyInput() = default;
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Reads it now. Closed = current flows: guard closed, contacts withdrawn, voltage present.
  /// Throws Fault when it cannot be read.
  virtual bool closed(const Deadline& deadline) = 0;
  /// For who looks at several inputs one after the other: what the device was asked at `since` or
  /// later will do, such as one request for all inputs of a board, and its fault too.
  virtual InputReading read_since(Instant /*since*/, const Deadline& deadline) {
    return {closed(deadline)};
  }
  /// A person looks: asked when something is switched on, not watched.
  [[nodiscard]] virtual bool by_hand() const { return false; }
};

/// What one combination of load elements draws.
struct LoadSetting {
  std::vector<int> elements;  ///< indices into the bank, from 0; empty = no load
  double nominal_W = 0;       ///< at `at_V`, by name plate
  double nominal_A = 0;
  double at_V = 0;
  /// How long its resistors may stay on from now; Duration::max() = for ever.
  Duration may_stay = Duration::max();
};

/// Resistors behind relays. Only the mains gate holds it. One thread at a time, but `off` may come
/// from any thread and while another call runs.
class LoadBank {
 public:
  virtual ~LoadBank() = default;
  /// The combination nearest to `watts` at `volts`; 0 W = none. Fault `load.rating` (config) when a
  /// resistor's, relay's or wire's rating would be exceeded, `load.duty` (config) when a resistor's
  /// duty at this moment would be; `load.no_combination` (config) when nothing comes within 15 % of
  /// the point.
  [[nodiscard]] virtual LoadSetting choose(double watts, double volts) const = 0;
  /// Switches exactly these elements on, others off (off first). Fault `relay.*`, `load.duty`.
  virtual void apply(const LoadSetting& setting, const Deadline& deadline) = 0;
  /// All elements off; goes before everything queued on the bus.
  virtual void off(const Deadline& deadline) = 0;
  /// Largest current that the bank's relays, resistors and wiring may carry.
  [[nodiscard]] virtual double rating_A() const = 0;
  /// When what is on now must be off again for the sake of a resistor's duty; empty = never.
  [[nodiscard]] virtual std::optional<Instant> off_due() const { return std::nullopt; }
  /// A person plugs the load in and out.
  [[nodiscard]] virtual bool by_hand() const { return false; }
  /// What is on ends by itself when it is not renewed within this time; zero: it stays on.
  [[nodiscard]] virtual Duration renew_within() const { return Duration::zero(); }
  /// When the first of what is on ends by itself unless it is renewed before; what its duty ends is
  /// not counted. Empty: nothing does. Does not block.
  [[nodiscard]] virtual std::optional<Instant> ends() const { return std::nullopt; }
  /// Renews what is on. Fault `relay.*`, `relay.lapsed` as for a switch. One thread at a time,
  /// beside the other calls.
  virtual void renew(const Deadline& /*deadline*/) {}
  /// Its relays that end by themselves, one by one, for the proof that they do.
  [[nodiscard]] virtual std::vector<MainsSwitch*> timed_relays() { return {}; }
};

/// How UART contacts and mains are kept apart in a slot that has both.
enum class ContactsKind : std::uint8_t {
  none,          ///< no UART contacts in this slot
  isolated,      ///< galvanically isolated by construction
  two_position,  ///< withdrawn before mains; an input reads it
};

/// Mains side of one slot. Empty pointers: the slot has no such thing.
struct SlotMains {
  std::string slot;
  ContactsKind contacts = ContactsKind::none;
  std::unique_ptr<MainsSwitch> mains;
  std::unique_ptr<SafetyInput> sense;               ///< closed = voltage at the slot
  std::unique_ptr<SafetyInput> guard;               ///< closed = guard closed
  std::unique_ptr<SafetyInput> contacts_withdrawn;  ///< closed = withdrawn
  PowerMeter* reference = nullptr;                  ///< the meter that sees this slot
  /// `reference` has its own supply and is connected to the slot's terminals, ahead of the plug's
  /// relay: only then does a reading below 10 V show that the slot is dead.
  bool reference_shows_slot_voltage = false;
  /// Connects the shared reference meter and load to this slot; open, the slot is fed directly, is
  /// seen by no shared meter and feeds no load. Empty: they are connected all the time.
  std::unique_ptr<MainsSwitch> selector;
  double wiring_rating_A = 16;
  double relay_rating_A = 16;      ///< of the slot's mains relay or contactor, resistive load
  std::unique_ptr<LoadBank> load;  ///< of this slot alone (`LoadPath::per_slot`); may be empty
  std::unique_ptr<SafetyInput> load_cool;  ///< thermostat of `load`: closed = cool; may be empty
};

/// Something outside this process that switches mains off when it is not told in time that all is
/// well (the guardian process). One thread at a time.
class DeadMan {
 public:
  virtual ~DeadMan() = default;
  /// It switches off when it was told nothing for this long.
  [[nodiscard]] virtual Duration within() const = 0;
  /// Fault `guardian.*` when it cannot be told any more.
  virtual void all_is_well(const Deadline& deadline) = 0;
};

/// How the load reaches the slots.
enum class LoadPath : std::uint8_t {
  multiplexed,  ///< one load and one reference meter; only one slot may be live at a time
  per_slot,     ///< each slot has its own
  chained,      ///< slots one behind the other: all carry the same load
};

/// The mains side of a bench, for the mains gate alone.
struct MainsHardware {
  double nominal_V = 230;
  LoadPath path = LoadPath::multiplexed;
  bool hardwired_interlock = false;        ///< emergency stop and guard break the contactor coil
  std::unique_ptr<MainsSwitch> contactor;  ///< of the whole bench; may be empty
  std::unique_ptr<SafetyInput> contactor_auxiliary;  ///< closed = contactor closed; may be empty
  std::unique_ptr<LoadBank> load;                    ///< may be empty
  std::unique_ptr<SafetyInput> emergency_stop;       ///< closed = not pressed; may be empty
  std::unique_ptr<SafetyInput> load_cool;  ///< thermostat of the load: closed = cool; may be empty
  std::unique_ptr<DeadMan> dead_man;       ///< may be empty
  std::vector<SlotMains> slots;
  /// What is known of the parts and does not protect: one sentence each, for every record.
  std::vector<std::string> not_covered;
};

}  // namespace plugrig
