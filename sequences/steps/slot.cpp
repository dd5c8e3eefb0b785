#include "sequences/steps/devices.hpp"
#include "sequences/steps/library.hpp"
#include "sequences/steps/plug_steps.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;
using enum FieldType;

void power_cycle(StepContext& context) {
  auto& boot = boot_control(context);
  boot.power_cycle(context.params().duration("off"), context.deadline());
  if (context.devices().flasher != nullptr) context.devices().flasher->forget();
  context.say(boot.switches_power() ? "supply off and on"
                                    : "reset (this wiring has no supply switch)");
}

}  // namespace

void add_slot_steps(StepRegistry& registry) {
  registry.add({.name = "slot.power_cycle",
                .help = "take the 3.3 V supply away and give it back; a reset where there is none",
                .fields = {{.name = "off",
                            .type = duration,
                            .fallback = "1 s",
                            .help = "time without supply",
                            .minimum = 0.05,
                            .maximum = 60}},
                .default_timeout = seconds{90},
                .usual_time = seconds{1},
                .needs_loader = true,
                // Leaves nothing that could be looked at; what comes after it may count on it.
                .run = power_cycle,
                .prove = power_cycle});
  registry.add(slot_energise_step());
}

}  // namespace plugrig::steps
