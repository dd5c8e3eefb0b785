#include <fmt/format.h>

#include <cmath>

#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// A plug with its relay off draws its own 0.7 W to 1.7 W (facts "Tasmota as device under test"
/// §19); more than this is a load that it should not feed.
constexpr double off_limit_W = 5;
/// Mains is measured and resistors are within a few percent; a bulb follows the voltage less.
constexpr double load_tolerance = 0.2;
/// A relay shows within this time in a meter of any refresh that the rig knows.
constexpr seconds shows_within{6};

/// Power that the load should draw now, by its resistance and the voltage of the reading.
double expected_W(const LoadSetting& load, const PowerReading& reading) {
  if (!reading.voltage_V || load.at_V <= 0) return load.nominal_W;
  const double ratio = *reading.voltage_V / load.at_V;
  return load.nominal_W * ratio * ratio;
}

bool looks_on(const LoadSetting& load, const PowerReading& reading) {
  const double expected = expected_W(load, reading);
  return std::abs(*reading.power_W - expected) <= load_tolerance * expected;
}

PowerReading read_power(StepContext& context, PowerMeter& meter) {
  auto reading = meter.read(context.deadline());
  if (reading.power_W) return reading;
  throw Fault(
      "meter.no_power", Blame::instrument,
      fmt::format("Meter '{}' gives no power, so the relay cannot be seen.", meter.info().name),
      "Use a reference meter that measures power.");
}

/// Reads until the meter shows what the relay should do, at most until it must have shown; the last
/// reading counts either way.
PowerReading await_relay(StepContext& context, const LoadSetting& load, bool on) {
  auto& meter = context.mains().reference();
  const auto pause = std::max<Duration>(meter.info().refresh, std::chrono::milliseconds{200});
  const auto end = context.clock().now() + shows_within + 2 * pause;
  while (true) {
    const auto reading = read_power(context, meter);
    const bool seen = on ? looks_on(load, reading) : std::abs(*reading.power_W) <= off_limit_W;
    if (seen || context.clock().now() >= end) return reading;
    context.clock().sleep_for(pause, context.deadline());
    if (context.clock().now() >= context.deadline().at) return reading;
  }
}

void measure_relay(StepContext& context, const LoadSetting& load, bool on) {
  switch_relay(context, on, context.deadline());
  const auto reading = await_relay(context, load, on);
  Measurement measurement;
  measurement.id = on ? "relay.on" : "relay.off";
  measurement.condition = fmt::format("load {:g} W at {:g} V", load.nominal_W, load.at_V);
  measurement.value = *reading.power_W;
  measurement.unit = "W";
  const double expected = on ? expected_W(load, reading) : 0;
  const double tolerance = on ? load_tolerance * expected : off_limit_W;
  measurement.low = expected - tolerance;
  measurement.high = expected + tolerance;
  measurement.instrument = context.mains().reference().info().name;
  context.measure(std::move(measurement));
}

void ask_led(StepContext& context) {
  auto& link = open_link(context);
  link.command("LedPower", "1", context.deadline());
  person(context).confirm({.slot = context.slot(),
                           .text = "Does the plug's LED shine now? Do not open the guard.",
                           .unit = {},
                           .low = {},
                           .high = {}},
                          context.deadline());
  link.command("LedPower", "0", context.deadline());
  context.say("LED seen by the person at the bench");
}

/// On, off and on again, in the step's turn at reference and load.
LoadSetting switch_load(StepContext& context) {
  const auto lease = take_reference(context, "plug.functional");
  const auto began = context.clock().now();
  const auto load = context.mains().load(context.params().number("load"), context.deadline());
  for (const bool on : {true, false, true}) measure_relay(context, load, on);
  lease->sampled(context.clock().now() - began);
  put_load_off(context, context.deadline());
  return load;
}

void functional(StepContext& context) {
  auto& mains = context.mains();
  mains.energise(context.deadline());
  const auto load = switch_load(context);
  if (context.params().text("led") == "ask") ask_led(context);
  context.say(fmt::format("relay switches {:g} W on and off", load.nominal_W));
}

/// Each relay change shows after a refresh of the reference.
StepTime usual(const FieldValues&, const PlanFacts& facts) {
  constexpr int changes = 3;
  const Duration refresh = std::max<Duration>(facts.reference_refresh, kPlugAnswers);
  StepPhase turn{{}, true, {}, {}};
  turn.sampling = changes * (kPlugAnswers + refresh + facts.reference_read);
  turn.takes = turn.sampling + 2 * kPlugAnswers;
  return {{turn}};
}

}  // namespace

StepType plug_functional_step() {
  return {.name = "plug.functional",
          .help = "the plug's relay switches a load, seen by the reference meter",
          .fields = {{.name = "load",
                      .type = power,
                      .fallback = "60 W",
                      .help = "load behind the plug",
                      .minimum = 20,
                      .maximum = 4000},
                     {.name = "led",
                      .type = choice,
                      .fallback = "skip",
                      .help = "ask the person at the bench whether the LED shines",
                      .choices = {"skip", "ask"}}},
          .default_timeout = minutes{2},
          .usual_time = seconds{8},
          .needs_mains = true,
          .run = functional,
          .loads = [](const StepParams& params, Problems&) { return needed_point(params, "load"); },
          .usual = usual};
}

}  // namespace plugrig::steps
