#include "sequences/steps/library.hpp"

namespace plugrig::steps {

void add_power_steps(StepRegistry& /*registry*/) {}

}  // namespace plugrig::steps
