#include "sequences/steps/devices.hpp"

namespace plugrig::steps {
namespace {

template <class Device>
Device& required(Device* device) {
  if (device == nullptr)
    throw Fault("slot.no_loader", Blame::config,
                "This slot has no serial port with strap and reset lines.",
                "Run the step in a slot of kind 'flash' or 'both'.");
  return *device;
}

}  // namespace

ChipFlasher& flasher(StepContext& context) { return required(context.devices().flasher); }

BootControl& boot_control(StepContext& context) { return required(context.devices().boot); }

FlashProgressFn progress_of(StepContext& context) {
  return [&context](const FlashProgress& p) {
    context.progress(p.phase, p.address, p.done_bytes, p.total_bytes);
  };
}

}  // namespace plugrig::steps
