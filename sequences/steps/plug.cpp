#include "sequences/steps/library.hpp"
#include "sequences/steps/plug_steps.hpp"

namespace plugrig::steps {

void add_plug_steps(StepRegistry& registry) {
  for (const auto make :
       {plug_join_step, plug_functional_step, plug_finish_step, plug_recover_step})
    registry.add(make());
}

}  // namespace plugrig::steps
