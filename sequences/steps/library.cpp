#include "sequences/steps/library.hpp"

namespace plugrig::steps {

StepRegistry make_registry() {
  StepRegistry registry;
  add_flash_steps(registry);
  add_boot_steps(registry);
  add_slot_steps(registry);
  return registry;
}

}  // namespace plugrig::steps
