#include <fmt/format.h>

#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/relay_timing.hpp"
#include "sequences/steps/tasmota_link.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// What came of many switchings.
struct Switchings {
  std::vector<double> answers_ms;  ///< from command to answer
  int missed = 0;  ///< the plug did not say that it did, or said later that it had not
};

/// One command, timed, and the plug's own word on it afterwards.
void switch_once(StepContext& context, PlugLink& link, bool on, Switchings& so_far) {
  const std::string word = on ? "ON" : "OFF";
  const auto sent = context.clock().now();
  const auto answered = text_member(link.command("Power", word, context.deadline()), "POWER");
  so_far.answers_ms.push_back(in_milliseconds(context.clock().now() - sent));
  const auto state = text_member(link.command("Power", "", context.deadline()), "POWER");
  if (answered != word || state != word) ++so_far.missed;
}

Switchings switch_often(StepContext& context, PlugLink& link, std::uint32_t count) {
  constexpr std::uint32_t told_every = 20;
  Switchings result;
  for (std::uint32_t i = 0; i < count; ++i) {
    switch_once(context, link, i % 2 != 0, result);
    if ((i + 1) % told_every == 0) context.counted("switching", "times", i + 1, count);
  }
  return result;
}

void record_switchings(StepContext& context, const Switchings& done, std::uint32_t count) {
  record_mean_and_worst(context, "relay.latency", "command to answer", "ms", done.answers_ms);
  record_value(context, {.id = "relay.missed",
                         .condition = fmt::format("of {} switchings", count),
                         .value = static_cast<double>(done.missed),
                         .unit = "count",
                         .instrument = "plug"});
  context.say(fmt::format("{} of {} switchings missed", done.missed, count));
  if (done.missed < static_cast<int>(count)) return;
  throw Fault("plug.relay", Blame::unit, "The plug did none of the switchings that it was told.",
              "Look whether the template names the relay pin, and whether the build has a relay.");
}

/// A few switchings as the reference meter sees them; the plug may say what it likes.
void measure_seen(StepContext& context, std::int64_t count) {
  auto& meter = context.mains().reference();
  if (count == 0 || meter.by_hand() || meter.info().refresh > kSlowestRefresh) {
    context.say("relay not timed by the reference meter");
    return;
  }
  const auto lease = take_reference(context, "plug.switchings");
  const auto began = context.clock().now();
  const auto load = context.mains().load(context.params().number("load"), context.deadline());
  const auto timing = time_relay(context, meter, load.nominal_W, count);
  lease->sampled(context.clock().now() - began);
  put_load_off(context, context.deadline());
  record_mean_and_worst(context, "relay.latency", "command to reference meter", "ms",
                        timing.after_ms, meter.info().name);
  record_value(context, {.id = "relay.unseen",
                         .condition = fmt::format("of {} switchings", count),
                         .value = static_cast<double>(timing.unseen),
                         .unit = "count",
                         .instrument = meter.info().name});
  context.say(fmt::format("{} of {} switchings timed by the reference meter",
                          timing.after_ms.size(), count));
}

void switchings(StepContext& context) {
  const auto count = static_cast<std::uint32_t>(context.params().integer("count"));
  context.mains().energise(context.deadline());
  auto& link = network(context).plug();
  record_switchings(context, switch_often(context, link, count), count);
  measure_seen(context, context.params().integer("seen"));
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  StepTime time;
  add_time(time, 2 * kPlugAnswers * params.integer("count"));
  if (params.integer("seen") == 0 || facts.by_hand || facts.reference_refresh > kSlowestRefresh)
    return time;
  StepPhase turn{{}, true, {}, {}};
  turn.sampling = seconds{2} + params.integer("seen") *
                                   (kPlugAnswers + facts.reference_refresh + facts.reference_read);
  turn.takes = turn.sampling + 2 * kPlugAnswers;
  time.phases.push_back(turn);
  return time;
}

std::vector<NeededLoad> loads(const StepParams& params, Problems& /*problems*/) {
  if (params.values.has("seen") && params.values.text("seen") == "0") return {};
  return needed_point(params, "load");
}

}  // namespace

StepType plug_switchings_step() {
  return {.name = "plug.switchings",
          .help =
              "switch the relay often by command; time the answers, count what it missed, and "
              "time a few as the reference meter sees them",
          .fields = {{.name = "count",
                      .type = integer,
                      .fallback = "200",
                      .help = "switchings without load",
                      .minimum = 2,
                      .maximum = 100'000},
                     {.name = "seen",
                      .type = integer,
                      .fallback = "10",
                      .help = "switchings with a load that the reference meter times; 0 = none",
                      .minimum = 0,
                      .maximum = 1000},
                     {.name = "load",
                      .type = power,
                      .fallback = "60 W",
                      .help = "load of those",
                      .minimum = 20,
                      .maximum = 4000}},
          .default_timeout = minutes{5},
          .usual_time = seconds{40},
          .needs_mains = true,
          .run = switchings,
          .loads = loads,
          .usual = usual};
}

}  // namespace plugrig::steps
