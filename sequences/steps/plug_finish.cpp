#include <fmt/format.h>

#include <array>
#include <cmath>

#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_write.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// Goes back last: until then short runs of the plug do not count towards its reset.
constexpr std::string_view quick_cycle_option = "SetOption65";
/// What a counter may have gained since it was zeroed: one display step.
constexpr double counter_tolerance_kWh = 0.0011;

/// Settings and the values that their owner gets back, in the order of writing.
std::vector<std::pair<std::string, std::string>> to_restore(const StepContext& context) {
  std::vector<std::pair<std::string, std::string>> settings;
  std::optional<std::string> option;
  for (const auto& [fact, value] : context.facts()) {
    if (!fact.starts_with(restore_prefix)) continue;
    auto name = fact.substr(restore_prefix.size());
    if (name == quick_cycle_option)
      option = value;
    else
      settings.emplace_back(std::move(name), value);
  }
  if (option) settings.emplace_back(quick_cycle_option, *option);
  return settings;
}

void zero_counters(StepContext& context, PlugLink& link) {
  for (const char* counter : {"EnergyTotal", "EnergyToday", "EnergyYesterday"})
    link.command(counter, "0", context.deadline());
}

/// {"EnergyTotal":{"Total":0.000,"Yesterday":0.000,"Today":0.000}}
void check_counters(StepContext& context, PlugLink& link) {
  const auto answer = link.command("EnergyTotal", "", context.deadline());
  const auto* counters = member(answer, "EnergyTotal");
  for (const char* name : {"Total", "Yesterday", "Today"}) {
    const auto* value = counters == nullptr ? nullptr : member(*counters, name);
    if (value != nullptr && value->is_number() &&
        std::abs(value->get<double>()) <= counter_tolerance_kWh)
      continue;
    throw Fault(
        "plug.counters", Blame::unit,
        fmt::format("The plug's energy counter '{}' is not zero after it was zeroed.", name),
        "Run the unit again; set it aside when this repeats.", {{"answer", answer.dump()}});
  }
}

/// How the relay is left, by what PowerOnState makes of it at the owner's (facts "Tasmota as device
/// under test" §10): 1 and 4 switch on by themselves, all others are left off.
void leave_relay(StepContext& context, PlugLink& link) {
  constexpr int always_on = 1;
  constexpr int on_and_locked = 4;
  const auto state = read_setting(context, link, *find_setting("PowerOnState"));
  const bool on = state == std::to_string(always_on) || state == std::to_string(on_and_locked);
  switch_relay(context, on, context.deadline());
  context.say(fmt::format("PowerOnState is {}: relay left {}", state, on ? "on" : "off"));
}

void check_saving(StepContext& context, PlugLink& link) {
  const auto state = read_setting(context, link, *find_setting("SaveData"));
  if (state != "0") return;
  throw Fault("plug.not_saving", Blame::unit, "The plug does not save its settings (SaveData 0).",
              "Set SaveData to 1; then calibrate the unit again.");
}

/// No load is on: each step gives its turn at the load back with the load off.
void finish(StepContext& context) {
  auto& link = network(context).plug();
  auto& mains = context.mains();
  check_saving(context, link);
  zero_counters(context, link);
  leave_relay(context, link);
  const auto settings = to_restore(context);
  for (const auto& [name, value] : settings)
    write_setting(context, link, checked_setting(name, value), value);
  await_saved(context);
  check_counters(context, link);
  for (const auto& [name, value] : settings)
    expect_setting(context, link, *find_setting(name), value);
  await_uptime(context, link);
  mains.de_energise(context.deadline());
  context.say(fmt::format("{} settings restored, counters zeroed, mains off", settings.size()));
}

}  // namespace

StepType plug_finish_step() {
  return {.name = "plug.finish",
          .help =
              "give the plug back its own settings, zero its counters, wait until it has saved "
              "them, mains off",
          .default_timeout = minutes{2},
          .usual_time = seconds{5},
          .needs_mains = true,
          .run = finish};
}

}  // namespace plugrig::steps
