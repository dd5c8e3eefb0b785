// What is done once, before the first unit of a program: everything off and proven off, timers
// proven, and what an earlier program left unconfirmed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "rig/engine/mains_bench.hpp"
#include "rig/engine/mains_mutant.hpp"
#include "rig/engine/mains_timer_proof.hpp"
#include "rig/engine/mains_times.hpp"

namespace plugrig::mains {
namespace {

bool of_person(const std::unique_ptr<MainsSwitch>& relay) { return relay && relay->by_hand(); }
bool of_person(const std::unique_ptr<SafetyInput>& input) { return input && input->by_hand(); }

bool is_timed(const std::unique_ptr<MainsSwitch>& relay) {
  return relay && relay->renew_within() > Duration::zero();
}

Fault timers_fault(const std::string& what) {
  return {"safety.timed_on_not_proven", Blame::instrument, what,
          "Look at the relay board that is named: its timers must switch off by themselves. State "
          "'renewal: ignored' in its profile when it cannot be renewed."};
}

}  // namespace

void Bench::take_over_marks() {
  if (marks_ == nullptr || hardware_.slots.empty()) return;
  for (const OffMark& mark : marks_->left()) {
    // A slot that is no longer on the bench: whatever is left of it, somebody must have looked.
    const std::size_t slot = find(mark.slot).value_or(0);
    marked_.at(slot).push_back(mark.slot);
    state_.slots.at(slot).locked = true;
  }
}

std::string Bench::mark(std::size_t slot, const std::string& why) noexcept {
  if (marks_ == nullptr || taken_out("off_mark")) return {};
  try {
    const std::string& name = part(slot).slot;
    marks_->set({name, why, clock_.utc()});
    const std::scoped_lock guard(lock_);
    marked_.at(slot).push_back(name);
    return {};
  } catch (const Fault& fault) {
    return fault.happened();
  } catch (const std::exception& error) {
    return error.what();
  }
}

void Bench::clear_mark(std::size_t slot) {
  std::vector<std::string> names;
  {
    const std::scoped_lock guard(lock_);
    names.swap(marked_.at(slot));
  }
  for (const std::string& name : names) marks_->clear(name);
}

std::optional<Fault> Bench::command_all_off(std::vector<std::string>& failed) {
  std::optional<Fault> behind_mains;
  const auto command = [&](const std::string& what, const std::function<void()>& off,
                           bool mains = true) {
    for (int tried = 0; tried < 2; ++tried) {
      try {
        off();
        return;
      } catch (const Fault& fault) {
        if (tried == 0) continue;
        failed.push_back(fmt::format("{}: {}", what, fault.happened()));
        if (!mains && !behind_mains) behind_mains = fault;
      }
    }
  };
  if (hardware_.contactor && !of_person(hardware_.contactor)) {
    command("contactor", [&] { cut_contactor(soon(kBusLimit)); });
  }
  for (std::size_t slot = 0; slot < size(); ++slot) {
    const auto& relay = part(slot).mains;
    if (relay && !of_person(relay)) {
      command("mains relay of " + part(slot).slot, [&] { relay->set(false, soon(kBusLimit)); });
    }
    if (const auto& selector = part(slot).selector) {
      command(
          "selector of " + part(slot).slot, [&] { selector->set(false, soon(kBusLimit)); }, false);
      open_selector(slot);
    }
  }
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    NotedBank& bank = loads_.at(i);
    if (!bank.by_hand())
      command(
          "load", [&] { bank.off(soon(kOffLimit)); }, false);
  }
  return behind_mains;
}

std::optional<Fault> Bench::proof_at_start(std::size_t slot) {
  const SlotMains& hardware = part(slot);
  // A person is asked when it counts: before serial contacts are used, and at the end.
  if (of_person(hardware.mains) || of_person(hardware.sense) ||
      of_person(hardware_.contactor_auxiliary)) {
    return std::nullopt;
  }
  const bool provable = can_prove_off(slot);
  const Instant end = clock_.now() + kProofLimit;
  OffEvidence seen;
  std::vector<std::string> doubts;
  for (;;) {
    seen = look_for_voltage(slot);
    // Where nothing can ever show it, at least the relay must read back as open.
    if (!provable) seen.unplugged_by_hand = true;
    doubts = off_doubts(seen);
    if (doubts.empty() || taken_out("start_proof")) break;
    if (clock_.now() >= end) {
      change(slot, [](Slot& known) { known.locked = true; });
      return off_not_confirmed(seen, fmt::format("{}", fmt::join(doubts, "; ")));
    }
    clock_.wait({}, soon(kLookAgain));
  }
  if (!provable) return std::nullopt;
  change(slot, [](Slot& known) {
    known.locked = false;
    known.live = false;
    known.off_proven = true;
  });
  clear_mark(slot);
  return std::nullopt;
}

void Bench::start_up(const StartUp& how) {
  const TurnHeld turn(start_turn_, "start-up", how.deadline);
  if (!turn.held() || started_ || any_live()) return;
  std::vector<std::string> failed;
  const std::optional<Fault> behind_mains = command_all_off(failed);
  for (std::size_t slot = 0; slot < size(); ++slot) {
    std::optional<Fault> open = proof_at_start(slot);
    if (open) {
      const std::string unmarked = mark(slot, open->happened());
      if (!unmarked.empty()) open->add({"not noted for the next program", unmarked});
    } else if (look(slot).locked) {
      open = Fault("safety.off_not_confirmed", Blame::fixture,
                   fmt::format("An earlier run ended with OFF NOT CONFIRMED in slot {}, and nobody "
                               "has confirmed since that it is off.",
                               part(slot).slot),
                   "See that the bench is dead, take the unit out, and confirm it when you are "
                   "asked.");
    }
    if (!open) continue;
    for (const std::string& each : failed) open->add({"not switched off", each});
    if (how.person == nullptr) throw Fault(*open);
    try {
      confirm_unplugged(slot, *how.person, how.deadline);
    } catch (const Fault& fault) {
      throw Fault(open->add({"a person was asked", fault.happened()}));
    }
  }
  // Dead without mains, and not to be used with it.
  if (how.for_mains && behind_mains) throw Fault(*behind_mains);
  if (how.for_mains) prove_timers_at_start(how.deadline);
  started_ = true;
}

/// Behind an open contactor no relay can make anything live. Without one the proof would do just
/// that, and is left out.
void Bench::prove_timers_at_start(const Deadline& deadline) {
  if (!hardware_.contactor || of_person(hardware_.contactor) || taken_out("timer_proof")) return;
  std::vector<TimedPart> parts;
  for (const SlotMains& slot : hardware_.slots) {
    if (is_timed(slot.mains))
      parts.push_back({"the mains relay of slot " + slot.slot, slot.mains.get()});
    if (is_timed(slot.selector))
      parts.push_back({"the selector of slot " + slot.slot, slot.selector.get()});
  }
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    for (MainsSwitch* relay : loads_.at(i).timed_relays()) parts.push_back({"a load relay", relay});
  }
  if (parts.empty()) return;
  if (hardware_.contactor->reads_on(soon(kBusLimit))) {
    throw Fault("safety.off_not_confirmed", Blame::fixture,
                "The relay of the contactor was switched off and reads back as on.",
                "Look at its relay board.");
  }
  // The dead man must let them.
  struct Trying {
    Bench& bench;
    explicit Trying(Bench& of) : bench(of) { set(true); }
    ~Trying() { set(false); }
    Trying(const Trying&) = delete;
    Trying& operator=(const Trying&) = delete;
    void set(bool trying) {
      {
        const std::scoped_lock guard(bench.lock_);
        bench.trying_timers_ = trying;
      }
      bench.clock_.notify();
    }
  };
  const Trying trying(*this);
  tell_dead_man(true);
  require_timers(mains::prove_timers(clock_, parts, deadline));
}

void Bench::require_timers(const std::optional<std::string>& wrong) {
  if (!wrong) return;
  {
    const std::scoped_lock guard(lock_);
    state_.timers_not_proven = *wrong;
  }
  throw Fault(timers_fault(*wrong));
}

/// The contactor's own timer is proven when it closes for the first time, with every slot's relay
/// still open: by then all rules for that have been asked.
void Bench::prove_contactor_timer(const Deadline& deadline) {
  if (std::exchange(contactor_timer_proven_, true) || !is_timed(hardware_.contactor)) return;
  if (taken_out("contactor_timer_proof")) return;
  const std::array<TimedPart, 1> parts{{{"the contactor", hardware_.contactor.get()}}};
  require_timers(mains::prove_timers(clock_, parts, deadline));
  const auto& auxiliary = hardware_.contactor_auxiliary;
  if (!auxiliary || of_person(auxiliary) || !auxiliary->closed(soon(kBusLimit))) return;
  require_timers("The contactor stays closed when its relay has gone off by itself.");
}

}  // namespace plugrig::mains
