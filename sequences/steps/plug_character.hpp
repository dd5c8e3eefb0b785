#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// What makes a plug the one that it is: without it, it has no relay and no metering.
struct PlugCharacter {
  nlohmann::json shape;  ///< its template
  nlohmann::json module;
  friend bool operator==(const PlugCharacter&, const PlugCharacter&) = default;
};
PlugCharacter read_character(StepContext& context, PlugLink& link);

/// Names of what differs: "Template", "Module".
std::vector<std::string> lost_character(const PlugCharacter& before, const PlugCharacter& after);

/// Fault `plug.settings_lost` (unit) when anything differs; `what_happened` to the plug in between:
/// "a restart".
void check_character(const PlugCharacter& before, const PlugCharacter& after,
                     std::string_view what_happened);

}  // namespace plugrig::steps
