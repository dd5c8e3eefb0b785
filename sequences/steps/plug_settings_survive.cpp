#include <fmt/format.h>

#include <algorithm>

#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_character.hpp"
#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_write.hpp"
#include "sequences/steps/written_settings.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// None of them is what an erased plug has.
const std::vector<std::string> kUsualSettings{"TelePeriod 617",
                                              "VoltRes 2",
                                              "WattRes 3",
                                              "AmpRes 2",
                                              "SetOption21 1",
                                              "SetOption32 41",
                                              "FriendlyName1 survives a restart"};

struct WantedSetting {
  Setting setting;
  std::string value;
};

/// `text` must outlive the result, which may hold a piece of it as its name.
WantedSetting parse_setting(const std::string& text) {
  const auto blank = text.find(' ');
  const auto value = blank == std::string::npos ? std::string() : text.substr(blank + 1);
  const auto setting = checked_setting(std::string_view(text).substr(0, blank), value);
  if (setting.restarts)
    throw Fault("tasmota.value", Blame::config,
                fmt::format("{} restarts the plug when it is written.", setting.name),
                "Take another setting.");
  return {setting, value};
}

/// Nothing is written before all of them are known to be right.
std::vector<WrittenSetting> write_all(StepContext& context, PlugLink& link,
                                      const std::vector<std::string>& texts) {
  std::vector<WantedSetting> wanted;
  for (const auto& text : texts) wanted.push_back(parse_setting(text));
  std::vector<WrittenSetting> written;
  for (const auto& [setting, value] : wanted)
    written.push_back(write_for_a_while(context, link, setting, value));
  return written;
}

void survive(StepContext& context) {
  const auto& params = context.params();
  const auto password = known_password(context);
  const auto texts = params.has("settings") ? params.list("settings") : kUsualSettings;
  context.mains().energise(context.deadline());
  const auto before = read_character(context, network(context).plug());
  const auto written = write_all(context, network(context).plug(), texts);
  restart_over_network(context, params.duration("within"), password);
  auto& link = network(context).plug();
  const auto after = read_character(context, link);
  auto lost = lost_settings(context, link, written);
  for (auto& name : lost_character(before, after)) lost.push_back(std::move(name));
  for (const auto& line : lost) context.say("lost: " + line);
  record_value(context, {.id = "settings.lost",
                         .condition = fmt::format("of {} over a restart", written.size() + 2),
                         .value = static_cast<double>(lost.size()),
                         .unit = "count",
                         .instrument = "plug"});
  check_character(before, after, "a restart");
  give_back(context, link, written);
}

StepTime usual(const FieldValues& params, const PlanFacts&) {
  constexpr std::int64_t requests_each = 6;
  const auto count = static_cast<std::int64_t>(
      params.has("settings") ? params.list("settings").size() : kUsualSettings.size());
  StepTime time;
  add_time(time, seconds{3} + kPlugComesUp + kPlugAnswers * requests_each * (count + 1));
  return time;
}

}  // namespace

StepType plug_settings_survive_step() {
  return {.name = "plug.settings_survive",
          .help =
              "write settings, restart the plug by command and read them back, with template "
              "and module",
          .fields = {{.name = "settings",
                      .type = list,
                      .help = "settings with values, such as [TelePeriod 617, VoltRes 2]"},
                     {.name = "within",
                      .type = duration,
                      .fallback = "60 s",
                      .help = "time from the command until the plug answers again",
                      .minimum = 5,
                      .maximum = 600},
                     web_password_field()},
          .default_timeout = minutes{3},
          .usual_time = seconds{15},
          .needs_mains = true,
          .run = survive,
          .usual = usual};
}

}  // namespace plugrig::steps
