#include "rig/engine/mains_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rig/engine/mains_found.hpp"
#include "rig/engine/mains_mutant.hpp"

namespace plugrig::mains {
namespace {

using Broken = std::optional<std::string>;

/// An input that must read closed while the slot is live.
struct NeededInput {
  std::string what;
  const Input* input = nullptr;
  Duration max_age = kMaxInputAge;
};

/// Contacts that move need their input. Where there are contacts there is an open fixture, and that
/// needs a guard; a closed plug in a socket does not. What is fitted counts either way.
std::vector<NeededInput> needed_inputs(const State& state, const Slot& slot,
                                       const Request& request) {
  std::vector<NeededInput> needed;
  const auto of_slot = [&](std::string_view name) {
    return fmt::format("{} of slot {}", name, slot.name);
  };
  if (state.emergency_stop.fitted) {
    needed.push_back({"'emergency stop' of the bench", &state.emergency_stop});
  }
  if (slot.contacts == ContactsKind::two_position) {
    needed.push_back({of_slot("'contacts withdrawn'"), &slot.contacts_withdrawn});
  }
  if (slot.contacts != ContactsKind::none || slot.guard.fitted) {
    needed.push_back({of_slot("'guard closed'"), &slot.guard});
  }
  const bool load_counts = request.load_W > 0 || load_W(state, slot) > 0;
  if (slot.load_cool.fitted && load_counts) {
    needed.push_back({of_slot("'load cool'"), &slot.load_cool, kMaxCoolAge});
  }
  return needed;
}

Broken no_switch(const State&, const Slot& slot, const Request&) {
  if (slot.has_switch) return {};
  return fmt::format("Slot {} has no mains switch.", slot.name);
}

Broken not_watched(const State& state, const Slot& slot, const Request&) {
  if (state.watched) return {};
  return fmt::format("Nothing watches the inputs of slot {}.", slot.name);
}

Broken not_attended(const State& state, const Slot&, const Request&) {
  if (state.hardwired_interlock || state.attended) return {};
  return "This bench has no hard-wired interlock, and nobody is said to watch it.";
}

Broken stage_off(const State&, const Slot& slot, const Request&) {
  if (slot.stage_allows) return {};
  return fmt::format("Mains was asked for in slot {} while its stage says 'mains: off'.",
                     slot.name);
}

Broken is_locked(const State&, const Slot& slot, const Request&) {
  if (!slot.locked) return {};
  return fmt::format("Slot {} is locked: OFF NOT CONFIRMED.", slot.name);
}

Broken port_open(const State&, const Slot& slot, const Request&) {
  if (!slot.port_open) return {};
  return fmt::format("3.3 V, UART or control lines of slot {} are in use.", slot.name);
}

Broken input_missing(const State& state, const Slot& slot, const Request& request) {
  for (const auto& [what, input, max_age] : needed_inputs(state, slot, request)) {
    if (!input->fitted) return fmt::format("There is no input {}.", what);
  }
  return {};
}

Broken input_unreadable(const State& state, const Slot& slot, const Request& request) {
  for (const auto& [what, input, max_age] : needed_inputs(state, slot, request)) {
    if (input->fitted && !input->answered) {
      return fmt::format("Input {} cannot be read.", what);
    }
  }
  return {};
}

Broken input_stale(const State& state, const Slot& slot, const Request& request) {
  for (const auto& [what, input, max_age] : needed_inputs(state, slot, request)) {
    if (!input->fitted || !input->watched || state.now - input->at <= max_age) continue;
    return fmt::format(
        "The last reading of input {} is {} ms old; {} ms are the limit.", what,
        std::chrono::duration_cast<std::chrono::milliseconds>(state.now - input->at).count(),
        std::chrono::duration_cast<std::chrono::milliseconds>(max_age).count());
  }
  return {};
}

Broken contacts_touch(const State&, const Slot& slot, const Request&) {
  if (slot.contacts != ContactsKind::two_position || slot.contacts_withdrawn.closed) return {};
  return fmt::format("The UART contacts of slot {} do not read as withdrawn.", slot.name);
}

Broken guard_open(const State&, const Slot& slot, const Request&) {
  const bool needed = slot.contacts != ContactsKind::none || slot.guard.fitted;
  if (!needed || slot.guard.closed) return {};
  return fmt::format("The guard of slot {} is open.", slot.name);
}

Broken load_shared(const State& state, const Slot& slot, const Request&) {
  if (!slot.shares_load) return {};
  for (const Slot& other : state.slots) {
    if (&other == &slot || !other.shares_load) continue;
    if (slot.together && other.together) continue;
    const bool unknown = other.sense.fitted && !other.sense.answered;
    if (!other.live && !unknown) continue;
    return fmt::format("Slot {} {} and is on the same load path as slot {}.", other.name,
                       other.live ? "is live" : "does not show whether it is", slot.name);
  }
  return {};
}

/// A slot's relay that moves under load arcs, and moves what others carry.
Broken chain_loaded(const State& state, const Slot& slot, const Request&) {
  if (!state.chained || !slot.bank || state.banks.at(*slot.bank).by_hand) return {};
  const double watts = state.banks.at(*slot.bank).load_W;
  if (watts <= 0) return {};
  return fmt::format("Slot {} was to be switched into the chain with a load of {:.0f} W on.",
                     slot.name, watts);
}

Broken chain_moves(const State& state, const Slot& slot, const Request&) {
  for (const Slot& other : state.slots) {
    if (&other == &slot || !other.leaving || !other.live) continue;
    return fmt::format("Slot {} is being switched out of the chain that carries the load of {}.",
                       other.name, slot.name);
  }
  return {};
}

Broken no_lease(const State&, const Slot& slot, const Request&) {
  if (!slot.by_turns || slot.leased) return {};
  return fmt::format("A load was asked for in slot {} outside its turn at reference and load.",
                     slot.name);
}

Broken selector_open(const State&, const Slot& slot, const Request&) {
  if (!slot.selector.fitted || slot.selector.closed == std::optional(true)) return {};
  return fmt::format("A load was asked for in slot {}, whose selector does not read as closed.",
                     slot.name);
}

Broken other_selector(const State& state, const Slot& slot, const Request&) {
  if (!slot.selector.fitted) return {};
  for (const Slot& other : state.slots) {
    if (&other == &slot || !other.selector.fitted || other.selector.is_open()) continue;
    return fmt::format("The selector of slot {} {}; slot {} may not be connected beside it.",
                       other.name, other.selector.closed ? "does not open" : "cannot be read back",
                       slot.name);
  }
  return {};
}

Broken lease_overdue(const State& state, const Slot& slot, const Request&) {
  if (!slot.leased || state.now <= slot.lease_due) return {};
  return fmt::format("A step of slot {} has not given reference and load back in time.", slot.name);
}

Broken other_locked(const State& state, const Slot& slot, const Request&) {
  for (const Slot& other : state.slots) {
    if (&other == &slot || !other.locked) continue;
    return fmt::format("OFF NOT CONFIRMED in slot {}, on the same bench as slot {}.", other.name,
                       slot.name);
  }
  return {};
}

/// One that was proven off since is welded, which is another rule's.
Broken stray_voltage(const State& state, const Slot& slot, const Request&) {
  if (state.chained) return {};
  for (const Slot& other : state.slots) {
    if (&other == &slot || other.off_proven || !shows_stray_voltage(other)) continue;
    return fmt::format("Slot {} shows voltage and was not switched on.", other.name);
  }
  return {};
}

Broken voltage_before(const State&, const Slot& slot, const Request&) {
  if (slot.live || !slot.sense.fitted || (slot.sense.answered && !slot.sense.closed)) return {};
  return fmt::format("Slot {} does not read as dead before it is switched on.", slot.name);
}

Broken not_energised(const State&, const Slot& slot, const Request&) {
  if (slot.live) return {};
  return fmt::format("A load was asked for in slot {}, which is not live.", slot.name);
}

/// Also refuses what is no number.
bool covers(double rating, double wanted) { return wanted <= rating * (1 + 1e-9); }

Broken exceeds(std::string_view what, const Slot& slot, double rating_A, double load_A) {
  if (covers(rating_A, load_A)) return {};
  return fmt::format("The load in slot {} would draw {:.1f} A; {} {} rated for {:.1f} A.",
                     slot.name, load_A, what, what.ends_with('s') ? "are" : "is", rating_A);
}

Broken rating_relay(const State&, const Slot& slot, const Request& request) {
  return exceeds("its mains relay", slot, slot.relay_rating_A, request.load_A);
}

Broken rating_wiring(const State&, const Slot& slot, const Request& request) {
  return exceeds("its wiring", slot, slot.wiring_rating_A, request.load_A);
}

Broken rating_bank(const State&, const Slot& slot, const Request& request) {
  return exceeds("the load bank", slot, slot.bank_rating_A, request.load_A);
}

Broken rating_plug(const State&, const Slot& slot, const Request& request) {
  if (slot.plug_rated_A <= 0) {
    return fmt::format("The rated current of the plug in slot {} is not stated.", slot.name);
  }
  if (slot.plug_rated_W > 0 && !covers(slot.plug_rated_W, request.load_W)) {
    return fmt::format("The load in slot {} would draw {:.0f} W; the plug is rated for {:.0f} W.",
                       slot.name, request.load_W, slot.plug_rated_W);
  }
  return exceeds("the plug", slot, slot.plug_rated_A, request.load_A);
}

/// Each plug of a chain carries the load and what those behind it take.
Broken rating_chain(const State& state, const Slot& slot, const Request& request) {
  if (!state.chained || request.load_W <= 0) return {};
  double load_A = request.load_A;
  for (auto other = state.slots.rbegin(); other != state.slots.rend(); ++other) {
    if (!other->live) continue;
    if (&*other != &slot || load_A > request.load_A) {
      for (const double rating_A :
           {other->relay_rating_A, other->wiring_rating_A, other->plug_rated_A}) {
        if (covers(rating_A, load_A)) continue;
        return fmt::format(
            "The load behind slot {} would draw {:.1f} A with the plugs before it, and slot {} of "
            "the same chain is rated for {:.1f} A.",
            slot.name, load_A, other->name, rating_A);
      }
      if (other->plug_rated_W > 0 && !covers(other->plug_rated_W, load_A * state.nominal_V)) {
        return fmt::format(
            "The load behind slot {} would draw {:.0f} W; the plug in slot {} of the same chain is "
            "rated for {:.0f} W.",
            slot.name, load_A * state.nominal_V, other->name, other->plug_rated_W);
      }
    }
    load_A += kPlugDraws_W / state.nominal_V;
  }
  return {};
}

Broken duty_over(const State& state, const Slot& slot, const Request& /*request*/) {
  if (state.now < slot.load_due) return {};
  return "A resistor of the load bank has been on for as long as its duty allows.";
}

Broken step_overran(const State& state, const Slot& slot, const Request&) {
  if (slot.step_ends == Instant::max() || state.now <= slot.step_ends + kOverrun) return {};
  return fmt::format("The running step of slot {} did not end in its time.", slot.name);
}

Broken low_voltage_on_live(const State&, const Slot& slot, const Request&) {
  if (!slot.live) return {};
  return fmt::format("3.3 V, UART or control lines were asked for in slot {}, which is live.",
                     slot.name);
}

Broken low_voltage_in_mains_stage(const State&, const Slot& slot, const Request&) {
  if (!slot.stage_allows) return {};
  return fmt::format(
      "3.3 V, UART or control lines were asked for in slot {} while its stage says 'mains: on'.",
      slot.name);
}

Broken low_voltage_unproven(const State&, const Slot& slot, const Request&) {
  // Without contacts there is nothing that could be driven.
  if (slot.off_proven || slot.contacts == ContactsKind::none) return {};
  return fmt::format(
      "3.3 V, UART or control lines were asked for in slot {}, which is not proven off.",
      slot.name);
}

constexpr std::string_view kUnplug =
    "Do not touch the unit. Unplug the bench, see that it is dead, and find the relay that did not "
    "open; then confirm that the unit is unplugged.";
constexpr std::string_view kInput =
    "Look at the input's wiring and at its board; then start again.";
constexpr std::string_view kRating =
    "Take a smaller load point, or state the true rating in the bench or product file.";
constexpr std::string_view kLive =
    "Wait until the slot is off and proven off; never use the serial side of a live slot.";

const std::vector<Ask> kOn{Ask::energise, Ask::load};
const std::vector<Ask> kOnAndLive{Ask::energise, Ask::load, Ask::stay_live};

std::vector<Check> make_checks() {
  std::vector<Check> table = found_checks();
  const std::vector<Check> others = {
      {"switch",
       "safety.no_mains",
       Blame::config,
       "Run this stage on a slot with a mains relay, or name the relay in the bench file.",
       {Ask::energise},
       no_switch},
      {"energised",
       "safety.not_energised",
       Blame::software,
       "Report this: the step must energise the slot before it asks for a load.",
       {Ask::load},
       not_energised},
      {"watched", "safety.not_watched", Blame::software,
       "Report this: the program must start the gate's watch before a stage with mains on.", kOn,
       not_watched},
      {"attended", "safety.attended", Blame::operator_,
       "Stay at the bench and run with --attended, or wire emergency stop and guard into the "
       "contactor coil and say 'interlock: hardwired' in the bench file.",
       kOn, not_attended},
      {"stage", "safety.stage", Blame::config, "Move the step to a stage with 'mains: on'.", kOn,
       stage_off},
      {"locked",
       "safety.off_not_confirmed",
       Blame::fixture,
       kUnplug,
       {Ask::energise, Ask::load, Ask::low_voltage},
       is_locked},
      {"other_locked", "safety.off_not_confirmed", Blame::fixture, kUnplug, kOn, other_locked},
      {"port_open", "safety.port_open", Blame::software,
       "End the flash or console command that uses the slot; then start again.", kOnAndLive,
       port_open},
      {"input_missing", "safety.input_missing", Blame::config,
       "Fit the input and name it in the bench file; a slot with UART contacts needs it.",
       kOnAndLive, input_missing},
      {"input_unreadable", "safety.input_unreadable", Blame::instrument, kInput, kOn,
       input_unreadable},
      {"input_stale", "safety.input_stale", Blame::instrument, kInput, kOnAndLive, input_stale},
      {"contacts", "safety.contacts", Blame::fixture,
       "Withdraw the UART contacts; if they are, look at their switch.", kOnAndLive, contacts_touch,
       true},
      {"guard", "safety.guard", Blame::operator_, "Close the guard, then start the unit again.",
       kOnAndLive, guard_open, true},
      {"load_shared", "safety.load_shared", Blame::fixture,
       "Wait until the other slot is off, or find out why it does not show that it is.", kOn,
       load_shared},
      {"chain_loaded",
       "safety.load_shared",
       Blame::software,
       "Report this: the load must be off before a slot is switched into the chain.",
       {Ask::energise},
       chain_loaded},
      {"chain_moves",
       "safety.load_shared",
       Blame::fixture,
       "Wait until the slot that is named is off, or find out why it does not show that it is.",
       {Ask::load},
       chain_moves},
      {"no_lease",
       "safety.no_lease",
       Blame::software,
       "Report this: the step must take its turn at reference and load before it asks for a load.",
       {Ask::load},
       no_lease},
      {"selector",
       "safety.load_shared",
       Blame::fixture,
       "Look at the relay board of this slot's selector.",
       {Ask::load},
       selector_open},
      {"other_selector",
       "safety.load_shared",
       Blame::fixture,
       "Look at the relay of the selector that is named; it must open before another slot gets the "
       "load.",
       {Ask::connect, Ask::load},
       other_selector},
      {"lease_overdue",
       "safety.lease_overdue",
       Blame::software,
       "Report this with the name of the step; start the unit again.",
       {Ask::stay_live},
       lease_overdue},
      {"stray_voltage", "safety.stray_voltage", Blame::fixture, kUnplug, kOnAndLive, stray_voltage},
      {"voltage_before",
       "safety.off_not_confirmed",
       Blame::fixture,
       kUnplug,
       {Ask::energise},
       voltage_before},
      {"rating_relay", "safety.rating", Blame::config, kRating, {Ask::load}, rating_relay},
      {"rating_wiring", "safety.rating", Blame::config, kRating, {Ask::load}, rating_wiring},
      {"rating_bank", "safety.rating", Blame::config, kRating, {Ask::load}, rating_bank},
      {"rating_plug", "safety.rating", Blame::config, kRating, {Ask::load}, rating_plug},
      {"rating_chain", "safety.rating", Blame::config, kRating, {Ask::load}, rating_chain},
      {"rating_duty",
       "safety.rating",
       Blame::config,
       "Use shorter steps or smaller load points, or a resistor that stands more.",
       {Ask::stay_live},
       duty_over},
      {"overrun",
       "safety.overrun",
       Blame::software,
       "Report this with the name of the step; start the unit again.",
       {Ask::stay_live},
       step_overran},
      {"low_voltage_stage",
       "safety.live",
       Blame::operator_,
       kLive,
       {Ask::low_voltage},
       low_voltage_in_mains_stage},
      {"low_voltage_live",
       "safety.live",
       Blame::operator_,
       kLive,
       {Ask::low_voltage},
       low_voltage_on_live},
      {"low_voltage_unproven",
       "safety.live",
       Blame::operator_,
       kLive,
       {Ask::low_voltage},
       low_voltage_unproven},
  };
  table.insert(table.end(), others.begin(), others.end());
  return table;
}

Broken relay_not_off(const OffEvidence& e) {
  if (!e.has_switch || e.relay_on == std::optional(false)) return {};
  return fmt::format("the mains relay of slot {} {}", e.slot,
                     e.relay_on ? "reads back as on" : "cannot be read back");
}

Broken sense_shows_voltage(const OffEvidence& e) {
  if (e.sense_closed != std::optional(true)) return {};
  return fmt::format("the mains-sense input of slot {} shows voltage", e.slot);
}

Broken contactor_stays_closed(const OffEvidence& e) {
  if (!e.contactor_off || e.auxiliary_closed != std::optional(true)) return {};
  return "the auxiliary contact of the contactor reads closed, and the contactor was switched off";
}

Broken meter_shows_voltage(const OffEvidence& e) {
  if (!e.meter_V || *e.meter_V < kDead_V) return {};
  return fmt::format("the meter reads {:.0f} V at slot {}", *e.meter_V, e.slot);
}

/// Zero power, a silent meter and a relay's own read-back show nothing. A sense input that is
/// fitted and does not answer is not made up for by other evidence.
Broken nothing_shows_absence(const OffEvidence& e) {
  if (e.has_sense) {
    if (e.sense_closed) return {};
    return fmt::format("the mains-sense input of slot {} cannot be read", e.slot);
  }
  const bool contactor_open = e.contactor_off && e.auxiliary_closed == std::optional(false);
  if (contactor_open || e.meter_V || e.unplugged_by_hand) return {};
  return fmt::format("nothing shows that there is no voltage at slot {}", e.slot);
}

}  // namespace

const std::vector<Check>& checks() {
  static const std::vector<Check> table = make_checks();
  return table;
}

bool contactor_first(std::string_view fault_id) {
  if (taken_out("contactor_first")) return false;
  return std::any_of(checks().begin(), checks().end(), [&](const Check& check) {
    return check.contactor_first && check.fault_id == fault_id;
  });
}

std::optional<Fault> refusal(const State& state, const Request& request) {
  const Slot& slot = state.slots.at(request.slot);
  for (const Check& check : checks()) {
    if (taken_out(check.name)) continue;
    if (std::find(check.asked.begin(), check.asked.end(), request.ask) == check.asked.end()) {
      continue;
    }
    if (auto broken = check.breaks(state, slot, request)) {
      return Fault(std::string(check.fault_id), check.blame, std::move(*broken),
                   std::string(check.next));
    }
  }
  return std::nullopt;
}

const std::vector<OffCheck>& off_checks() {
  static const std::vector<OffCheck> table{
      {"off_relay", relay_not_off},
      {"off_sense", sense_shows_voltage},
      {"off_contactor", contactor_stays_closed},
      {"off_meter", meter_shows_voltage},
      {"off_evidence", nothing_shows_absence},
  };
  return table;
}

std::string off_fault_id(const OffEvidence& evidence) {
  const bool welded = evidence.has_switch && evidence.relay_on == std::optional(false) &&
                      evidence.sense_closed == std::optional(true);
  return welded ? "safety.relay_welded" : "safety.off_not_confirmed";
}

std::vector<std::string> off_doubts(const OffEvidence& evidence) {
  std::vector<std::string> doubts;
  for (const OffCheck& check : off_checks()) {
    if (taken_out(check.name)) continue;
    if (auto doubt = check.doubt(evidence)) doubts.push_back(std::move(*doubt));
  }
  return doubts;
}

}  // namespace plugrig::mains
