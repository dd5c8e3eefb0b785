#include <fmt/format.h>

#include "rig/metrology/statistics.hpp"
#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/power/usual_series.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// Readings that a mean with a scatter needs.
constexpr std::size_t kLeastReadings = 3;

/// New readings of the reference for `time`; repeats of one refresh count once.
std::vector<double> readings_W(StepContext& context, PowerMeter& meter, Duration time) {
  auto& clock = context.clock();
  const auto end = clock.now() + time;
  std::vector<double> readings;
  std::optional<Instant> last;
  while (clock.now() < end && clock.now() < context.deadline().at) {
    const auto reading = meter.read(context.deadline());
    if (!reading.power_W)
      throw Fault("meter.no_power", Blame::instrument,
                  fmt::format("Meter '{}' gives no power.", meter.info().name),
                  "Use a reference meter that measures power.");
    if (!last || reading.at - *last >= meter.info().refresh / 2) {
      readings.push_back(*reading.power_W);
      last = reading.at;
    }
    clock.sleep_for(std::max<Duration>(meter.info().refresh, std::chrono::milliseconds{50}),
                    context.deadline());
  }
  return readings;
}

/// Behind the plug's relay the reference sees nothing of what the plug takes for itself.
bool is_upstream(StepContext& context) {
  const auto place = context.facts().find(kReferencePlaceFact);
  return place == context.facts().end() || place->second == "upstream";
}

void record_standby(StepContext& context, const std::vector<double>& readings,
                    const std::string& meter) {
  const auto found = metrology::describe(readings);
  constexpr const char* condition = "relay off";
  record_value(context, {.id = "standby.power",
                         .condition = condition,
                         .value = found.mean,
                         .unit = "W",
                         .instrument = meter,
                         .samples = readings});
  record_value(context, {.id = "standby.scatter",
                         .condition = condition,
                         .value = found.standard_deviation,
                         .unit = "W",
                         .instrument = meter});
  context.say(fmt::format("{:.2f} W with the relay off, {} readings", found.mean, readings.size()));
}

void standby(StepContext& context) {
  auto& mains = context.mains();
  mains.energise(context.deadline());
  if (mains.reference().by_hand() || !is_upstream(context))
    return context.say("the reference does not see what the plug takes for itself: not measured");
  switch_relay(context, false, context.deadline());
  const auto lease = take_reference(context, "plug.standby");
  const auto began = context.clock().now();
  context.clock().sleep_for(context.params().duration("settle"), context.deadline());
  const auto settled = context.clock().now();
  lease->settled(settled - began);
  auto& meter = mains.reference();
  const auto readings = readings_W(context, meter, context.params().duration("for"));
  lease->sampled(context.clock().now() - settled);
  if (readings.size() < kLeastReadings)
    throw Fault("meter.stale", Blame::instrument,
                fmt::format("Meter '{}' gave {} reading(s) in the time of the step.",
                            meter.info().name, readings.size()),
                "Give the step more time in 'for'.");
  record_standby(context, readings, meter.info().name);
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  if (facts.by_hand || !facts.reference_upstream) return {};
  StepPhase turn{{}, true, params.duration("settle"), params.duration("for")};
  turn.takes = turn.settling + turn.sampling + kPlugAnswers;
  return {{turn}};
}

}  // namespace

StepType plug_standby_step() {
  return {.name = "plug.standby",
          .help = "what the plug takes for itself with its relay off, as the reference sees it",
          .fields = {{.name = "settle",
                      .type = duration,
                      .fallback = "3 s",
                      .help = "time after the relay went off before anything is read",
                      .minimum = 0,
                      .maximum = 600},
                     {.name = "for",
                      .type = duration,
                      .fallback = "8 s",
                      .help = "time of the readings",
                      .minimum = 1,
                      .maximum = 600}},
          .default_timeout = minutes{2},
          .usual_time = seconds{11},
          .needs_mains = true,
          .run = standby,
          .usual = usual};
}

}  // namespace plugrig::steps
