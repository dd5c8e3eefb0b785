#include <fmt/format.h>

#include <algorithm>

#include "sequences/steps/button_presses.hpp"
#include "sequences/steps/devices.hpp"
#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// Hold time of a plug whose settings are the firmware's own (facts "Tasmota as device under test"
/// §10, SetOption32).
constexpr Duration kUsualHold = seconds{4};

void record_presses(StepContext& context, const Presses& done, bool is_long, std::uint32_t count) {
  const auto condition = fmt::format("of {} {} presses", count, is_long ? "long" : "short");
  if (is_long) {
    record_mean_and_worst(context, "button.hold_time", "press to HOLD", "ms", done.answers_ms);
  } else {
    record_mean_and_worst(context, "button.latency", "press to answer", "ms", done.answers_ms);
  }
  const auto counted = [&](const char* id, int value) {
    record_value(context, {.id = id,
                           .condition = condition,
                           .value = static_cast<double>(value),
                           .unit = "count",
                           .instrument = "console"});
  };
  counted("button.missed", done.missed);
  counted("button.doubled", done.doubled);
  context.say(fmt::format("{} {} missed, {} with more than one effect", done.missed, condition,
                          done.doubled));
}

void press_button(StepContext& context) {
  const auto& params = context.params();
  const bool is_long = params.text("press") == "long";
  const auto count = static_cast<std::uint32_t>(params.integer("count"));
  auto& pressing = button_line(context);
  auto& line = console(context);
  await_uptime(context, line);  // it takes no presses in its first seconds
  ButtonPresses button(context, pressing, line);
  const Presses done =
      is_long ? button.press_long(count) : button.press_short(count, params.duration("for"));
  record_presses(context, done, is_long, count);
  if (done.missed < static_cast<int>(count)) return;
  throw Fault(
      "plug.button", Blame::unit,
      fmt::format("None of {} {} presses of the button had its effect.", count,
                  is_long ? "long" : "short"),
      "Look whether the template names the button's pin and the build has a button; if other "
      "plugs fail here as well, check the fixture's line to the button.",
      {transcript_end(line)});
}

StepTime usual(const FieldValues& params, const PlanFacts&) {
  const bool is_long = params.has("press") && params.text("press") == "long";
  const Duration one = ButtonPresses::kWatched + 2 * kPlugAnswers +
                       (is_long ? kUsualHold : Duration{milliseconds{600}});
  StepTime time;
  add_time(time, one * params.integer("count"));
  return time;
}

}  // namespace

StepType plug_button_step() {
  return {.name = "plug.button",
          .help =
              "press the plug's button by the fixture's line, with mains off: time its answers on "
              "the console, count presses that were missed or had more than one effect",
          .fields = {{.name = "press",
                      .type = choice,
                      .fallback = "short",
                      .help = "short: each toggles the relay; long: each is told as HOLD, and the "
                              "relay stays as it is",
                      .choices = {"short", "long"}},
                     {.name = "count",
                      .type = integer,
                      .fallback = "10",
                      .help = "presses",
                      .minimum = 1,
                      .maximum = 1000},
                     {.name = "for",
                      .type = duration,
                      .fallback = "150 ms",
                      .help = "how long a short press lasts; a long one lasts until it is told",
                      .minimum = 0.02,
                      .maximum = 2}},
          .default_timeout = minutes{5},
          .usual_time = seconds{18},
          .needs_loader = true,
          .needs_lines = {"button"},
          .run = press_button,
          .usual = usual};
}

}  // namespace plugrig::steps
