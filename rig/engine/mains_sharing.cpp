#include "rig/engine/mains_sharing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plugrig::mains {
namespace {

constexpr const char* kLoad = "load";

bool on_shared_load(const MainsHardware& hardware, const SlotMains& slot) {
  if (hardware.path != LoadPath::per_slot) return true;
  return slot.load == nullptr && hardware.load != nullptr;
}

std::set<std::string> shared_things(const MainsHardware& hardware, const SlotMains& slot) {
  std::set<std::string> things;
  if (on_shared_load(hardware, slot)) things.insert(kLoad);
  const bool meter_is_shared =
      slot.reference != nullptr &&
      std::count_if(hardware.slots.begin(), hardware.slots.end(),
                    [&](const SlotMains& other) { return other.reference == slot.reference; }) > 1;
  if (meter_is_shared) things.insert(slot.reference->info().name);
  return things;
}

bool meet(const std::set<std::string>& some, const std::set<std::string>& others) {
  return std::any_of(some.begin(), some.end(),
                     [&](const std::string& thing) { return others.contains(thing); });
}

}  // namespace

std::vector<SlotSharing> sharing_of(const MainsHardware& hardware) {
  std::vector<std::set<std::string>> things;
  things.reserve(hardware.slots.size());
  for (const SlotMains& slot : hardware.slots) things.push_back(shared_things(hardware, slot));
  std::vector<SlotSharing> all;
  for (std::size_t i = 0; i < things.size(); ++i) {
    SlotSharing sharing;
    bool selected = hardware.path != LoadPath::chained;
    for (std::size_t other = 0; other < things.size(); ++other) {
      if (!meet(things[i], things[other])) continue;
      sharing.shared = sharing.shared || other != i;
      selected = selected && hardware.slots[other].selector != nullptr;
    }
    if (!sharing.shared) {
      sharing.resources = {fmt::format("reference and load of slot {}", hardware.slots[i].slot)};
    } else {
      sharing.lasts = selected ? TurnLasts::lease : TurnLasts::stage;
      sharing.resources = things[i];
    }
    all.push_back(std::move(sharing));
  }
  return all;
}

}  // namespace plugrig::mains
