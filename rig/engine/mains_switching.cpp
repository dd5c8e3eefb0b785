// What the gate does to the hardware: read, on, off, prove.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>
#include <utility>

#include "rig/engine/mains_bench.hpp"
#include "rig/engine/mains_mutant.hpp"
#include "rig/engine/mains_times.hpp"

namespace plugrig::mains {
namespace {

/// One reading of an input, so that a board that does not answer does not hide what others show.
constexpr Duration kInputLimit = std::chrono::milliseconds{150};
constexpr Duration kContactorTurn = std::chrono::milliseconds{50};
/// A person who is asked to plug something in or out.
constexpr Duration kHandLimit = std::chrono::minutes{5};
/// Relay, contactor and sense circuit have settled by then.
constexpr Duration kSettleLimit = std::chrono::seconds{1};

std::string text_of_current_exception() {
  try {
    throw;
  } catch (const Fault& fault) {
    return fmt::format("{}: {}", fault.id(), fault.happened());
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "no description";
  }
}

/// Runs `read`; nothing when it throws.
template <typename Read>
auto try_read(Read&& read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (...) {
    return std::nullopt;
  }
}

/// What was seen becomes what is known.
void take(const Input& seen, Input& known) {
  known.answered = seen.answered;
  // Another thread may have read it since.
  if (!seen.answered || seen.at < known.at) return;
  known.closed = seen.closed;
  known.at = seen.at;
}

/// One thing to be switched off, and whether that is done.
struct OffPart {
  const char* what;
  bool by_hand;
  std::function<void(const Deadline&)> off;
  std::string failed = "not tried";
};

void try_off(OffPart& part, const Deadline& deadline) {
  try {
    part.off(deadline);
    part.failed.clear();
  } catch (...) {
    part.failed = text_of_current_exception();
  }
}

}  // namespace

Fault off_not_confirmed(const OffEvidence& seen, const std::string& why) {
  // A board that does not answer is to blame itself, unless something shows voltage.
  const bool silent = (seen.has_switch && !seen.relay_on) || (seen.has_sense && !seen.sense_closed);
  const bool contradicts = seen.relay_on == std::optional(true) ||
                           seen.sense_closed == std::optional(true) ||
                           (seen.contactor_off && seen.auxiliary_closed == std::optional(true));
  return {off_fault_id(seen), silent && !contradicts ? Blame::instrument : Blame::fixture,
          fmt::format("OFF NOT CONFIRMED in slot {}: {}.", seen.slot, why),
          "Do not touch the unit. Unplug the bench, see that it is dead, then unplug the unit and "
          "confirm it. Nothing runs on this bench before."};
}

Input Bench::read_now(SafetyInput* input, std::optional<Instant> since) {
  const Deadline deadline = soon(input->by_hand() ? kHandLimit : kInputLimit);
  // A reading is as old as its request: the input may have changed right behind it.
  Input seen;
  seen.at = clock_.now();
  const std::optional<InputReading> reading = try_read([&] {
    return since ? input->read_since(*since, deadline) : InputReading{input->closed(deadline)};
  });
  if (!reading) return seen;
  seen.answered = true;
  seen.closed = reading->closed;
  seen.at = reading->asked.value_or(seen.at);
  return seen;
}

void Bench::read_input(SafetyInput* input, std::size_t slot, Input Slot::*known,
                       std::optional<Instant> since) {
  if (input == nullptr) return;
  const Input seen = read_now(input, since);
  change(slot, [&](Slot& s) { take(seen, s.*known); });
}

void Bench::read_bench_input(SafetyInput* input, Input State::*known,
                             std::optional<Instant> since) {
  if (input == nullptr) return;
  const Input seen = read_now(input, since);
  {
    const std::scoped_lock guard(lock_);
    take(seen, state_.*known);
  }
  clock_.notify();
}

void Bench::read_inputs(std::size_t slot) {
  tell_dead_man(true);
  const std::array<std::pair<SafetyInput*, Input Slot::*>, 4> inputs{
      {{part(slot).sense.get(), &Slot::sense},
       {part(slot).contacts_withdrawn.get(), &Slot::contacts_withdrawn},
       {cool_of(slot), &Slot::load_cool},
       {part(slot).guard.get(), &Slot::guard}}};
  SafetyInput* stop = hardware_.emergency_stop.get();
  // Persons first: those that age come last, one request a board. Where many slots switch on at the
  // same time, a request for each input would make the first one too old by the time of the last.
  for (const bool by_hand : {true, false}) {
    const Instant since = clock_.now();
    const auto its_turn = [&](SafetyInput* input) {
      return input != nullptr && input->by_hand() == by_hand;
    };
    for (const auto& [input, known] : inputs) {
      if (its_turn(input)) read_input(input, slot, known, since);
    }
    if (its_turn(stop)) read_bench_input(stop, &State::emergency_stop, since);
  }
}

void Bench::read_watched(std::size_t slot, Instant since) {
  const auto read = [&](SafetyInput* input, Input Slot::*known) {
    if (input != nullptr && !input->by_hand()) read_input(input, slot, known, since);
  };
  SafetyInput* stop = hardware_.emergency_stop.get();
  if (stop != nullptr && !stop->by_hand()) {
    read_bench_input(stop, &State::emergency_stop, since);
  }
  read(part(slot).guard.get(), &Slot::guard);
  read(part(slot).contacts_withdrawn.get(), &Slot::contacts_withdrawn);
  // The line that the load's relays are renewed on is not asked more often than it needs to be.
  const Duration cool_age = clock_.now() - look(slot).load_cool.at;
  if (cool_age > kMaxCoolAge / 4) read(cool_of(slot), &Slot::load_cool);
}

void Bench::read_other_senses(std::size_t slot, Instant since) {
  for (std::size_t other = 0; other < size(); ++other) {
    const auto& sense = part(other).sense;
    if (other == slot || sense == nullptr || sense->by_hand()) continue;
    read_input(sense.get(), other, &Slot::sense, since);
  }
}

bool Bench::read_dead_senses(Instant since) {
  bool any = false;
  for (std::size_t slot = 0; slot < size(); ++slot) {
    const auto& sense = part(slot).sense;
    if (sense == nullptr || sense->by_hand() || look(slot).live) continue;
    read_input(sense.get(), slot, &Slot::sense, since);
    any = true;
  }
  return any;
}

void Bench::close_contactor(std::size_t slot, const Deadline& deadline) {
  const TurnHeld turn(contactor_turn_, part(slot).slot, deadline);
  if (!turn.held()) {
    throw Fault("relay.busy", Blame::instrument, "The contactor was in use all the time.",
                "Start the unit again.");
  }
  {
    const std::scoped_lock guard(lock_);
    wants_contactor_.at(slot) = true;
    contactor_off_ = false;
  }
  if (!hardware_.contactor) return;
  prove_contactor_timer(deadline);
  hardware_.contactor->set(true, deadline);
}

void Bench::open_contactor(std::size_t slot, const Deadline& deadline) {
  // Whoever has the turn wants the contactor closed and is seen below, so a turn that does not come
  // needs no answer; one that comes keeps a closing from being overtaken by this opening.
  const TurnHeld turn(contactor_turn_, part(slot).slot, soon(kContactorTurn));
  {
    const std::scoped_lock guard(lock_);
    wants_contactor_.at(slot) = false;
    if (std::find(wants_contactor_.begin(), wants_contactor_.end(), true) !=
        wants_contactor_.end()) {
      return;
    }
    contactor_off_ = hardware_.contactor != nullptr;
  }
  if (hardware_.contactor) hardware_.contactor->set(false, deadline);
}

void Bench::cut_contactor(const Deadline& deadline) {
  {
    const std::scoped_lock guard(lock_);
    std::fill(wants_contactor_.begin(), wants_contactor_.end(), false);
    contactor_off_ = hardware_.contactor != nullptr;
  }
  if (hardware_.contactor) hardware_.contactor->set(false, deadline);
}

void Bench::switch_on(std::size_t slot, const Deadline& deadline) {
  MainsSwitch& relay = *part(slot).mains;
  // Live from before the first request: the watch looks at it from now on, and every way out
  // switches it off.
  change(slot, [](Slot& s) {
    s.live = true;
    s.off_proven = false;
  });
  {
    const std::scoped_lock guard(lock_);
    unplugged_by_hand_.at(slot) = false;
  }
  forget_shown([&](const Slot& known) { return known.name == part(slot).slot; });
  close_contactor(slot, deadline);
  relay.set(true, deadline);
  if (!taken_out("on_read_back") && !relay.reads_on(deadline)) {
    throw Fault("relay.not_closed", Blame::instrument,
                fmt::format("The mains relay of slot {} was switched on and reads back as off.",
                            part(slot).slot),
                "Look at the relay board of this slot.");
  }
  see_voltage(slot);
}

void Bench::see_voltage(std::size_t slot) {
  SafetyInput* sense = part(slot).sense.get();
  if (sense == nullptr || sense->by_hand()) return;
  const Instant end = clock_.now() + kSettleLimit;
  for (;;) {
    read_input(sense, slot, &Slot::sense);
    if (look(slot).sense.answered && look(slot).sense.closed) return;
    if (taken_out("on_voltage")) return;
    if (clock_.now() >= end) break;
    clock_.wait({}, soon(kLookAgain));
  }
  throw Fault("safety.no_voltage", Blame::fixture,
              fmt::format("Slot {} was switched on and its mains-sense input shows no voltage.",
                          part(slot).slot),
              "Look at mains supply, fuse, emergency stop and contactor; then at the input.");
}

std::vector<std::string> Bench::switch_off(std::size_t slot, OffOrder order) noexcept {
  std::vector<std::string> failed;
  try {
    begin_leaving(slot);
    forget_shown([&](const Slot& known) { return known.name == part(slot).slot; });
    const SlotMains& hardware = part(slot);
    LoadBank* bank = bank_of(slot);
    std::vector<OffPart> parts;
    if (bank != nullptr && order != OffOrder::load_untouched && !load_is_of_another(slot)) {
      parts.push_back({"load", bank->by_hand(), [=, this](const Deadline& d) {
                         bank->off(d);
                         change(slot, [](Slot& s) { s.loaded = false; });
                       }});
    }
    if (MainsSwitch* relay = hardware.mains.get()) {
      parts.push_back({"mains relay", relay->by_hand(), [=, this](const Deadline& d) {
                         relay->set(false, d);
                         const std::scoped_lock guard(lock_);
                         unplugged_by_hand_.at(slot) = relay->by_hand();
                       }});
    }
    parts.push_back({"contactor", hardware_.contactor && hardware_.contactor->by_hand(),
                     [=, this](const Deadline& d) {
                       if (order == OffOrder::contactor_first) return cut_contactor(d);
                       open_contactor(slot, d);
                     }});
    // The other way round: contactor, relay, load.
    if (order == OffOrder::contactor_first) std::reverse(parts.begin(), parts.end());
    if (hardware.selector) {
      parts.push_back({"selector", false, [=, this](const Deadline& /*deadline*/) {
                         if (!open_selector(slot)) throw std::runtime_error("it does not open");
                       }});
    }
    const Instant end = clock_.now() + kOffLimit;
    for (OffPart& each : parts) try_off(each, soon(each.by_hand ? kHandLimit : kBusLimit));
    for (OffPart& each : parts) {
      // A lost answer is not yet a lost relay: once more, in what is left of the time.
      if (!each.failed.empty() && !each.by_hand && clock_.now() < end) try_off(each, {end, {}});
      if (!each.failed.empty()) failed.push_back(fmt::format("{}: {}", each.what, each.failed));
    }
  } catch (...) {
    failed.emplace_back("switching off broke off");
  }
  return failed;
}

OffEvidence Bench::look_for_voltage(std::size_t slot) {
  const SlotMains& hardware = part(slot);
  OffEvidence seen;
  seen.slot = hardware.slot;
  {
    const std::scoped_lock guard(lock_);
    seen.contactor_off = contactor_off_;
    seen.unplugged_by_hand = unplugged_by_hand_.at(slot);
  }
  seen.has_switch = hardware.mains != nullptr;
  if (hardware.mains) {
    const Duration limit = hardware.mains->by_hand() ? kHandLimit : kBusLimit;
    seen.relay_on = try_read([&] { return hardware.mains->reads_on(soon(limit)); });
  }
  seen.has_sense = hardware.sense != nullptr;
  if (hardware.sense) {
    read_input(hardware.sense.get(), slot, &Slot::sense);
    const Input sense = look(slot).sense;
    if (sense.answered) seen.sense_closed = sense.closed;
  }
  if (const auto& auxiliary = hardware_.contactor_auxiliary) {
    const Duration limit = auxiliary->by_hand() ? kHandLimit : kInputLimit;
    seen.auxiliary_closed = try_read([&] { return auxiliary->closed(soon(limit)); });
  }
  // Behind an open selector the meter sees another slot, or none.
  if (hardware.reference_shows_slot_voltage && !hardware.selector && meter_of(slot) != nullptr) {
    const auto reading = try_read([&] { return meter_of(slot)->read(soon(kBusLimit)); });
    if (reading) seen.meter_V = reading->voltage_V;
  }
  return seen;
}

bool Bench::can_prove_off(std::size_t slot) const {
  const SlotMains& hardware = part(slot);
  return hardware.sense || (hardware_.contactor && hardware_.contactor_auxiliary) ||
         (hardware.reference_shows_slot_voltage && hardware.reference != nullptr &&
          !hardware.selector) ||
         (hardware.mains && hardware.mains->by_hand());
}

void Bench::prove_off(std::size_t slot, const std::vector<std::string>& not_done) {
  const Instant end = clock_.now() + kProofLimit;
  std::vector<std::string> doubts;
  OffEvidence seen;
  for (;;) {
    seen = look_for_voltage(slot);
    doubts = off_doubts(seen);
    if (doubts.empty()) {
      change(slot, [](Slot& s) {
        s.live = false;
        s.off_proven = true;
        s.leaving = s.together = s.measuring = false;
      });
      clear_mark(slot);
      return;
    }
    if (clock_.now() >= end || !can_prove_off(slot)) break;
    clock_.wait({}, soon(kLookAgain));
  }
  change(slot, [](Slot& s) {
    s.locked = true;
    s.off_proven = false;
  });
  Fault fault = off_not_confirmed(seen, fmt::format("{}", fmt::join(doubts, "; ")));
  for (const std::string& failed : not_done) fault.add({"not switched off", failed});
  // Where there is a contactor it can still take mains away, from everybody.
  trip_all(fault);
  try_read([&] {
    cut_contactor(soon(kBusLimit));
    return true;
  });
  const std::string unmarked = mark(slot, fault.happened());
  if (!unmarked.empty()) fault.add({"not noted for the next program", unmarked});
  throw Fault(std::move(fault));
}

void Bench::confirm_unplugged(std::size_t slot, Operator& person, const Deadline& deadline) {
  OperatorPrompt prompt;
  prompt.slot = part(slot).slot;
  prompt.text =
      "It is not proven that mains is off. Unplug the bench or see that it is dead, take the unit "
      "out, and confirm that nothing is plugged in here.";
  person.confirm(prompt, deadline);
  read_input(part(slot).sense.get(), slot, &Slot::sense);
  const Slot known = look(slot);
  if (known.sense.fitted && known.sense.answered && known.sense.closed) {
    throw Fault("safety.off_not_confirmed", Blame::fixture,
                fmt::format("Slot {} still shows voltage.", known.name),
                "Switch the bench off at its main switch and have the relay replaced.");
  }
  change(slot, [](Slot& s) {
    s.locked = false;
    s.live = false;
    s.off_proven = true;
  });
  clear_mark(slot);
}

}  // namespace plugrig::mains
