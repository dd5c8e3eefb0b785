#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "rig/engine/lease_desk.hpp"
#include "rig/engine/mains_chain.hpp"
#include "rig/engine/mains_gate.hpp"
#include "rig/engine/mains_loads.hpp"
#include "rig/engine/mains_meters.hpp"
#include "rig/engine/mains_rules.hpp"
#include "rig/engine/mains_sharing.hpp"
#include "rig/engine/turn.hpp"

namespace plugrig::mains {

/// OFF NOT CONFIRMED, because of what was seen.
Fault off_not_confirmed(const OffEvidence& seen, const std::string& why);

/// What the parts of the gate share: the hardware, what is known of it, and the few things that are
/// ever done to it. `mains_rules` says what may be done; this does it.
///
/// Thread rule: any thread with a seat. The lock guards what is known and is never held over a call
/// of the hardware or of the clock.
class Bench {
 public:
  Bench(MainsHardware hardware, Clock& clock, MainsGateOptions options);

  [[nodiscard]] std::optional<std::size_t> find(std::string_view slot) const;
  [[nodiscard]] std::size_t size() const { return hardware_.slots.size(); }
  [[nodiscard]] const MainsHardware& hardware() const { return hardware_; }
  [[nodiscard]] Clock& clock() { return clock_; }
  /// Where slots take their turns.
  [[nodiscard]] LeaseDesk& desk() { return desk_; }
  [[nodiscard]] const SlotSharing& sharing(std::size_t slot) const { return sharing_.at(slot); }
  [[nodiscard]] LoadBank* bank_of(std::size_t slot) const;
  /// Thermostat of the slot's load; null when it has none.
  [[nodiscard]] SafetyInput* cool_of(std::size_t slot) const;
  /// Null when the slot has none.
  [[nodiscard]] PowerMeter* meter_of(std::size_t slot) const;

  /// What is known now, with what the relays' timers say.
  [[nodiscard]] State look() const;
  /// The same of one slot, without its timers.
  [[nodiscard]] Slot look(std::size_t slot) const;
  template <typename Change>
  void change(std::size_t slot, Change&& change_it) {
    {
      const std::scoped_lock guard(lock_);
      change_it(state_.slots.at(slot));
    }
    clock_.notify();
  }
  void set_watched(bool watched);
  [[nodiscard]] bool any_live() const;
  /// A stage with mains on runs somewhere, or timers are tried: something may become live.
  [[nodiscard]] bool any_session() const;
  /// A live slot was told to stop and is not switched off yet.
  [[nodiscard]] bool stop_is_due() const;
  /// The slot has inputs that must be looked at all the time while it is live.
  [[nodiscard]] bool needs_looks(std::size_t slot) const;
  /// Throws the first rule that the request breaks.
  void require(const Request& request) const;

  /// Reads all that must be known before the slot is switched on: emergency stop, guard, contacts,
  /// sense, thermostat; tells the dead man. What cannot be read is marked so.
  void read_inputs(std::size_t slot);
  /// Emergency stop, guard, contacts and thermostat, without what a person looks at. What was asked
  /// for at `since` or later need not be asked for again.
  void read_watched(std::size_t slot, Instant since);
  /// Reads the mains-sense inputs of all other slots; `since` as there.
  void read_other_senses(std::size_t slot, Instant since);
  /// Reads the mains-sense inputs of all slots that are not live; `since` as there. False when
  /// there are none.
  bool read_dead_senses(Instant since);

  /// Commands everything off and proves it, for every slot; then proves that the timers of relays
  /// switch off by themselves. Once; later calls do nothing. Faults as MainsGate::start_up.
  void start_up(const StartUp& how);
  /// Renews every timed on that has a third of its time behind it. What cannot be renewed is known
  /// to `look`.
  void renew_due();
  /// The shortest time within which something on this bench must be renewed; zero: nothing must.
  [[nodiscard]] Duration shortest_renewal() const;
  /// Tells the dead man that all is well, when there is one and a third of its time has passed, or
  /// `now`.
  void tell_dead_man(bool at_once);
  /// Reads meters of live slots with a load that nobody has read for some seconds.
  void read_silent_meters();
  [[nodiscard]] std::vector<std::string> not_covered(std::size_t slot) const;

  /// Contactor, relay, read-back, voltage. Whatever it throws, the slot may be live afterwards.
  void switch_on(std::size_t slot, const Deadline& deadline);
  /// Load, relay, contactor, in this order, each whatever the others do; takes at most
  /// `kOffLimit` on hardware that switches by itself. Says what did not work. `load_untouched`:
  /// another slot may have the load. `contactor_first`: opened for everybody, then relay, load.
  enum class OffOrder : std::uint8_t { load_first, load_untouched, contactor_first };
  std::vector<std::string> switch_off(std::size_t slot,
                                      OffOrder order = OffOrder::load_first) noexcept;
  /// After `switch_off`. Fault `safety.off_not_confirmed`: the slot is locked, and the contactor
  /// opened for everybody.
  void prove_off(std::size_t slot, const std::vector<std::string>& not_done);
  /// Whether anything on this slot can ever show that it is dead.
  [[nodiscard]] bool can_prove_off(std::size_t slot) const;
  void confirm_unplugged(std::size_t slot, Operator& person, const Deadline& deadline);

  /// Load off, no other slot on the shared meter and load, this slot on them, each seen; nothing on
  /// slots without a selector. To be called in the slot's turn. Faults `safety.load_shared`
  /// (fixture), `relay.*`: the selector may be closed afterwards.
  void connect(std::size_t slot, const Deadline& deadline);
  /// Load off when one was asked for, selector open and read back. Says what did not work.
  [[nodiscard]] std::optional<Fault> disconnect(std::size_t slot) noexcept;
  /// A person reads the slot's meter, or plugs its load in and out.
  [[nodiscard]] bool by_hand(std::size_t slot) const;

  /// The slot is live alone, or in a round of its chain.
  [[nodiscard]] bool in_chain(std::size_t slot) const;
  /// Where those that measure together take their load points.
  [[nodiscard]] LeaseDesk& points() { return points_; }
  /// Held while the load of a chain is switched.
  [[nodiscard]] Turn& load_turn() { return load_turn_; }
  /// Looks at the round of the chain, or changes it and tells whoever waits.
  template <typename Look>
  auto look_at_round(Look&& look_at_it) const {
    const std::scoped_lock guard(lock_);
    return look_at_it(round_);
  }
  template <typename Change>
  auto change_round(Change&& change_it) {
    const auto result = [&] {
      const std::scoped_lock guard(lock_);
      return change_it(round_);
    }();
    clock_.notify();
    return result;
  }
  /// No slot of the chain is being switched out of it.
  [[nodiscard]] bool chain_stands_still() const;
  /// Nominal watts of the slot's load that may be on now.
  [[nodiscard]] double load_on(std::size_t slot) const;
  /// Counts who has a load point, and by how much there are more.
  int count_point(int more);
  /// Out of the round, whatever it was in it. After it is off, or before it ever was on.
  void leave_round(std::size_t slot) noexcept;

  /// One more, or one less, who may drive the slot's 3.3 V, UART or lines.
  void count_lease(std::size_t slot, int more);

  /// A stage with mains on begins and ends in this slot.
  std::stop_token begin_session(std::size_t slot, const MainsStage& stage);
  void end_session(std::size_t slot);
  /// Switches the slot off at once; its running step is told to stop. The first reason counts;
  /// none = the run was stopped.
  void trip(std::size_t slot, const std::optional<Fault>& why);
  void trip_all(const Fault& why);
  [[nodiscard]] std::optional<Fault> tripped(std::size_t slot) const;
  /// Throws why the session is over: the trip, or Stopped.
  void require_untripped(std::size_t slot) const;
  /// The session's stop, whoever asked for it.
  void request_stop(std::size_t slot);
  [[nodiscard]] bool stop_requested(std::size_t slot) const;
  [[nodiscard]] bool in_session(std::size_t slot) const;

 private:
  /// Something that goes off by itself. Used by the thread that renews.
  struct Timed {
    std::function<std::optional<Instant>()> ends;
    std::function<void(const Deadline&)> renew;
    Duration within{};
    int failures = 0;  ///< in a row
    bool tried = false;
  };
  /// What is done rather than known.
  struct Session {
    bool open = false;
    bool is_tripped = false;
    std::optional<Fault> why;
    std::stop_source stop;
  };

  [[nodiscard]] const SlotMains& part(std::size_t slot) const { return hardware_.slots.at(slot); }
  [[nodiscard]] Deadline soon(Duration within) const { return {clock_.now() + within, {}}; }
  /// `since`: as for SafetyInput::read_since; empty: reads it now.
  void read_input(SafetyInput* input, std::size_t slot, Input Slot::*known,
                  std::optional<Instant> since = std::nullopt);
  void read_selector(std::size_t slot);
  /// True when it reads back as open, or there is none.
  bool open_selector(std::size_t slot) noexcept;
  /// The load that is shared is in another slot's turn, and this slot is not on it.
  [[nodiscard]] bool load_is_of_another(std::size_t slot) const;
  /// It is on its way out of the round, if it is in one: what others measure is of before.
  void begin_leaving(std::size_t slot);
  [[nodiscard]] Input read_now(SafetyInput* input, std::optional<Instant> since);
  void read_bench_input(SafetyInput* input, Input State::*known,
                        std::optional<Instant> since = std::nullopt);
  void close_contactor(std::size_t slot, const Deadline& deadline);
  void open_contactor(std::size_t slot, const Deadline& deadline);
  /// For everybody, whoever wants it closed.
  void cut_contactor(const Deadline& deadline);
  void see_voltage(std::size_t slot);
  [[nodiscard]] OffEvidence look_for_voltage(std::size_t slot);
  void collect_timed();
  void shown(std::size_t meter, const PowerReading& reading);
  /// What meters of these slots showed is of before: something was switched.
  void forget_shown(const std::function<bool(const Slot&)>& of);

  /// The first fault of what is behind the mains relays: loads, selectors.
  std::optional<Fault> command_all_off(std::vector<std::string>& failed);
  [[nodiscard]] std::optional<Fault> proof_at_start(std::size_t slot);
  void prove_timers_at_start(const Deadline& deadline);
  void prove_contactor_timer(const Deadline& deadline);
  /// Nothing is switched on any more, and throws, when something is wrong.
  void require_timers(const std::optional<std::string>& wrong);
  void take_over_marks();
  /// Off is not confirmed: noted where it outlives the program. Returns why it could not be.
  std::string mark(std::size_t slot, const std::string& why) noexcept;
  /// Off is proven or confirmed.
  void clear_mark(std::size_t slot);

  MainsHardware hardware_;
  Clock& clock_;
  std::vector<SlotSharing> sharing_;
  LeaseDesk desk_, points_;
  Turn contactor_turn_, dead_man_turn_, start_turn_, load_turn_;
  Loads loads_;
  Meters meters_;
  mutable std::mutex lock_;
  State state_;
  ChainRound round_;
  int point_holders_ = 0;
  std::vector<Session> sessions_;
  std::vector<int> leases_;
  std::vector<bool> wants_contactor_;
  std::vector<bool> unplugged_by_hand_;
  bool contactor_off_ = false;  ///< asked to open, and not to close since
  bool started_ = false;
  bool trying_timers_ = false;  ///< guarded by lock_
  std::vector<Timed> timed_;
  bool contactor_timer_proven_ = false;
  std::vector<Instant> meters_changed_;  ///< when something that the meter sees was switched last
  OffMarks* marks_;
  std::vector<std::vector<std::string>> marked_;  ///< names under which a slot is marked
};

}  // namespace plugrig::mains
