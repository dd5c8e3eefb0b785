#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/api/mains_hardware.hpp"
#include "drivers/api/operator.hpp"
#include "rig/core/event.hpp"
#include "rig/core/fault.hpp"
#include "rig/engine/mains_access.hpp"
#include "rig/engine/product.hpp"
#include "rig/record/off_marks.hpp"

namespace plugrig {

namespace mains {
class Bench;
}

struct MainsGateOptions {
  bool attended = false;  ///< `--attended`: a person watches the bench all the time
  /// Where OFF NOT CONFIRMED outlives the program; outlives the gate. Null: it does not.
  OffMarks* marks = nullptr;
};

/// Longest time from a stop to everything off, on hardware that switches by itself.
inline constexpr Duration kOffLimit = std::chrono::seconds{1};

/// Held while the 3.3 V, UART or control lines of a slot may be driven: mains of this slot is
/// proven off and stays locked off. Empty when the slot has no mains. Outlived by its gate.
class LowVoltageLease {
 public:
  LowVoltageLease() = default;
  LowVoltageLease(std::shared_ptr<mains::Bench> bench, std::size_t slot);
  ~LowVoltageLease() { release(); }
  LowVoltageLease(LowVoltageLease&& other) noexcept;
  LowVoltageLease& operator=(LowVoltageLease&& other) noexcept;
  /// To be called only after the port is closed, its lines idle and 3.3 V off.
  void release() noexcept;

 private:
  std::shared_ptr<mains::Bench> bench_;
  std::size_t slot_ = 0;
};

/// Stands for one slot in a stage with `mains: on`. However it goes away, load and mains of the
/// slot are off then; `end` says whether that was proven. Used by the slot's thread.
class MainsSession {
 public:
  virtual ~MainsSession() = default;
  [[nodiscard]] virtual MainsAccess& access() = 0;
  /// For the deadlines of the stage's steps: triggers on the stop of the run, and when the gate
  /// has switched off by itself because something was no longer safe.
  [[nodiscard]] virtual std::stop_token stop() const = 0;
  /// Why the gate switched off by itself; empty when it did not.
  [[nodiscard]] virtual std::optional<Fault> tripped() const = 0;
  /// When the running step must have ended; a second later the gate switches off. What the step
  /// waits for its turn at reference and load is added to it.
  virtual void step_ends(Instant at) = 0;
  /// Time spent so far on waiting for turns at reference and load: not the steps' own.
  [[nodiscard]] virtual Duration waited() const { return {}; }
  /// Load off, mains off, off proven; ignores every stop and has its own time. Fault
  /// `safety.off_not_confirmed`: the slot is then locked.
  virtual void end() = 0;
};

/// What a stage with `mains: on` tells the gate.
struct MainsStage {
  PlugInfo plug;                                ///< its ratings limit the load
  std::function<void(const std::string&)> say;  ///< waiting, for what; may be empty
  Deadline deadline;                            ///< for the waits, with the stop of the run
  /// Leases of reference and load: waited for, taken, given back; on the slot's thread. May be
  /// empty; outlives the session.
  std::function<void(event::Body)> tell = {};
};

/// How a bench is started.
struct StartUp {
  Deadline deadline = {};
  Operator* person = nullptr;  ///< confirms what cannot be proven; null: nobody is there
  /// Something will be energised: also proves that relays with timers switch off by themselves.
  bool for_mains = true;
};

/// One safety input, as it reads at this moment.
struct InputLook {
  std::string name;
  bool by_hand = false;        ///< a person looks, and was not asked
  std::optional<bool> closed;  ///< empty: not asked, or it cannot be read
  std::optional<Fault> fault;  ///< why it cannot be read
  Duration took{};             ///< a reading counts for 200 ms from its request on
};

/// The only way to mains, for all slots of a bench (design §7). Owns the mains hardware.
///
/// Thread rule: any thread with a seat of the clock; calls block for relays and inputs.
class MainsGate {
 public:
  /// Touches nothing yet. `clock` and the meters of `hardware` outlive the gate.
  MainsGate(MainsHardware hardware, Clock& clock, MainsGateOptions options = {});
  /// Switches off whatever may be on.
  ~MainsGate();
  MainsGate(const MainsGate&) = delete;
  MainsGate& operator=(const MainsGate&) = delete;

  /// False for slots without mains: the gate has nothing to say there.
  [[nodiscard]] bool has_slot(std::string_view slot) const;

  /// Watches guard and contacts of live slots and switches off when they are no longer safe.
  /// Without a watch nothing is switched on. One thread with a seat of its own, until destroyed
  /// (by a thread that holds a seat).
  class Watch {
   public:
    virtual ~Watch() = default;
  };
  [[nodiscard]] std::unique_ptr<Watch> watch();

  /// To be called once before anything on the bench is used, while nothing else uses the gate:
  /// commands everything off, proves it for every slot, and shows, with the contactor open, that
  /// relays with timers go off by themselves; takes a second or two. What was OFF NOT CONFIRMED at
  /// the end of an earlier program is free again when off is proven now, or `how.person` confirms
  /// it. Faults `safety.off_not_confirmed`, `safety.relay_welded`, `safety.timed_on_not_proven`
  /// (instrument), `relay.*`: then nothing may start. Throws Stopped.
  void start_up(const StartUp& how = {});

  /// For everything that drives 3.3 V, UART or lines of a slot, by a sequence or by hand. Proves
  /// off first. Faults `safety.live`, `safety.off_not_confirmed`.
  [[nodiscard]] LowVoltageLease lock_for_low_voltage(std::string_view slot);

  /// Begins a stage with `mains: on`. Where slots share a load or a meter and have no selectors,
  /// waits for the slot's turn, which is a whole stage; a few seconds for contacts that are on
  /// their way back. In a chain the turn is waited for when mains is asked for. Energises nothing.
  /// Faults `safety.no_mains` (config), `safety.load_shared`. Throws Stopped.
  [[nodiscard]] std::unique_ptr<MainsSession> enter(std::string_view slot, const MainsStage& stage);

  /// Off could not be confirmed, or nothing on this bench could ever confirm it for the UART side:
  /// a person must confirm that nothing is plugged in before the slot is used.
  [[nodiscard]] bool needs_person(std::string_view slot) const;
  /// Asks the person to unplug; when that is confirmed, and no input contradicts, the slot is free
  /// again. Faults of the operator, `safety.off_not_confirmed`.
  void confirm_unplugged(std::string_view slot, Operator& person, const Deadline& deadline);

  /// Who has what the slots share, since when and for what, and why this slot waits; in words.
  [[nodiscard]] std::string explain(std::string_view slot) const;
  /// Runs without a hard-wired interlock.
  [[nodiscard]] bool attended() const;
  /// Reads guard, contacts and sense of a slot, the contactor's auxiliary contact, emergency stop
  /// and thermostat, each once;
  /// asks no person. For looking at a bench: what the gate itself goes by it reads anew.
  [[nodiscard]] std::vector<InputLook> look_at_inputs(std::string_view slot) const;
  /// Whether the slot's guard reads closed at this moment; empty when it has none, when it cannot
  /// be read, and when a person looks. Nothing is switched by it.
  [[nodiscard]] std::optional<bool> guard_closed(std::string_view slot) const;
  /// What the bench does not protect this slot against, one sentence each; for the record.
  [[nodiscard]] std::vector<std::string> not_covered(std::string_view slot) const;

 private:
  std::shared_ptr<mains::Bench> bench_;
};

}  // namespace plugrig
