#include "rig/engine/slot_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace plugrig {
namespace {

class SlotLoop {
 public:
  SlotLoop(Batch& batch, const RunSlot& slot, SlotOutcome& outcome)
      : batch_(batch), slot_(slot), outcome_(outcome) {}

  void run() {
    // Without a person the first unit may try: its record then says what is wrong.
    if (batch_.options.person != nullptr) free_for_next();
    while (run_next()) {
    }
  }

 private:
  [[nodiscard]] Clock& clock() const { return batch_.parts.clock; }
  [[nodiscard]] Deadline deadline() const { return {Instant::max(), batch_.stop}; }

  void tell_waits(const std::string& next) {
    batch_.parts.sink.on({clock().now(), clock().utc(), slot_.name, event::SlotWaits{next}});
  }

  /// False when this slot has nothing more to do.
  bool run_next() {
    if (batch_.stop.stop_requested() || !unit_is_left()) return false;
    batch_.recording.pass(deadline(), [this](const std::string& why) { tell_waits(why); });
    ReadyUnit ready;
    if (!wait_for_start(ready)) return true;
    const std::optional<int> number = take();
    if (!number) return true;  // another slot was faster; this unit is left over
    if (!bring(*number)) return false;
    run_unit_in_slot(ready, *number);
    return fit_for_next();
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
    tell_waits(start->asks(slot_.name));
    try {
      ready = start->wait(slot_.name, {Instant::max(), batch_.none_left.get_token()});
    } catch (const Stopped&) {
      if (batch_.stop.stop_requested()) throw;
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

  void run_unit_in_slot(const ReadyUnit& ready, int number) {
    begun();
    RunParts parts = batch_.parts;
    for (const auto& [name, value] : ready.facts) parts.facts[name] = value;
    outcome_.units.push_back(run_unit(parts, slot_.name, *slot_.port, number, batch_.stop));
  }

  bool fit_for_next() {
    if (!outcome_.units.back().recorded) batch_.recording.suspect();
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
    const auto& attempts = outcome_.units.back().record.attempts;
    return std::any_of(attempts.begin(), attempts.end(), [](const AttemptRecord& attempt) {
      return attempt.step_index == kOpenIndex && attempt.verdict == Verdict::error;
    });
  }

  Batch& batch_;
  const RunSlot& slot_;
  SlotOutcome& outcome_;
};

Fault broke_off(const std::string& slot, const std::string& why) {
  return {"engine.unexpected", Blame::software, fmt::format("Slot {} broke off {}.", slot, why),
          "Report this; the units of this slot must be run again."};
}

}  // namespace

void run_slot(Batch& batch, const RunSlot& slot, SlotOutcome& outcome) {
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

}  // namespace plugrig
