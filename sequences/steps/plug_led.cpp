#include <fmt/format.h>

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

/// The firmware brings its LED up to date every 250 ms (source of its loop); later than this it
/// does not follow.
constexpr Duration kFollowsWithin = seconds{2};
constexpr Duration kLookEvery = milliseconds{2};
/// A LED that follows stays; one that blinks does not. Four of its turns.
constexpr Duration kSteady = seconds{1};
/// Commands that follow what was seen would all come at one moment of those 250 ms: the pauses
/// between them differ by this, and ten of them meet all of it.
constexpr Duration kStagger = milliseconds{25};
constexpr int kStaggers = 10;

struct Following {
  std::vector<double> after_ms;  ///< from the command
  int wrong = 0;                 ///< did not follow, or did not stay
};

bool await_led(StepContext& context, PlugLed& led, bool lit, Instant end) {
  const auto limit = context.deadline().no_later_than(end);
  for (;;) {
    if (led.lit(context.deadline()) == lit) return true;
    if (context.clock().now() >= limit.at) return false;
    context.clock().sleep_for(kLookEvery, context.deadline());
  }
}

void switch_once(StepContext& context, PlugLed& led, bool on, Following& so_far) {
  auto& clock = context.clock();
  const Instant sent = clock.now();
  console(context).command("Power", on ? "ON" : "OFF", context.deadline());
  const bool followed = await_led(context, led, on, sent + kFollowsWithin);
  const Instant seen = clock.now();
  clock.sleep_for(kSteady, context.deadline());
  if (followed && led.lit(context.deadline()) == on) {
    so_far.after_ms.push_back(in_milliseconds(seen - sent));
  } else {
    ++so_far.wrong;
  }
}

Following watch_led(StepContext& context, PlugLed& led, int count) {
  // A known begin: what is not so after that is found below.
  console(context).command("Power", "OFF", context.deadline());
  await_led(context, led, false, context.clock().now() + kFollowsWithin);
  Following result;
  for (int i = 0; i < count; ++i) {
    context.clock().sleep_for(kStagger * (i % kStaggers), context.deadline());
    switch_once(context, led, i % 2 == 0, result);
  }
  return result;
}

void check_led(StepContext& context) {
  const auto count = static_cast<int>(context.params().integer("count"));
  const auto done = watch_led(context, led_line(context), count);
  const char* const line = "LED line";
  record_mean_and_worst(context, "led.latency", "command to LED", "ms", done.after_ms, line);
  record_value(context, {.id = "led.wrong",
                         .condition = fmt::format("of {} switchings", count),
                         .value = static_cast<double>(done.wrong),
                         .unit = "count",
                         .instrument = line});
  context.say(fmt::format("LED wrong after {} of {} switchings", done.wrong, count));
  if (done.wrong < count) return;
  throw Fault(
      "plug.led", Blame::unit,
      fmt::format("The LED followed the relay in none of {} switchings.", count),
      "Look whether the template has the LED that the fixture reads as the one of the relay "
      "(batches differ), and whether LedState shows it; if other plugs fail here as well, "
      "check the fixture's line.",
      {transcript_end(console(context))});
}

StepTime usual(const FieldValues& params, const PlanFacts&) {
  StepTime time;
  add_time(time, (kSteady + 4 * kPlugAnswers + kStagger * (kStaggers / 2)) *
                     (params.integer("count") + 1));
  return time;
}

}  // namespace

StepType plug_led_step() {
  return {.name = "plug.led",
          .help =
              "switch the relay by command, with mains off, and see by the fixture's line that the "
              "plug's LED follows and stays; time it",
          .fields = {{.name = "count",
                      .type = integer,
                      .fallback = "20",
                      .help = "switchings",
                      .minimum = 2,
                      .maximum = 1000}},
          .default_timeout = minutes{5},
          .usual_time = seconds{28},
          .needs_loader = true,
          .needs_lines = {"led"},
          .run = check_led,
          .usual = usual};
}

}  // namespace plugrig::steps
