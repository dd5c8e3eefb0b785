#include "sequences/steps/power/binding_by_eye.hpp"

#include <fmt/format.h>

#include <random>

#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/plug_metering.hpp"

namespace plugrig::steps {
namespace {

/// Slow enough to count, and for a filament to go dark in between.
constexpr Duration kShown = std::chrono::milliseconds{1500};
/// For a person to look up from the keyboard.
constexpr Duration kLookUp = std::chrono::seconds{4};
constexpr int kMostTimes = 4;
constexpr double kMostFlashes = 20;

Operator& person_of(StepContext& context) {
  if (context.devices().person != nullptr) return *context.devices().person;
  throw Fault("plug.no_person", Blame::config,
              "A person reads this bench's reference, and there is nobody to ask.",
              "Run it where a person can answer, or give the answers in a file with --answers.");
}

void flash(StepContext& context, int times) {
  const auto& deadline = context.deadline();
  switch_relay(context, false, deadline);
  context.clock().sleep_for(kLookUp, deadline);
  for (int i = 0; i < times; ++i) {
    switch_relay(context, true, deadline);
    context.clock().sleep_for(kShown, deadline);
    switch_relay(context, false, deadline);
    context.clock().sleep_for(kShown, deadline);
  }
}

/// What the person counted; 0 = nothing, however often it was shown.
double counted(StepContext& context, int times) {
  for (int show = 0; show < kMostTimes; ++show) {
    context.say("Watch the load: the plug is about to switch it on and off a few times.");
    flash(context, times);
    const double seen = person_of(context).value(
        {.slot = context.slot(),
         .text = "The plug has just switched its load on and off. How often did the load go on? "
                 "(0 shows it again)",
         .unit = {},
         .low = 0.0,
         .high = kMostFlashes},
        context.deadline());
    if (seen != 0) return seen;
  }
  return 0;
}

Fault not_this_plug(const StepContext& context, double seen, int times) {
  return {"plug.binding", Blame::fixture,
          fmt::format("The plug that answers for slot {} switched its load on {} times, and {:g} "
                      "were seen.",
                      context.slot(), times, seen),
          "See that the load hangs behind this plug and behind no other, that it works, and that "
          "no second plug answers; then start the unit again."};
}

}  // namespace

int flashes_of(const std::string& seed) {
  std::seed_seq bytes(seed.begin(), seed.end());
  std::mt19937_64 chance(bytes);
  return 2 + static_cast<int>(chance() % 4);
}

void show_binding_by_eye(StepContext& context, const std::vector<double>& loads_W) {
  context.fact(kBindingFact, "not shown");
  auto& mains = context.mains();
  mains.energise(context.deadline());
  const auto lease = take_reference(context, "binding");
  first_load(mains, loads_W, context.deadline());
  const int times = flashes_of(binding_seed(context));
  const double seen = counted(context, times);
  if (seen != times) throw not_this_plug(context, seen, times);
  switch_relay(context, true, context.deadline());
  context.fact(kReferencePlaceFact, "downstream");
  context.fact(kBindingFact, "shown");
}

}  // namespace plugrig::steps
