#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "rig/engine/mains_gate.hpp"
#include "rig/engine/mains_meters.hpp"
#include "rig/engine/mains_rules.hpp"
#include "rig/engine/turn.hpp"

namespace plugrig::mains {

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
  [[nodiscard]] Turn& load_path() { return load_path_; }
  [[nodiscard]] LoadBank* bank_of(std::size_t slot) const;
  /// Null when the slot has none.
  [[nodiscard]] PowerMeter* meter_of(std::size_t slot) const { return meters_of_slots_.at(slot); }

  [[nodiscard]] State look() const;
  [[nodiscard]] Slot look(std::size_t slot) const { return look().slots.at(slot); }
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
  /// A live slot was told to stop and is not switched off yet.
  [[nodiscard]] bool stop_is_due() const;
  /// The slot has something that must be looked at, or renewed, all the time while it is live.
  [[nodiscard]] bool needs_looks(std::size_t slot) const;
  /// Throws the first rule that the request breaks.
  void require(const Request& request) const;

  /// Reads guard, contacts and sense of the slot. What cannot be read is marked so.
  void read_inputs(std::size_t slot);
  /// The same without what a person looks at, and with the sense inputs of dead slots. What was
  /// asked for at `since` or later need not be asked for again.
  void read_watched(std::size_t slot, Instant since);
  /// Reads the mains-sense inputs of all other slots; `since` as there.
  void read_other_senses(std::size_t slot, Instant since);

  /// Contactor, relay, read-back, voltage. Whatever it throws, the slot may be live afterwards.
  void switch_on(std::size_t slot, const Deadline& deadline);
  /// Load, relay, contactor, in this order, each whatever the others do; takes at most
  /// `kOffLimit` on hardware that switches by itself. Says what did not work. `untouched`: another
  /// slot may have the load.
  enum class Loads : std::uint8_t { off, untouched };
  std::vector<std::string> switch_off(std::size_t slot, Loads loads = Loads::off) noexcept;
  /// After `switch_off`. Fault `safety.off_not_confirmed`: the slot is locked, and the contactor
  /// opened for everybody.
  void prove_off(std::size_t slot, const std::vector<std::string>& not_done);
  /// Whether anything on this slot can ever show that it is dead.
  [[nodiscard]] bool can_prove_off(std::size_t slot) const;
  void confirm_unplugged(std::size_t slot, Operator& person, const Deadline& deadline);

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
  void renew(std::size_t slot);

 private:
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
  void close_contactor(std::size_t slot, const Deadline& deadline);
  void open_contactor(std::size_t slot, const Deadline& deadline);
  void see_voltage(std::size_t slot);
  [[nodiscard]] OffEvidence look_for_voltage(std::size_t slot);

  MainsHardware hardware_;
  Clock& clock_;
  Turn load_path_;
  Turn contactor_turn_;
  Meters meters_;
  std::vector<PowerMeter*> meters_of_slots_;
  mutable std::mutex lock_;
  State state_;
  std::vector<Session> sessions_;
  std::vector<int> leases_;
  std::vector<bool> wants_contactor_;
  std::vector<bool> unplugged_by_hand_;
  bool contactor_off_ = false;  ///< asked to open, and not to close since
};

}  // namespace plugrig::mains
