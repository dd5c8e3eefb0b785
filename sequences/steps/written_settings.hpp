#pragma once

#include <string>
#include <vector>

#include "rig/engine/step.hpp"
#include "sequences/steps/tasmota_value.hpp"

namespace plugrig::steps {

/// A setting that was written so that it can be looked for later.
struct WrittenSetting {
  Setting setting;
  std::string value;
  std::string before;  ///< what the plug had
};

/// Writes the setting, having read what it was. Faults of `read_setting` and `write_setting`.
WrittenSetting write_for_a_while(StepContext& context, PlugLink& link, const Setting& setting,
                                 std::string value);

/// One line for each that is not as it was written: "TelePeriod was 617 and is …".
std::vector<std::string> lost_settings(StepContext& context, PlugLink& link,
                                       const std::vector<WrittenSetting>& written);

/// Writes what the plug had before, where that can be written.
void give_back(StepContext& context, PlugLink& link, const std::vector<WrittenSetting>& written);

}  // namespace plugrig::steps
