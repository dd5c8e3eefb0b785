#include "rig/engine/mains_sharing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace plugrig::mains {
namespace {

constexpr const char* kLoad = "load";

bool on_shared_load(const MainsHardware& hardware, const SlotMains& slot) {
  if (hardware.path != LoadPath::per_slot) return true;
  return slot.load == nullptr && hardware.load != nullptr;
}

SlotUses uses_of(const MainsHardware& hardware, const SlotMains& slot) {
  SlotUses uses;
  if (on_shared_load(hardware, slot)) uses.things.insert(kLoad);
  if (slot.reference != nullptr) uses.things.insert(slot.reference->info().name);
  uses.has_selector = slot.selector != nullptr;
  return uses;
}

}  // namespace

std::vector<SlotSharing> sharing_of(const std::vector<SlotUses>& slots, bool chained) {
  std::vector<SlotSharing> all(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    SlotSharing& sharing = all[i];
    bool selected = !chained && slots[i].has_selector;
    for (std::size_t other = 0; other < slots.size(); ++other) {
      if (other == i) continue;
      std::set<std::string> both;
      std::set_intersection(slots[i].things.begin(), slots[i].things.end(),
                            slots[other].things.begin(), slots[other].things.end(),
                            std::inserter(both, both.end()));
      if (both.empty()) continue;
      sharing.shared = true;
      selected = selected && slots[other].has_selector;
      sharing.resources.merge(both);
    }
    if (!sharing.shared) continue;
    sharing.lasts = chained ? TurnLasts::live : selected ? TurnLasts::lease : TurnLasts::stage;
  }
  return all;
}

std::vector<SlotSharing> sharing_of(const MainsHardware& hardware) {
  std::vector<SlotUses> slots;
  slots.reserve(hardware.slots.size());
  for (const SlotMains& slot : hardware.slots) slots.push_back(uses_of(hardware, slot));
  auto all = sharing_of(slots, hardware.path == LoadPath::chained);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].shared) continue;
    all[i].resources = {fmt::format("reference and load of slot {}", hardware.slots[i].slot)};
  }
  return all;
}

}  // namespace plugrig::mains
