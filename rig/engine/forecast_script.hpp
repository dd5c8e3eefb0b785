#pragma once

#include <span>
#include <vector>

#include "rig/engine/forecast.hpp"

namespace plugrig::planned {

/// What slots take turns at, in events.
inline constexpr const char* kReference = "reference";

/// What a slot does one after the other with a unit.
struct Action {
  enum class Kind : std::uint8_t {
    tell,
    spend,
    ask,
    join,
    taken,
    give,
    enter_network,  ///< waits until nobody is alone in it; `alone`: until nobody is there
    leave_network,
  } kind = Kind::tell;
  event::Body body = {};         ///< tell
  Duration takes{};              ///< spend
  bool by_turn = true;           ///< taken, give: false when the turn is the slot's anyway
  event::LeaseGiven lease = {};  ///< ask, taken: purpose; give: all but `held`
  bool alone = false;            ///< enter_network, leave_network
  Duration builds{};             ///< join: in the slot's turn to be built into the chain
};

/// What `slot` does with one unit, from its first stage to its last.
std::vector<Action> script_of(const PlanSlot& slot, std::span<const ForecastStage> unit);

}  // namespace plugrig::planned
