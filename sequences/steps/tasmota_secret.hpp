#pragma once

#include <string>
#include <string_view>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// Makes a secret unknown to events and records, together with the piece of it that is left when
/// the firmware cuts a command short in an answer (facts "Tasmota as device under test" §4).
/// `command` is the command's name in upper case.
void register_secret(StepContext& context, std::string_view command, const std::string& secret);

/// Fault `tasmota.value` (config) when the firmware would not take the secret as it is. The message
/// does not show it. `what` names it.
void check_secret(std::string_view what, const std::string& secret);

}  // namespace plugrig::steps
