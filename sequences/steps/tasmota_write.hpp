#pragma once

#include <string>
#include <string_view>

#include "rig/engine/step.hpp"
#include "sequences/steps/tasmota_value.hpp"

namespace plugrig::steps {

/// Facts `restore.NAME` hold what a setting was before it was changed for the time of the run.
inline constexpr std::string_view restore_prefix = "restore.";

/// The setting of this name, with a value that the firmware takes as it is. Fault `tasmota.value`
/// (config) for an unknown name (with the nearest known one) or a value that it would take for
/// something else.
Setting checked_setting(std::string_view name, std::string_view value);

/// What the plug shows for a setting now, in the form in which it is written: "0", "ON", "text".
/// Fault `plug.setting` (unit) when it shows nothing.
std::string read_setting(StepContext& context, PlugLink& link, const Setting& setting);

/// The plug shows this value when it is asked. Fault `plug.setting` (unit).
void expect_setting(StepContext& context, PlugLink& link, const Setting& setting,
                    std::string_view value);

/// Writes a setting, waits for the restart when it makes the plug restart (console only; else
/// Fault `slot.no_console`), asks for it and compares: the answer to the writing is no proof.
void write_setting(StepContext& context, PlugLink& link, const Setting& setting,
                   std::string_view value);

}  // namespace plugrig::steps
