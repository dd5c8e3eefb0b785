#include "rig/engine/mains_found.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace plugrig::mains {
namespace {

using Broken = std::optional<std::string>;

/// A slot behind an open selector has neither load nor reference.
bool is_connected(const Slot& slot) { return !slot.selector.fitted || !slot.selector.is_open(); }

/// What the slots that one meter sees should draw.
struct Expected {
  int live = 0;
  double load_W = 0;
  bool by_hand = false;  ///< a person's load: nobody knows when it is plugged in
};

Expected expected_at(const State& state, std::size_t meter) {
  Expected expected;
  std::map<std::size_t, double> banks;  // one that several slots carry counts once
  for (const Slot& slot : state.slots) {
    if (slot.meter != meter || !slot.live || !is_connected(slot)) continue;
    ++expected.live;
    if (!slot.bank) continue;
    const Bank& bank = state.banks.at(*slot.bank);
    banks[*slot.bank] = bank.load_W;
    expected.by_hand = expected.by_hand || bank.by_hand;
  }
  for (const auto& [bank, watts] : banks) expected.load_W += watts;
  return expected;
}

Broken emergency_stop(const State& state, const Slot&, const Request&) {
  const Input& stop = state.emergency_stop;
  if (!stop.fitted || !stop.answered || stop.closed) return {};
  return "The emergency stop is pressed.";
}

Broken load_hot(const State& state, const Slot& slot, const Request& request) {
  const Input& cool = slot.load_cool;
  if (!cool.fitted || !cool.answered || cool.closed) return {};
  if (request.load_W <= 0 && load_W(state, slot) <= 0) return {};
  return fmt::format("The thermostat of the load of slot {} has opened: the load is too hot.",
                     slot.name);
}

Broken timers_not_proven(const State& state, const Slot&, const Request&) {
  if (state.timers_not_proven.empty()) return {};
  return state.timers_not_proven;
}

Broken not_renewed(const State& state, const Slot& slot, const Request&) {
  Instant ends = std::min(state.contactor_ends, slot.ends);
  if (slot.bank && load_W(state, slot) > 0) {
    ends = std::min(ends, state.banks.at(*slot.bank).ends);
  }
  if (ends == Instant::max() || state.now + kRenewalRetry < ends) return {};
  return fmt::format(
      "A relay that holds slot {} live was not renewed in time; its board switches it off by "
      "itself.",
      slot.name);
}

Broken dead_man_lost(const State& state, const Slot& slot, const Request&) {
  if (!state.has_dead_man || state.now < state.dead_man_ends) return {};
  return fmt::format(
      "The guardian that switches slot {} off when this program dies cannot be told any more that "
      "all is well.",
      slot.name);
}

/// A relay that is welded shows when the contactor closes for another slot.
Broken relay_welded(const State& state, const Slot& slot, const Request&) {
  if (state.chained) return {};
  for (const Slot& other : state.slots) {
    if (&other == &slot || !other.off_proven || !shows_stray_voltage(other)) continue;
    return fmt::format(
        "The mains relay of slot {} is welded: it read back as open, and the slot shows voltage.",
        other.name);
  }
  return {};
}

Broken current_with_relay_off(const State& state, const Slot& slot, const Request&) {
  for (std::size_t i = 0; i < state.meters.size(); ++i) {
    const Seen& seen = state.meters[i];
    const Expected expected = expected_at(state, i);
    if (seen.by_hand || expected.by_hand) continue;
    if (expected.live == 0 && seen.current_A.value_or(0) >= kNoCurrent_A) {
      return fmt::format("Meter {} shows {:.2f} A, and no slot that it sees is switched on.",
                         seen.name, *seen.current_A);
    }
    const bool own = slot.meter == i && expected.live > 0 && expected.load_W <= 0;
    if (own && seen.power_W.value_or(0) > kPlugDraws_W * expected.live) {
      return fmt::format("Meter {} shows {:.0f} W, and no load is selected for slot {}.", seen.name,
                         *seen.power_W, slot.name);
    }
  }
  return {};
}

/// Resistors take more at a higher voltage.
double square_over_nominal(const State& state, const Seen& seen) {
  const double ratio = seen.voltage_V.value_or(state.nominal_V) / state.nominal_V;
  return std::max(1.0, ratio * ratio);
}

Broken over_power(const State& state, const Slot& slot, const Request&) {
  if (!slot.meter || !slot.live || !is_connected(slot)) return {};
  const Seen& seen = state.meters.at(*slot.meter);
  const Expected expected = expected_at(state, *slot.meter);
  if (seen.by_hand || expected.by_hand) return {};
  const double limit_W = kLoadTolerance * expected.load_W * square_over_nominal(state, seen) +
                         kPlugDraws_W * expected.live;
  if (expected.load_W > 0 && seen.power_W.value_or(0) > limit_W) {
    return fmt::format(
        "Meter {} shows {:.0f} W at slot {}; {:.0f} W are the most that its load of "
        "{:.0f} W may draw.",
        seen.name, *seen.power_W, slot.name, limit_W, expected.load_W);
  }
  double rating_A = std::min(slot.relay_rating_A, slot.wiring_rating_A);
  if (slot.plug_rated_A > 0) rating_A = std::min(rating_A, slot.plug_rated_A);
  // In a chain all carry the same current.
  if ((expected.live == 1 || state.chained) &&
      seen.current_A.value_or(0) > kOverRating * rating_A) {
    return fmt::format("Meter {} shows {:.1f} A at slot {}, which is rated for {:.1f} A.",
                       seen.name, *seen.current_A, slot.name, rating_A);
  }
  return {};
}

const std::vector<Ask> kOn{Ask::energise, Ask::load};
const std::vector<Ask> kOnAndLive{Ask::energise, Ask::load, Ask::stay_live};
const std::vector<Ask> kLive{Ask::load, Ask::stay_live};

constexpr std::string_view kReplaceRelay =
    "Do not touch the unit in the slot that is named. Unplug the bench, see that it is dead, and "
    "replace that relay; then confirm that the unit is unplugged.";
constexpr std::string_view kFindCurrent =
    "Unplug the bench. Look for a relay of slot, selector or load that did not open, and for wires "
    "that go past it.";

}  // namespace

double load_W(const State& state, const Slot& slot) {
  if (!slot.bank || !is_connected(slot)) return 0;
  return state.banks.at(*slot.bank).load_W;
}

bool shows_stray_voltage(const Slot& slot) {
  return !slot.live && slot.sense.fitted && slot.sense.closed;
}

std::vector<Check> found_checks() {
  return {
      {"emergency_stop", "safety.emergency_stop", Blame::operator_,
       "Find out why it was pressed. Release it when the bench is safe, then start the unit again.",
       kOnAndLive, emergency_stop, true},
      {"timers", "safety.timed_on_not_proven", Blame::instrument,
       "Look at the relay board that is named: its timers must switch off by themselves. State "
       "'renewal: ignored' in its profile when it cannot be renewed.",
       kOn, timers_not_proven},
      {"renewal", "safety.not_renewed", Blame::instrument,
       "Look at the line of the relay boards and at what else this computer does; then start the "
       "unit again.",
       kLive, not_renewed},
      {"dead_man", "safety.dead_man_lost", Blame::host,
       "Look at the guardian's last words, then start again.", kOnAndLive, dead_man_lost},
      {"relay_welded", "safety.relay_welded", Blame::fixture, kReplaceRelay, kOnAndLive,
       relay_welded},
      {"load_hot", "safety.load_hot", Blame::fixture,
       "Let the load cool down; look at its fan, and at what covers it.", kLive, load_hot},
      {"current_with_relay_off", "safety.current_with_relay_off", Blame::fixture, kFindCurrent,
       kOnAndLive, current_with_relay_off},
      {"over_power", "safety.over_power", Blame::fixture,
       "Look for a load relay that stays closed and for a short circuit; then start the unit "
       "again.",
       kLive, over_power},
  };
}

}  // namespace plugrig::mains
