#include "sequences/steps/library.hpp"

#include "sequences/steps/plug_steps.hpp"

namespace plugrig::steps {

StepRegistry make_registry() {
  StepRegistry registry;
  add_flash_steps(registry);
  add_boot_steps(registry);
  add_slot_steps(registry);
  add_tasmota_steps(registry);
  add_operator_steps(registry);
  add_identity_steps(registry);
  add_plug_steps(registry);
  add_power_steps(registry);
  add_regression_steps(registry);
  return registry;
}

}  // namespace plugrig::steps
