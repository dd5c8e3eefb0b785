#include "sequences/steps/library.hpp"

namespace plugrig::steps {

void add_operator_steps(StepRegistry& /*registry*/) {}

}  // namespace plugrig::steps
