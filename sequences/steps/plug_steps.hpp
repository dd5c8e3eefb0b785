#pragma once

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// The steps of the family `plug.`, each in a file of its own.
StepType plug_join_step();
StepType plug_functional_step();
StepType plug_finish_step();
StepType plug_recover_step();
/// Of the family `slot.`; works on mains, without the plug.
StepType slot_energise_step();

}  // namespace plugrig::steps
