#pragma once

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// The slot's devices, or Fault `slot.no_loader` (config) when the slot has none of the sort.
ChipFlasher& flasher(StepContext& context);
BootControl& boot_control(StepContext& context);

/// The fixture's line at the unit's button, and the one at its LED, or Fault `slot.no_line`
/// (config) when the slot has none.
ControlLines& button_line(StepContext& context);
PlugLed& led_line(StepContext& context);

/// A progress function that reports to the step's context.
FlashProgressFn progress_of(StepContext& context);

}  // namespace plugrig::steps
