#include "sequences/steps/library.hpp"
#include "sequences/steps/power/family.hpp"

namespace plugrig::steps {

void add_power_steps(StepRegistry& registry) {
  for (auto&& make : {as_found_step, calibrate_step, as_left_step, persistence_step, settling_step})
    registry.add(make());
}

}  // namespace plugrig::steps
