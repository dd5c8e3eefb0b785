#include "sequences/steps/written_settings.hpp"

#include <fmt/format.h>

#include <utility>

#include "sequences/steps/tasmota_write.hpp"

namespace plugrig::steps {

WrittenSetting write_for_a_while(StepContext& context, PlugLink& link, const Setting& setting,
                                 std::string value) {
  auto before = read_setting(context, link, setting);
  write_setting(context, link, setting, value);
  return {setting, std::move(value), std::move(before)};
}

std::vector<std::string> lost_settings(StepContext& context, PlugLink& link,
                                       const std::vector<WrittenSetting>& written) {
  std::vector<std::string> lost;
  for (const auto& [setting, value, before] : written) {
    const auto answer = link.command(setting.name, "", context.deadline());
    if (!setting_is(answer, setting, value))
      lost.push_back(fmt::format("{} was {} and is {}", setting.name, value, answer.dump()));
  }
  return lost;
}

void give_back(StepContext& context, PlugLink& link, const std::vector<WrittenSetting>& written) {
  for (const auto& [setting, value, before] : written)
    if (value_problem(setting, before).empty()) write_setting(context, link, setting, before);
}

}  // namespace plugrig::steps
