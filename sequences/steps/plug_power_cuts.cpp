#include <fmt/format.h>

#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_character.hpp"
#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_write.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// A setting reaches the flash within 3 s after it was written (facts §13): cuts are spread over
/// this time, so that some fall before the save, some into it and some behind it.
constexpr Duration kSpread = std::chrono::milliseconds{3500};
/// Any two values that differ, and that no plug has by itself.
constexpr std::string_view kSetting = "TelePeriod";
constexpr int kFirstValue = 611;

/// What was found after the cuts.
struct Cuts {
  int unsaved = 0;  ///< the value from before: the cut was early
  int damaged = 0;  ///< neither the value from before nor the new one
};

/// Seven short runs in a row would reset the plug, and that is no damage.
void check_quick_cycles_off(StepContext& context, PlugLink& link) {
  if (setting_is(link.command("SetOption65", "", context.deadline()), *find_setting("SetOption65"),
                 "1"))
    return;
  throw Fault("plug.quick_cycles", Blame::config,
              "The plug resets itself after seven short runs, and this step makes short runs.",
              "Set SetOption65 to 1 before.");
}

void cut(StepContext& context, Duration after, const std::string& password) {
  const auto& params = context.params();
  wait_whole(context, after, "the moment of the cut");
  mains_away_and_back(context, params.duration("off"));
  await_return(context, context.clock().now(), params.duration("within"), seconds{1}, password);
}

/// Writes, cuts while the plug may be saving, and looks at what is left.
Cuts cut_often(StepContext& context, std::int64_t count, const std::string& password) {
  const auto setting = *find_setting(kSetting);
  const auto character = read_character(context, network(context).plug());
  auto before = read_setting(context, network(context).plug(), setting);
  Cuts cuts;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto value = std::to_string(kFirstValue + i);
    network(context).plug().command(setting.name, value, context.deadline());
    cut(context, kSpread * i / count, password);
    auto& link = network(context).plug();
    check_character(character, read_character(context, link), "a power cut");
    const auto found = read_setting(context, link, setting);
    if (found == before) ++cuts.unsaved;
    if (found != before && found != value) {
      ++cuts.damaged;
      context.say(
          fmt::format("{} was {}, was set to {} and is {}", kSetting, before, value, found));
    }
    before = found;
    context.counted("cutting", "cuts", static_cast<std::uint32_t>(i + 1),
                    static_cast<std::uint32_t>(count));
  }
  return cuts;
}

void power_cuts(StepContext& context) {
  const auto password = known_password(context);
  const auto count = context.params().integer("count");
  context.mains().energise(context.deadline());
  check_quick_cycles_off(context, network(context).plug());
  const auto cuts = cut_often(context, count, password);
  const auto condition = fmt::format("of {} power cuts while saving", count);
  record_value(context, {.id = "settings.damaged",
                         .condition = condition,
                         .value = static_cast<double>(cuts.damaged),
                         .unit = "count",
                         .instrument = "plug"});
  record_value(context, {.id = "settings.unsaved",
                         .condition = condition,
                         .value = static_cast<double>(cuts.unsaved),
                         .unit = "count",
                         .instrument = "plug"});
  context.say(fmt::format("{} cuts: {} before the plug had saved, {} damaged", count, cuts.unsaved,
                          cuts.damaged));
  // Who was without mains may have been exchanged.
  show_binding(context, kBindingLimit);
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  constexpr int requests = 5;
  StepTime time;
  add_time(time, params.integer("count") * (kSpread / 2 + params.duration("off") + kPlugComesUp +
                                            requests * kPlugAnswers + seconds{1}));
  add_binding(time, facts);
  return time;
}

}  // namespace

StepType plug_power_cuts_step() {
  return {.name = "plug.power_cuts",
          .help =
              "write a setting and take mains away while the plug saves it, again and again: it "
              "must come back as it was before or after",
          .fields = {{.name = "count",
                      .type = integer,
                      .fallback = "10",
                      .help = "cuts, at moments that are spread over the time of saving",
                      .minimum = 1,
                      .maximum = 1000},
                     off_field(),
                     within_field(),
                     web_password_field()},
          .default_timeout = minutes{10},
          .usual_time = minutes{2},
          .needs_mains = true,
          .run = power_cuts,
          .usual = usual};
}

}  // namespace plugrig::steps
