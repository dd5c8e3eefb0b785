// What a bench does not protect a slot against.
#include <fmt/format.h>

#include "rig/engine/mains_bench.hpp"

namespace plugrig::mains {
namespace {

bool ends_by_itself(const MainsSwitch* relay) {
  return relay != nullptr && relay->renew_within() > Duration::zero();
}

bool of_person(const MainsSwitch* relay) { return relay != nullptr && relay->by_hand(); }

/// What remains when this program, its computer or the relays' line fails.
void relays_that_stay(const MainsHardware& hardware, const SlotMains& slot,
                      std::vector<std::string>& lines) {
  const MainsSwitch* contactor = hardware.contactor.get();
  const MainsSwitch* relay = slot.mains.get();
  if (of_person(contactor) || of_person(relay)) return;
  if (ends_by_itself(contactor) || ends_by_itself(relay)) {
    if (contactor == nullptr) {
      lines.emplace_back(
          "that the slot's relay goes off by itself is not proven at start-up: there is no "
          "contactor that keeps it dead meanwhile.");
    }
    return;
  }
  if (hardware.dead_man) {
    lines.emplace_back(
        "the guardian switches off when this program dies; when the computer or the relays' line "
        "fails, or the guardian dies with this program, the relays stay as they are.");
    return;
  }
  lines.emplace_back(
      "the relays stay as they are when this program, its computer or their bus fails.");
}

}  // namespace

std::vector<std::string> Bench::not_covered(std::size_t slot) const {
  const SlotMains& hardware = part(slot);
  std::vector<std::string> lines;
  if (!hardware_.hardwired_interlock) {
    lines.emplace_back(
        "no hard-wired emergency stop or guard; a person watches and can unplug the bench.");
  } else if (!hardware_.emergency_stop && !of_person(hardware.mains.get())) {
    lines.emplace_back(
        "this program does not see the emergency stop: when it is released during a unit, mains "
        "comes back at once.");
  }
  relays_that_stay(hardware_, hardware, lines);
  if (!hardware_.contactor && !of_person(hardware.mains.get())) {
    lines.emplace_back(
        "no contactor: when the slot's relay is welded, only a person can take "
        "mains away.");
  }
  if (!can_prove_off(slot)) {
    lines.emplace_back(
        "nothing shows that there is no voltage at the slot; a person confirms it each time.");
  }
  const bool has_load = look(slot).bank.has_value();
  if (has_load && !bank_of(slot)->by_hand() && cool_of(slot) == nullptr) {
    lines.emplace_back("no thermostat at the load: only its duty is kept, by the clock.");
  }
  lines.insert(lines.end(), hardware_.not_covered.begin(), hardware_.not_covered.end());
  return lines;
}

}  // namespace plugrig::mains
