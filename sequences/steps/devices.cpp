#include "sequences/steps/devices.hpp"

#include <fmt/format.h>

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

Fault no_line(const StepContext& context, std::string_view line) {
  return {"slot.no_line", Blame::config,
          fmt::format("The fixture of slot {} has no line '{}'.", context.slot(), line),
          fmt::format("Give the slot '{}: ADAPTER.PIN' under 'lines' in the bench file, or leave "
                      "the step out.",
                      line)};
}

}  // namespace

ChipFlasher& flasher(StepContext& context) { return required(context.devices().flasher); }

BootControl& boot_control(StepContext& context) { return required(context.devices().boot); }

ControlLines& button_line(StepContext& context) {
  auto* lines = context.devices().lines;
  if (lines == nullptr || !lines->offers(Signal::button)) throw no_line(context, "button");
  return *lines;
}

PlugLed& led_line(StepContext& context) {
  auto* led = context.devices().led;
  if (led == nullptr) throw no_line(context, "led");
  return *led;
}

FlashProgressFn progress_of(StepContext& context) {
  return [&context](const FlashProgress& p) {
    context.progress(p.phase, p.address, p.done_bytes, p.total_bytes);
  };
}

}  // namespace plugrig::steps
