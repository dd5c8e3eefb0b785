#pragma once

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// Each adds one family of steps to the registry.
void add_flash_steps(StepRegistry& registry);
void add_boot_steps(StepRegistry& registry);
void add_slot_steps(StepRegistry& registry);
void add_tasmota_steps(StepRegistry& registry);
void add_operator_steps(StepRegistry& registry);
void add_identity_steps(StepRegistry& registry);
void add_plug_steps(StepRegistry& registry);
void add_power_steps(StepRegistry& registry);

/// The whole step library.
StepRegistry make_registry();

}  // namespace plugrig::steps
