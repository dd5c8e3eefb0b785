#include "sequences/steps/library.hpp"

namespace plugrig::steps {

void add_plug_steps(StepRegistry& /*registry*/) {}

}  // namespace plugrig::steps
