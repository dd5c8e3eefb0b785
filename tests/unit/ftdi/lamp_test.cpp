#include <gmock/gmock.h>

#include <memory>

#include "drivers/serial/ftdi/rack.hpp"
#include "tests/unit/ftdi/usb_bench.hpp"

namespace plugrig::ftdi::test {
namespace {

class LampOverUsb : public UsbTest {};

OutputLine line(Signal signal, int bit, OutputLine::Safe safe) {
  OutputLine line;
  line.signal = signal;
  line.pin = {.adapter = "duo", .channel = 1, .group = Pin::Group::pins, .bit = bit};
  line.active_low = true;
  line.drive = OutputLine::Drive::push_pull;
  line.safe = safe;
  return line;
}

TEST_F(LampOverUsb, GoesOnWhenTheProgramHasEndedAndNothingElseDoes) {
  const Plugged plugged(ChipKind::ft2232h, "L1");
  {
    RackAdapter adapter;
    adapter.wanted.name = "duo";
    adapter.wanted.serial = "L1";
    adapter.pin_channels = {1};
    Rack rack({adapter}, *clock_);
    Lines lines({line(Signal::lamp_pass, 0, OutputLine::Safe::keep),
                 line(Signal::lamp_fail, 4, OutputLine::Safe::keep),
                 line(Signal::power_3v3, 2, OutputLine::Safe::idle)},
                nullptr, rack, *clock_);
    const LineChange on[] = {{Signal::power_3v3, true}, {Signal::lamp_pass, true}};
    lines.set(on);
  }
  const auto pins = plugged->pins(1);
  EXPECT_EQ(pins.directions, 0x11) << "both lamps are driven, the supply's pin floats";
  EXPECT_EQ(pins.levels & 0x11U, 0x10U) << "PASS is lit, FAIL is not";
}

}  // namespace
}  // namespace plugrig::ftdi::test
