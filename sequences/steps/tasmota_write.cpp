#include "sequences/steps/tasmota_write.hpp"

#include <fmt/format.h>

#include "rig/core/problem.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

/// The shown value as text: the number of {"4":"Retry"}, 0 or 1 for OFF and ON.
std::string shown_text(const nlohmann::json& shown, const Setting& setting) {
  if (shown.is_object()) return shown.size() == 1 ? shown.begin().key() : shown.dump();
  if (!shown.is_string()) return shown.dump();
  auto text = shown.get<std::string>();
  if (setting.kind != SettingKind::number) return text;
  return text == "ON" ? "1" : text == "OFF" ? "0" : text;
}

const nlohmann::json& shown_member(const nlohmann::json& answer, const Setting& setting) {
  if (const auto* shown = member(answer, setting.name)) return *shown;
  throw Fault("plug.setting", Blame::unit,
              fmt::format("The plug's answer to {} does not show it.", setting.name),
              "Check that the firmware's version has this setting.", {{"answer", answer.dump()}});
}

}  // namespace

Setting checked_setting(std::string_view name, std::string_view value) {
  const auto setting = find_setting(name);
  if (!setting) {
    const auto near = nearest_name(name, setting_names());
    throw Fault("tasmota.value", Blame::config, fmt::format("There is no setting '{}'.", name),
                near.empty() ? "Use tasmota.command for what is no setting of the rig's list."
                             : fmt::format("Did you mean '{}'?", near));
  }
  if (const auto problem = value_problem(*setting, value); !problem.empty())
    throw Fault("tasmota.value", Blame::config,
                fmt::format("{} cannot be set to this value: {}.", setting->name, problem),
                "Correct the value in the sequence.");
  return *setting;
}

std::string read_setting(StepContext& context, PlugLink& link, const Setting& setting) {
  const auto answer = link.command(setting.name, "", context.deadline());
  return shown_text(shown_member(answer, setting), setting);
}

void expect_setting(StepContext& context, PlugLink& link, const Setting& setting,
                    std::string_view value) {
  const auto answer = link.command(setting.name, "", context.deadline());
  if (setting_is(answer, setting, value)) return;
  throw Fault("plug.setting", Blame::unit,
              fmt::format("{} was set to '{}' and shows '{}'.", setting.name, value,
                          shown_text(shown_member(answer, setting), setting)),
              "Check that the firmware takes this value; then run the unit again.",
              {transcript_end(link)});
}

void write_setting(StepContext& context, PlugLink& link, const Setting& setting,
                   std::string_view value) {
  if (!setting.restarts) {
    link.command(setting.name, value, context.deadline());
  } else {
    auto& line = console(context);
    await_uptime(context, line);
    line.command(setting.name, value, context.deadline());
    await_restart(context, line, fmt::format("{} was changed", setting.name));
  }
  expect_setting(context, link, setting, value);
}

}  // namespace plugrig::steps
