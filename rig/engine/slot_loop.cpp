#include "rig/engine/slot_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace plugrig {
namespace {

class SlotLoop {
 public:
  SlotLoop(Batch& batch, const RunSlot& slot, SlotOutcome& outcome)
      : batch_(batch),
        slot_(slot),
        outcome_(outcome),
        stop_(batch.options.slot_stops == nullptr ? std::stop_source()
                                                  : batch.options.slot_stops->source(slot.name)),
        stop_with_run_(batch.stop, StopToo{stop_}) {}

  void run() {
    // Without a person the first unit may try: its record then says what is wrong.
    if (batch_.options.person != nullptr) free_for_next();
    while (run_next()) {
    }
  }

 private:
  struct StopToo {
    std::stop_source other;
    void operator()() { other.request_stop(); }
  };

  [[nodiscard]] Clock& clock() const { return batch_.parts.clock; }
  [[nodiscard]] Deadline deadline() const { return {Instant::max(), stop_.get_token()}; }

  void tell_waits(const std::string& next) {
    batch_.parts.sink.on({clock().now(), clock().utc(), slot_.name, event::SlotWaits{next}});
  }

  /// False when this slot has nothing more to do.
  bool run_next() {
    if (stop_.stop_requested()) return false;
    if (const auto order = left_by_a_crash()) return go_on(*order);
    if (batch_.queue.takes(slot_.name)) return take_waiting();
    if (!batch_.queue.begins(slot_.name) || !has_room() || !unit_is_left()) return false;
    wait_for_store();
    ReadyUnit ready;
    if (!wait_for_start(ready)) return !test_again() || fit_for_next();
    const std::optional<int> number = take();
    if (!number) return true;  // another slot was faster; this unit is left over
    if (!bring(*number)) return false;
    run_new_unit(ready, *number);
    return fit_for_next();
  }

  void wait_for_store() {
    batch_.recording.pass(deadline(), [this](const std::string& why) { tell_waits(why); });
  }

  std::optional<UnitOrder> left_by_a_crash() {
    const std::scoped_lock guard(batch_.pool_lock);
    return batch_.queue.first(slot_.name);
  }

  bool go_on(const UnitOrder& order) {
    wait_for_store();
    run(batch_.parts, order.work);
    return fit_for_next();
  }

  /// The next unit that other slots have done their part of. False when none will come.
  bool take_waiting() {
    const auto settled = [this] {
      const std::scoped_lock guard(batch_.pool_lock);
      return batch_.queue.ready(slot_.name) || batch_.queue.over(slot_.name);
    };
    if (clock().wait(settled, deadline()) != WaitResult::ready) return false;
    std::optional<UnitOrder> order;
    {
      const std::scoped_lock guard(batch_.pool_lock);
      if (batch_.queue.ready(slot_.name)) order = batch_.queue.take(slot_.name);
    }
    if (!order) return false;
    clock().notify();
    move_here(*order);
    return go_on(*order);
  }

  /// Whoever carries units is told which one belongs here, and has brought it when this returns.
  void move_here(const UnitOrder& order) {
    const auto& facts = order.work.earlier->facts;
    const auto mac = facts.find("mac");
    const MovedUnit unit{order.from, slot_.name, mac == facts.end() ? "" : mac->second};
    tell_waits(fmt::format("Put unit {} from slot {} into slot {}.", unit.mac, unit.from, unit.to));
    if (batch_.options.move_unit) batch_.options.move_unit(unit, deadline());
    settle([this] { batch_.queue.arrived(slot_.name); });
  }

  /// Waits until the unit before was taken out of the slot. False when nobody will.
  bool has_room() {
    const auto settled = [this] {
      const std::scoped_lock guard(batch_.pool_lock);
      return batch_.queue.has_room(slot_.name) || !batch_.queue.can_move();
    };
    if (clock().wait(settled, deadline()) != WaitResult::ready) return false;
    const std::scoped_lock guard(batch_.pool_lock);
    return batch_.queue.has_room(slot_.name);
  }

  /// Waits for as long as another slot may give back a number that it took.
  bool unit_is_left() {
    const auto settled = [this] {
      const std::scoped_lock guard(batch_.pool_lock);
      return batch_.pool.ready() || batch_.pool.over();
    };
    if (clock().wait(settled, deadline()) != WaitResult::ready) return false;
    const std::scoped_lock guard(batch_.pool_lock);
    return batch_.pool.ready();
  }

  /// False when the others took the last unit meanwhile.
  bool wait_for_start(ReadyUnit& ready) {
    StartSignal* start = batch_.options.start;
    if (start == nullptr) return true;
    if (const std::string asks = start->asks(slot_.name); !asks.empty()) tell_waits(asks);
    // Whichever comes first: no unit left, this slot's stop, a demand to test the last unit again.
    std::stop_source enough;
    const std::stop_callback none_left(batch_.none_left.get_token(), StopToo{enough});
    const std::stop_callback stopped(stop_.get_token(), StopToo{enough});
    RetestDesk* retests = batch_.options.retests;
    const std::stop_callback demanded(
        retests == nullptr ? std::stop_token() : retests->demanded(slot_.name), StopToo{enough});
    try {
      ready = start->wait(slot_.name, {Instant::max(), enough.get_token()});
    } catch (const Stopped&) {
      if (stop_.stop_requested()) throw;
      return false;
    }
    return true;
  }

  std::optional<int> take() {
    const std::scoped_lock guard(batch_.pool_lock);
    if (!batch_.pool.ready()) return std::nullopt;
    return batch_.pool.take();
  }

  void begun() {
    settle([this] { batch_.pool.begun(); });
  }
  void give_back(int number) {
    settle([this, number] { batch_.pool.give_back(number); });
  }
  template <typename Change>
  void settle(Change change) {
    bool over = false;
    {
      const std::scoped_lock guard(batch_.pool_lock);
      change();
      over = batch_.pool.over();
    }
    if (over) batch_.none_left.request_stop();
    clock().notify();
  }

  /// Whatever brings unit `number` into the slot, and how long that takes. False when it does not
  /// come; another slot may have it then.
  bool bring(int number) {
    if (!batch_.options.next_unit) return true;
    try {
      if (batch_.options.next_unit(slot_.name, number, deadline())) return true;
    } catch (...) {
      give_back(number);
      throw;
    }
    give_back(number);
    return false;
  }

  void run_new_unit(const ReadyUnit& ready, int number) {
    begun();
    if (batch_.options.retests != nullptr) batch_.options.retests->begun(slot_.name);
    facts_ = batch_.parts.facts;
    for (const auto& [name, value] : ready.facts) facts_[name] = value;
    run_with_facts(batch_.queue.begin(slot_.name, number));
    number_ = number;
    if (batch_.options.retests != nullptr) batch_.options.retests->ended(slot_.name, last_);
    test_again();
  }

  void run_with_facts(const UnitWork& work) {
    RunParts parts = batch_.parts;
    parts.facts = facts_;
    run(parts, work);
  }

  /// The unit that sits in the slot is tested again for as long as somebody wants it and the rule
  /// allows it, as a unit record of its own. False when nothing was tested.
  bool test_again() {
    RetestDesk* retests = batch_.options.retests;
    if (retests == nullptr) return false;
    bool tested = false;
    while (!stop_.stop_requested()) {
      const MainsGate* gate = batch_.options.gate;
      if (gate != nullptr && gate->needs_person(slot_.name)) break;
      const std::optional<Retest> again = retests->take(slot_.name);
      if (!again) break;
      tested = true;
      facts_[kRetestOf] = again->of;
      facts_[kRetestReason] = again->reason;
      UnitWork work = batch_.queue.begin(slot_.name, number_);
      work.again = again->again;
      run_with_facts(work);
      retests->ended(slot_.name, last_);
    }
    return tested;
  }

  void run(const RunParts& parts, const UnitWork& work) {
    last_ = run_unit(parts, slot_.name, *slot_.port, work, stop_.get_token());
    std::optional<UnitRecord> lost;
    bool goes_on = false;
    settle([&] {
      lost = batch_.queue.ended(slot_.name, last_);
      goes_on = waits();
    });
    if (goes_on) return;
    if (lost) last_ = give_up_unit(parts, slot_.name, *lost, never_found(*lost));
    outcome_.units.push_back(last_);
  }

  [[nodiscard]] Fault never_found(const UnitRecord& unit) const {
    return {"unit.not_moved", Blame::operator_,
            fmt::format("Unit {} was not found in slot {} in {} tries.", unit.unit_id, slot_.name,
                        kTakeTries),
            "Look for the unit by its MAC, and start it anew."};
  }

  /// The unit that was in this slot waits for one. Under the lock of the queue.
  [[nodiscard]] bool waits() const {
    return std::any_of(batch_.queue.waiting().begin(), batch_.queue.waiting().end(),
                       [this](const UnitQueue::Waiting& unit) {
                         return unit.record.unit_id == last_.record.unit_id;
                       });
  }

  bool fit_for_next() {
    if (!last_.recorded) batch_.recording.suspect();
    if (!free_for_next()) return false;
    if (!lost()) return true;
    tell_waits(
        fmt::format("Slot {} takes no further unit: it could not be opened. Mend it, then start a "
                    "new run.",
                    slot_.name));
    return false;
  }

  /// A slot of which nothing shows that it is dead is confirmed by a person, or not used any more.
  bool free_for_next() {
    MainsGate* gate = batch_.options.gate;
    if (gate == nullptr || !gate->needs_person(slot_.name)) return true;
    if (batch_.options.person == nullptr) return false;
    gate->confirm_unplugged(slot_.name, *batch_.options.person, deadline());
    return true;
  }

  /// The slot itself did not open, for no unit's sake: the next one would fare no better.
  [[nodiscard]] bool lost() const {
    const auto& attempts = last_.record.attempts;
    const auto opened =
        std::find_if(attempts.rbegin(), attempts.rend(),
                     [](const AttemptRecord& attempt) { return attempt.step_index == kOpenIndex; });
    return opened != attempts.rend() && opened->verdict == Verdict::error;
  }

  Batch& batch_;
  const RunSlot& slot_;
  SlotOutcome& outcome_;
  UnitResult last_;
  int number_ = 0;                                         ///< of `last_`
  std::map<std::string, std::string, std::less<>> facts_;  ///< of `last_` from its begin
  std::stop_source stop_;                                  ///< of this slot
  std::stop_callback<StopToo> stop_with_run_;
};

Fault broke_off(const std::string& slot, const std::string& why) {
  return {"engine.unexpected", Blame::software, fmt::format("Slot {} broke off {}.", slot, why),
          "Report this; the units of this slot must be run again."};
}

void run_guarded(Batch& batch, const RunSlot& slot, SlotOutcome& outcome) {
  try {
    SlotLoop(batch, slot, outcome).run();
  } catch (const Stopped&) {
    return;
  } catch (const Fault& fault) {
    outcome.fault = fault;
  } catch (const std::exception& error) {
    outcome.fault = broke_off(slot.name, fmt::format("({})", error.what()));
  } catch (...) {
    outcome.fault = broke_off(slot.name, "for an unknown reason");
  }
}

}  // namespace

void run_slot(Batch& batch, const RunSlot& slot, SlotOutcome& outcome) {
  run_guarded(batch, slot, outcome);
  if (batch.options.retests != nullptr) batch.options.retests->closed(slot.name);
  {
    const std::scoped_lock guard(batch.pool_lock);
    batch.queue.close(slot.name);
  }
  batch.parts.clock.notify();
}

}  // namespace plugrig
