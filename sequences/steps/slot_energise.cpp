#include <fmt/format.h>

#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/plug_metering.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// Contactor, relay and their proofs.
constexpr Duration kSwitching = seconds{2};

void energise(StepContext& context) {
  const auto& params = context.params();
  const double watts = params.number("load");
  const Duration time = params.duration("for");
  auto& mains = context.mains();
  mains.energise(context.deadline());
  auto& clock = context.clock();
  if (watts <= 0) {
    context.say("mains on, no load");
    clock.sleep_for(time, context.deadline());
    return;
  }
  const auto lease = take_reference(context, "slot.energise");
  const auto load = mains.load(watts, context.deadline());
  context.say(fmt::format("mains on, {:g} W at {:g} V behind the plug", load.nominal_W, load.at_V));
  const Instant began = clock.now();
  clock.sleep_for(time, context.deadline());
  lease->settled(clock.now() - began);
  put_load_off(context, context.deadline());
}

StepTime usual(const FieldValues& params, const PlanFacts&) {
  const Duration time = params.has("for") ? params.duration("for") : Duration{};
  const bool loaded = params.has("load") && params.number("load") > 0;
  return {{{kSwitching + time, loaded, loaded ? time : Duration{}, {}}}};
}

std::vector<NeededLoad> loads(const StepParams& params, Problems& /*problems*/) {
  auto needed = needed_point(params, "load");
  std::erase_if(needed, [](const NeededLoad& load) { return load.watts <= 0; });
  return needed;
}

}  // namespace

StepType slot_energise_step() {
  return {.name = "slot.energise",
          .help = "mains on for a time, with or without a load: to warm up, or to soak",
          .fields = {{.name = "load",
                      .type = power,
                      .fallback = "0 W",
                      .help = "load behind the plug; 0 W = none",
                      .minimum = 0,
                      .maximum = 4000},
                     {.name = "for",
                      .type = duration,
                      .required = true,
                      .help = "how long",
                      .minimum = 0.1,
                      .maximum = 86'400}},
          .default_timeout = minutes{2},
          .usual_time = seconds{30},
          .needs_mains = true,
          .run = energise,
          .loads = loads,
          .usual = usual};
}

}  // namespace plugrig::steps
