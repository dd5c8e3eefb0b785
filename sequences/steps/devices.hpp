#pragma once

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// The slot's devices, or Fault `slot.no_loader` (config) when the slot has none of the sort.
ChipFlasher& flasher(StepContext& context);
BootControl& boot_control(StepContext& context);

/// A progress function that reports to the step's context.
FlashProgressFn progress_of(StepContext& context);

}  // namespace plugrig::steps
