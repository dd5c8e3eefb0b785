#include "rig/cli/commands/plan_bench.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "drivers/modbus/profile.hpp"
#include "rig/engine/mains_timer_proof.hpp"

namespace plugrig::cli {
namespace {

constexpr const char* kLoad = "load";

std::string resource_of(const bench::SlotSpec& slot) {
  if (!slot.has_port) return "a socket without serial contacts";
  switch (slot.port.kind) {
    case bench::PortSpec::Kind::tty:
    case bench::PortSpec::Kind::rfc2217:
    case bench::PortSpec::Kind::ftdi:
      return "uart " + slot.port.address;
    case bench::PortSpec::Kind::twin:
      break;
  }
  return "simulated plug";
}

bool on_shared_load(const bench::BenchSpec& bench, const bench::SlotSpec& slot) {
  return bench.load_path != bench::LoadPathKind::per_slot || (!slot.load && bench.load);
}

/// What the slot uses that others could use too.
std::set<std::string> used_by(const bench::BenchSpec& bench, const bench::SlotSpec& slot) {
  std::set<std::string> things;
  if (!bench.mains || slot.kind == bench::SlotKind::flash) return things;
  if (on_shared_load(bench, slot)) things.insert(kLoad);
  things.insert(slot.reference);
  return things;
}

bool meet(const std::set<std::string>& some, const std::set<std::string>& others) {
  return std::any_of(some.begin(), some.end(),
                     [&](const std::string& thing) { return others.contains(thing); });
}

}  // namespace

std::vector<PlanSlot> plan_slots(const bench::BenchSpec& bench) {
  std::vector<std::set<std::string>> used;
  for (const auto& slot : bench.slots) used.push_back(used_by(bench, slot));
  std::vector<PlanSlot> slots;
  for (std::size_t i = 0; i < bench.slots.size(); ++i) {
    PlanSlot planned{bench.slots[i].name, {resource_of(bench.slots[i])}, {}, false};
    bool selected = bench.load_path != bench::LoadPathKind::chained;
    for (std::size_t other = 0; other < used.size(); ++other) {
      if (!meet(used[i], used[other])) continue;
      selected = selected && bench.slots[other].selector.has_value();
      if (other == i) continue;
      for (const std::string& thing : used[i])
        if (used[other].contains(thing)) planned.shared.insert(thing);
    }
    planned.turn_is_stage = !planned.shared.empty() && !selected;
    planned.contacts = bench.slots[i].has_port && bench.slots[i].kind != bench::SlotKind::mains;
    planned.mains = bench.mains && bench.slots[i].kind != bench::SlotKind::flash;
    slots.push_back(std::move(planned));
  }
  return slots;
}

bench::BenchSpec with_slots(const bench::BenchSpec& bench, int count) {
  bench::BenchSpec result = bench;
  const std::size_t stated = bench.slots.size();
  const auto wanted = static_cast<std::size_t>(std::max(count, 1));
  if (wanted < stated) result.slots.resize(wanted);
  for (std::size_t i = stated; i < wanted; ++i) {
    bench::SlotSpec slot = bench.slots[i % stated];
    // Its own meter channel is one more of the kind, too.
    if (bench.load_path == bench::LoadPathKind::per_slot)
      slot.reference = fmt::format("{}+{}", slot.reference, i / stated);
    slot.name = fmt::format("{}+{}", slot.name, i / stated);
    result.slots.push_back(std::move(slot));
  }
  return result;
}

namespace {

bool has_timers(const bench::BenchSpec& bench, const std::string& board) {
  const auto* instrument = bench::find_instrument(bench, board);
  if (instrument == nullptr || instrument->profile_file.empty()) return false;
  Problems told_before;
  const auto profile = modbus::load_board_profile(instrument->profile_file, told_before);
  return !told_before.any_error() && profile.timed_on.has_value();
}

/// Relays of slots, selectors and loads that go off by themselves: each is proven to at start-up.
std::size_t timed_relays(const bench::BenchSpec& bench) {
  std::size_t count = 0;
  const auto add = [&](const std::optional<bench::BoardPin>& pin) {
    if (pin && has_timers(bench, pin->board)) ++count;
  };
  const auto add_load = [&](const std::optional<bench::LoadSpec>& load) {
    if (load && has_timers(bench, load->board)) count += load->elements.size();
  };
  for (const auto& slot : bench.slots) {
    add(slot.mains);
    add(slot.selector);
    add_load(slot.load);
  }
  add_load(bench.load);
  return count;
}

}  // namespace

PlanFacts plan_facts(const bench::BenchSpec& bench, const PlugInfo& plug) {
  PlanFacts facts;
  facts.start_up = mains::usual_timer_proof(timed_relays(bench));
  if (bench.mains) facts.nominal_V = bench.mains->voltage_V;
  if (plug.flash_bytes > 0) facts.flash_bytes = plug.flash_bytes;
  if (bench.slots.empty()) return facts;
  std::set<std::string> references;
  for (const auto& slot : bench.slots)
    if (slot.kind != bench::SlotKind::flash) references.insert(slot.reference);
  facts.references = std::max(1, static_cast<int>(references.size()));
  const auto live = std::find_if(bench.slots.begin(), bench.slots.end(), [](const auto& slot) {
    return slot.kind != bench::SlotKind::flash;
  });
  const auto& first = live == bench.slots.end() ? bench.slots.front() : *live;
  facts.baud = bench.slots.front().baud;
  const auto* meter = bench::find_instrument(bench, first.reference);
  if (meter == nullptr) return facts;
  facts.by_hand = meter->link == bench::InstrumentSpec::Link::person;
  if (facts.by_hand || meter->profile_file.empty()) return facts;
  Problems told_before;
  const auto profile = modbus::load_meter_profile(meter->profile_file, told_before);
  if (told_before.any_error()) return facts;
  facts.reference_refresh = profile.refresh;
  facts.reference_read = profile.latency;
  return facts;
}

}  // namespace plugrig::cli
