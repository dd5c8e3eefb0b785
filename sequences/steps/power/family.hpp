#pragma once

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// The steps of this family, each with its table of fields.
StepType as_found_step();
StepType calibrate_step();
StepType as_left_step();
StepType persistence_step();
StepType settling_step();

}  // namespace plugrig::steps
