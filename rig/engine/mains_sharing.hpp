#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "drivers/api/mains_hardware.hpp"

namespace plugrig::mains {

/// How long a slot's turn at what it shares lasts.
enum class TurnLasts : std::uint8_t {
  lease,  ///< as long as a step has it; meanwhile other slots may be live
  stage,  ///< a whole stage with mains on, in which no other slot of the group is live
  live,   ///< from mains on to mains off, alone or in a round with others (mains_chain.hpp)
};

/// What a slot shares with others, and how.
struct SlotSharing {
  TurnLasts lasts = TurnLasts::lease;
  bool shared = false;              ///< others want it too
  std::set<std::string> resources;  ///< "load", "reference"
};

/// What a slot uses that others could use too: the load, a meter by its name.
struct SlotUses {
  std::set<std::string> things = {};
  bool has_selector = false;
};

/// For each slot, in the order given; what no other slot uses is left out of `resources`. Without a
/// selector in every slot of a group nothing keeps one live slot off the load and the meter of
/// another, so the turn lasts a stage. Chained slots are live alone, or several in a round of the
/// chain: a plug's relay that opens takes mains away from all plugs behind it.
std::vector<SlotSharing> sharing_of(const std::vector<SlotUses>& slots, bool chained);

/// The same of a bench; a slot that shares nothing has a resource of its own.
std::vector<SlotSharing> sharing_of(const MainsHardware& hardware);

}  // namespace plugrig::mains
