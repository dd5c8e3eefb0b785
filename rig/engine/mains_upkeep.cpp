// What must be done all the time while something is live: timers, dead man, meters that nobody
// reads.
#include <algorithm>
#include <limits>

#include "rig/engine/mains_bench.hpp"
#include "rig/engine/mains_found.hpp"
#include "rig/engine/mains_mutant.hpp"
#include "rig/engine/mains_times.hpp"

namespace plugrig::mains {
namespace {

/// A step that measures reads its meter more often than that.
constexpr Duration kMeterSilent = std::chrono::seconds{5};
/// A meter's window, and the relays in front of it, have settled by then besides two refreshes.
constexpr Duration kMeterSettles = std::chrono::seconds{1};

}  // namespace

void Bench::collect_timed() {
  const auto add_relay = [&](MainsSwitch* relay) {
    if (relay == nullptr || relay->renew_within() <= Duration::zero()) return;
    timed_.push_back({.ends = [relay] { return relay->ends(); },
                      .renew = [relay](const Deadline& d) { relay->renew(d); },
                      .within = relay->renew_within()});
  };
  add_relay(hardware_.contactor.get());
  for (const SlotMains& slot : hardware_.slots) {
    add_relay(slot.mains.get());
    add_relay(slot.selector.get());
  }
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    NotedBank& bank = loads_.at(i);
    if (bank.renew_within() <= Duration::zero()) continue;
    timed_.push_back({.ends = [&bank] { return bank.ends(); },
                      .renew = [&bank](const Deadline& d) { bank.renew(d); },
                      .within = bank.renew_within()});
  }
}

Duration Bench::shortest_renewal() const {
  Duration shortest = Duration::zero();
  for (const Timed& timed : timed_) {
    if (shortest == Duration::zero() || timed.within < shortest) shortest = timed.within;
  }
  return shortest;
}

void Bench::renew_due() {
  for (Timed& timed : timed_) timed.tried = false;
  for (;;) {
    // What answered last time goes first: a board that is silent must not keep others waiting.
    Timed* next = nullptr;
    Instant next_ends = Instant::max();
    const Instant now = clock_.now();
    for (Timed& timed : timed_) {
      const std::optional<Instant> ends = timed.ends();
      if (timed.tried || !ends || *ends - now > timed.within * 2 / 3) continue;
      const bool better = next == nullptr || timed.failures < next->failures ||
                          (timed.failures == next->failures && *ends < next_ends);
      if (!better) continue;
      next = &timed;
      next_ends = *ends;
    }
    if (next == nullptr) return;
    next->tried = true;
    if (taken_out("renew")) continue;
    try {
      next->renew(soon(kBusLimit));
      next->failures = 0;
    } catch (...) {
      // Its end is known, and a rule goes by that.
      ++next->failures;
    }
  }
}

void Bench::tell_dead_man(bool at_once) {
  DeadMan* dead_man = hardware_.dead_man.get();
  if (dead_man == nullptr) return;
  const Duration within = dead_man->within();
  {
    const Instant now = clock_.now();
    const std::scoped_lock guard(lock_);
    if (!at_once && state_.dead_man_ends - now > within * 2 / 3) return;
  }
  const TurnHeld turn(dead_man_turn_, "the gate", soon(within / 3));
  if (!turn.held()) return;
  const Instant asked = clock_.now();
  try {
    dead_man->all_is_well(soon(within / 3));
  } catch (const Fault& fault) {
    // It cannot be told any more, and may be gone: what it was there for is done here, now.
    trip_all(fault);
    return;
  } catch (...) {
    // When it was told last is known, and a rule goes by that.
    return;
  }
  const std::scoped_lock guard(lock_);
  state_.dead_man_ends = asked + within;
}

void Bench::shown(std::size_t meter, const PowerReading& reading) {
  const Duration settle = 2 * meters_.at(meter).info().refresh + kMeterSettles;
  const std::scoped_lock guard(lock_);
  if (reading.at - reading.half_width < meters_changed_.at(meter) + settle) return;
  Seen& seen = state_.meters.at(meter);
  seen.voltage_V = reading.voltage_V;
  seen.current_A = reading.current_A;
  seen.power_W = reading.power_W;
}

void Bench::forget_shown(const std::function<bool(const Slot&)>& of) {
  const Instant now = clock_.now();
  const std::scoped_lock guard(lock_);
  for (const Slot& slot : state_.slots) {
    if (!slot.meter || !of(slot)) continue;
    Seen& seen = state_.meters.at(*slot.meter);
    seen.voltage_V.reset();
    seen.current_A.reset();
    seen.power_W.reset();
    meters_changed_.at(*slot.meter) = now;
  }
}

void Bench::read_silent_meters() {
  const State state = look();
  for (const Slot& slot : state.slots) {
    if (!slot.live || slot.locked || !slot.meter || load_W(state, slot) <= 0) continue;
    TakenTurnsMeter& meter = meters_.at(*slot.meter);
    const bool by_hand = meter.by_hand() || state.banks.at(*slot.bank).by_hand;
    if (by_hand || clock_.now() - meter.last_read() < kMeterSilent) continue;
    try {
      (void)meter.read(soon(kBusLimit));
    } catch (...) {
      // A meter that does not answer is the finding of whoever measures with it.
      continue;
    }
  }
}

}  // namespace plugrig::mains
