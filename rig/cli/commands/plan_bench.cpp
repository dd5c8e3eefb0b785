#include "rig/cli/commands/plan_bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "drivers/modbus/profile.hpp"
#include "fixtures/build/mains_relays.hpp"
#include "rig/engine/mains_lease.hpp"
#include "rig/engine/mains_sharing.hpp"
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

mains::SlotUses uses_of(const bench::BenchSpec& bench, const bench::SlotSpec& slot) {
  mains::SlotUses uses{.has_selector = slot.selector.has_value()};
  if (!bench.mains || slot.kind == bench::SlotKind::flash) return uses;
  if (on_shared_load(bench, slot)) uses.things.insert(kLoad);
  uses.things.insert(slot.reference);
  return uses;
}

}  // namespace

std::vector<PlanSlot> plan_slots(const bench::BenchSpec& bench) {
  std::vector<mains::SlotUses> uses;
  for (const auto& slot : bench.slots) uses.push_back(uses_of(bench, slot));
  const auto sharing = mains::sharing_of(uses, bench.load_path == bench::LoadPathKind::chained);
  std::vector<PlanSlot> slots;
  for (std::size_t i = 0; i < bench.slots.size(); ++i) {
    const auto& spec = bench.slots[i];
    slots.push_back(
        {.name = spec.name,
         .resources = {resource_of(spec)},
         .shared = sharing[i].resources,
         .turn_is_stage = sharing[i].shared && sharing[i].lasts == mains::TurnLasts::stage,
         .chained = sharing[i].shared && sharing[i].lasts == mains::TurnLasts::live,
         .contacts = spec.has_port && spec.kind != bench::SlotKind::mains,
         .mains = bench.mains && spec.kind != bench::SlotKind::flash});
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
  return !told_before.any_error() && profile.timed_on_restarts();
}

/// Relays of slots, selectors and loads that go off by themselves: each is proven to at start-up,
/// with the contactor open.
std::size_t timed_relays(const bench::BenchSpec& bench) {
  std::map<std::string, std::size_t> relays;
  for (const auto& relay : build::mains_relays(bench))
    if (relay.is != build::MainsRelay::Is::contactor) ++relays[relay.pin.board];
  std::size_t count = 0;
  for (const auto& [board, number] : relays)
    if (has_timers(bench, board)) count += number;
  return count;
}

}  // namespace

PlanFacts plan_facts(const bench::BenchSpec& bench, const PlugInfo& plug) {
  PlanFacts facts;
  facts.start_up = mains::usual_timer_proof(timed_relays(bench));
  facts.chained = bench.load_path == bench::LoadPathKind::chained && bench.slots.size() > 1;
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
  if (first.selector) facts.turn_settles = mains::settles_connected(profile.refresh);
  return facts;
}

}  // namespace plugrig::cli
