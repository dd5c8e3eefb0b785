#include <fmt/format.h>

#include <algorithm>

#include "rig/core/unit_table.hpp"
#include "sequences/steps/power/family.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/step_response.hpp"
#include "sequences/steps/power/usual_series.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// Another load on the same mains that comes or goes in the watched time moves the power by some 2
/// %: that is no settling.
constexpr const char* kUsualBand = "± 5 %";

std::string watts_text(double watts) { return print_quantity(watts, power_dimension); }

/// Changes the load and reads the plug as fast as it answers.
StepResponse change_load(StepContext& context, double watts) {
  auto& clock = context.clock();
  StepResponse response;
  response.asked = clock.now();
  context.mains().load(watts, context.deadline());
  response.done = clock.now();
  const auto end = response.done + context.params().duration("watch");
  while (clock.now() < end && clock.now() < context.deadline().at)
    response.readings.push_back(read_plug(context, context.deadline()));
  return response;
}

SettlingTime time_change(StepContext& context, double from_W, double to_W) {
  const auto& params = context.params();
  const auto response = change_load(context, to_W);
  if (const auto time = settling_time(response, params.number("within"))) {
    context.say(fmt::format("{} to {}: {:.2f} s ± {:.2f} s, {} readings, {:.1f} W in the end",
                            watts_text(from_W), watts_text(to_W), time->seconds, time->half_width_s,
                            response.readings.size(), time->final_W));
    return *time;
  }
  throw Fault(
      "power.not_settled", Blame::unit,
      fmt::format("The plug's power does not stand still {:g} s after a load of {} became "
                  "one of {}.",
                  params.number("watch"), watts_text(from_W), watts_text(to_W)),
      "Look how this build averages its readings; give the step a longer 'watch' to see how "
      "long it takes. Readings that scatter need a wider 'within'.");
}

/// The times of one direction.
struct Direction {
  double from_W, to_W;
  std::vector<double> times_s = {};
  double half_width_s = 0;  ///< the widest
};

void take(StepContext& context, Direction& direction) {
  const auto time = time_change(context, direction.from_W, direction.to_W);
  direction.times_s.push_back(time.seconds);
  direction.half_width_s = std::max(direction.half_width_s, time.half_width_s);
}

/// The uncertainty is that of one time: what the interval between answers leaves open is not less
/// for being there every time.
void record(StepContext& context, const Direction& direction) {
  double sum_s = 0;
  for (const double time_s : direction.times_s) sum_s += time_s;
  Measurement measurement;
  measurement.id = "power.settling_time";
  measurement.condition = watts_text(direction.from_W) + " to " + watts_text(direction.to_W);
  measurement.value = sum_s / static_cast<double>(direction.times_s.size());
  measurement.expanded_uncertainty = direction.half_width_s;
  measurement.unit = "s";
  measurement.instrument = "host clock";
  measurement.samples = direction.times_s;
  context.measure(std::move(measurement));
}

void settling(StepContext& context) {
  const auto& params = context.params();
  context.mains().energise(context.deadline());
  if (context.mains().load_by_hand())
    return context.say("a person cannot change a load at once: not measured");
  set_display_resolution(context, context.deadline());
  Direction up{params.number("from"), params.number("to")};
  Direction down{up.to_W, up.from_W};
  const auto repeats = static_cast<std::uint32_t>(params.integer("repeats"));
  switch_relay(context, true, context.deadline());
  const auto lease = take_reference(context, "power.settling");
  context.mains().load(up.from_W, context.deadline());
  context.clock().sleep_for(kPlugSettles, context.deadline());
  lease->settled(kPlugSettles);
  const auto began = context.clock().now();
  for (std::uint32_t i = 0; i < repeats; ++i) {
    take(context, up);
    take(context, down);
    context.counted("changing", "loads", i + 1, repeats);
  }
  lease->sampled(context.clock().now() - began);
  put_load_off(context, context.deadline());
  for (const auto* direction : {&up, &down}) record(context, *direction);
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  if (facts.by_hand) return {};
  StepPhase turn{{}, true, kPlugSettles, 2 * params.integer("repeats") * params.duration("watch")};
  turn.takes = turn.settling + turn.sampling + kPlugAnswers * 6;
  return {{turn}};
}

std::vector<NeededLoad> loads(const StepParams& params, Problems& /*problems*/) {
  auto needed = needed_point(params, "from");
  for (const auto& load : needed_point(params, "to")) needed.push_back(load);
  return needed;
}

FieldSpec load_field(std::string name, std::string watts, std::string help) {
  return {.name = std::move(name),
          .type = power,
          .fallback = std::move(watts),
          .help = std::move(help),
          .minimum = 20,
          .maximum = 4000};
}

}  // namespace

StepType settling_step() {
  return {.name = "power.settling",
          .help =
              "change the load at once, there and back, and time how long the plug's power needs "
              "to stand still; good to the interval between its answers",
          .fields = {load_field("from", "60 W", "load before"),
                     load_field("to", "2 kW", "load after"),
                     {.name = "within",
                      .type = tolerance,
                      .fallback = kUsualBand,
                      .help = "how near its final mean a reading must be, and all after it",
                      .minimum = 0.001,
                      .maximum = 0.5},
                     {.name = "watch",
                      .type = duration,
                      .fallback = "8 s",
                      .help = "how long readings are taken; the last third is where they end",
                      .minimum = 3,
                      .maximum = 120},
                     {.name = "repeats",
                      .type = integer,
                      .fallback = "1",
                      .help = "how often there and back",
                      .minimum = 1,
                      .maximum = 50}},
          .default_timeout = minutes{5},
          .usual_time = seconds{25},
          .needs_mains = true,
          .run = settling,
          .loads = loads,
          .usual = usual};
}

}  // namespace plugrig::steps
