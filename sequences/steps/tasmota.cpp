#include "sequences/steps/library.hpp"

namespace plugrig::steps {

void add_tasmota_steps(StepRegistry& /*registry*/) {}

}  // namespace plugrig::steps
