// `plugrig adapters` and `plugrig doctor` over the emulated USB bus: unmodified libftdi1 and
// libusb.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "drivers/serial/ftdi/channel.hpp"
#include "rig/cli/commands/command.hpp"
#include "tests/unit/cli/said.hpp"
#include "tests/usb_bench/emulated_bench.hpp"
#include "tests/usb_bus/usb_bus.hpp"

namespace plugrig::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kBench =
    "bench: looked at over USB\n"
    "adapters:\n"
    "  single: {chip: FT232R, serial: PRONE001}\n"
    "  duo:    {chip: FT2232H, serial: PRDUO001}\n"
    "slots:\n"
    "  - slot: S1\n"
    "    kind: flash\n"
    "    uart: single.A\n"
    "    lines: {wiring: dtr-rts-two-transistor}\n"
    "    twin: {seed: 41, address: 127.0.3.1}\n"
    "  - slot: D1\n"
    "    kind: flash\n"
    "    uart: duo.A\n"
    "    lines:\n"
    "      wiring: own-lines-powered\n"
    "      gpio0: duo.B1\n"
    "      reset: duo.B3\n"
    "      power_3v3: {pin: duo.B2, active: low, drive: push_pull}\n"
    "    baud: 2000000\n"
    "    twin: {seed: 42, address: 127.0.3.2}\n";

using cli::plugrig;
using cli::Said;

class OverUsb : public testing::Test {
 protected:
  OverUsb() {
    std::ofstream(file_) << kBench;
    Problems problems;
    emulated_ = std::make_unique<EmulatedBench>(
        bench::load_bench(file_, PLUGRIG_SOURCE_DIR "/fixtures", problems));
    EXPECT_EQ(problems.render(), "");
  }
  ~OverUsb() override {
    emulated_.reset();
    std::filesystem::remove(file_);
  }
  [[nodiscard]] Said doctor() const { return plugrig({"doctor", "--bench", file_.string()}); }
  [[nodiscard]] std::string path_of(const std::string& adapter) const {
    return emulated_->adapters().adapter(adapter).path;
  }

  const std::filesystem::path file_ =
      std::filesystem::path(testing::TempDir()) /
      (std::string("usb_") + testing::UnitTest::GetInstance()->current_test_info()->name() +
       ".yaml");
  std::unique_ptr<EmulatedBench> emulated_;
};

TEST_F(OverUsb, AdaptersAreListedWithTheLinesToPaste) {
  const auto said = plugrig({"adapters"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("FT232R  serial PRONE001  path " + path_of("single")));
  EXPECT_THAT(said.out, HasSubstr("FT2232H  serial PRDUO001  path " + path_of("duo")));
  EXPECT_THAT(said.out, HasSubstr("  single: {chip: FT232R, serial: PRONE001}\n"));
  EXPECT_THAT(said.out, HasSubstr("  dual: {chip: FT2232H, serial: PRDUO001}\n"));
  EXPECT_THAT(said.out, Not(HasSubstr("udev")));
}

TEST_F(OverUsb, WithoutPermissionTheAdapterIsListedWithWhatToDo) {
  usb_bus::set_permitted(path_of("duo"), false);
  const auto said = plugrig({"adapters"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("NOT PERMITTED for this user"));
  EXPECT_THAT(said.out, HasSubstr("The udev rule for 0403:6010 is "));
  EXPECT_THAT(said.out, Not(HasSubstr("0403:6001 is"))) << "that one may be used";
  const auto looked = doctor();
  EXPECT_EQ(looked.code, 3);
  EXPECT_THAT(looked.out, ContainsRegex("FAIL  duo: adapter: .*ftdi.permission. Next: "));
  EXPECT_THAT(looked.out, HasSubstr("OK    S1: open: "));
}

TEST_F(OverUsb, TheDoctorOpensEveryPortAndTellsRateAndLatency) {
  const auto said = doctor();
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  EXPECT_THAT(said.out, HasSubstr("OK    single: adapter: FT232R PRONE001 at "));
  EXPECT_THAT(said.out, HasSubstr("OK    S1: open: single.A opened in "));
  EXPECT_THAT(said.out,
              HasSubstr("OK    S1: rate: 921600 bit/s: the FT232R makes 923077, +0.16 %"));
  EXPECT_THAT(said.out,
              HasSubstr("OK    D1: rate: 2000000 bit/s: the FT2232H makes 2000000, +0.00 %"));
  EXPECT_THAT(said.out, ContainsRegex("D1: latency: [0-9]+\\.[0-9]+ ms a request"));
  EXPECT_EQ(usb_bus::open_handles(), 0) << "all given back";
}

TEST_F(OverUsb, AnAdapterThatIsAwayFailsAndTheOtherIsLookedAt) {
  emulated_->unplug("duo");
  const auto said = doctor();
  EXPECT_EQ(said.code, 3);
  EXPECT_THAT(said.out, ContainsRegex("FAIL  duo: adapter: .*PRDUO001.*ftdi.missing"));
  EXPECT_THAT(said.out, HasSubstr("FAIL  D1: open: "));
  EXPECT_THAT(said.out, HasSubstr("OK    S1: rate: "));
}

TEST_F(OverUsb, AChannelThatSomebodyHasFails) {
  const auto clock = make_real_clock();
  ftdi::AdapterWanted wanted;
  wanted.serial = "PRDUO001";
  const auto adapter = ftdi::select_adapter(ftdi::list_adapters(), wanted);
  const auto held = ftdi::open_channel(adapter, *clock, {.adapter_name = "duo", .index = 0});
  const auto said = doctor();
  EXPECT_EQ(said.code, 3);
  EXPECT_THAT(said.out, ContainsRegex("FAIL  D1: open: .*ftdi.busy. Next: "));
  EXPECT_THAT(said.out, HasSubstr("OK    S1: rate: "));
}

TEST_F(OverUsb, CbusPinsAreShownPlannedAndWritten) {
  const auto shown = plugrig({"adapters", "--eeprom", "PRONE001"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("FT232R at "), HasSubstr("EEPROM valid"),
                               HasSubstr("CBUS0"), HasSubstr("no line is inverted")));
  const auto written =
      plugrig({"adapters", "--eeprom", "PRONE001", "--set-cbus-io", "0,1,2,3", "--yes"});
  EXPECT_EQ(written.code, 0) << written.err;
  emulated_->unplug("single");
  emulated_->plug("single");
  const auto again = plugrig({"adapters", "--eeprom", path_of("single")});
  EXPECT_THAT(again.out, AllOf(HasSubstr("EEPROM valid"), HasSubstr("  CBUS3   I/O\n"),
                               Not(HasSubstr("not the rig's"))));
  const auto quad = plugrig({"adapters", "--eeprom", "PRONE002"});
  EXPECT_EQ(quad.code, 2);
  EXPECT_THAT(quad.err, HasSubstr("did you mean 'PRONE001'?"));
}

}  // namespace
}  // namespace plugrig::test
