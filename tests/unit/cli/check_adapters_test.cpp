#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "fixtures/build/adapters.hpp"
#include "fixtures/build/built_bench.hpp"

namespace plugrig::build {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path fixtures = std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures";

struct OneSlot {
  std::string adapter = "chip: FT4232H, serial: S1";
  std::string uart = "one.A";
  std::string lines = "wiring: bare-wires";
  std::string baud = "921600";
};

/// Everything that is wrong with a bench of one flash slot.
class CheckAdapters : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file_); }
  std::string problems(const OneSlot& slot) {
    std::ofstream(file_) << "bench: b\nadapters:\n  one: {" << slot.adapter
                         << "}\nslots:\n  - slot: F1\n    kind: flash\n    uart: " << slot.uart
                         << "\n    baud: " << slot.baud << "\n    lines: {" << slot.lines << "}\n";
    Problems problems;
    bench_ = bench::load_bench(file_, fixtures, problems);
    if (!problems.any_error()) check_devices(bench_, problems);
    return problems.render();
  }

  bench::BenchSpec bench_;
  std::filesystem::path file_ = std::filesystem::path(::testing::TempDir()) /
                                ("check-adapters-" + std::to_string(::getpid()) + ".yaml");
};

TEST_F(CheckAdapters, SaysNothingAboutABenchThatIsRight) {
  EXPECT_EQ(problems({}), "");
  EXPECT_EQ(problems({.baud = "2000000"}), "");
  EXPECT_EQ(problems({.adapter = "chip: FT232R, serial: S1",
                      .lines = "wiring: bare-wires, lamp_pass: one.CBUS2"}),
            "");
}

TEST_F(CheckAdapters, ChannelsPinsAndRatesAreTheChips) {
  EXPECT_THAT(problems({.adapter = "chip: FT2232H, serial: S1", .uart = "one.C"}),
              AllOf(HasSubstr("an FT2232H has no channel C"), HasSubstr("channels A to B")));
  EXPECT_THAT(problems({.lines = "wiring: bare-wires, lamp_pass: one.BC1"}),
              HasSubstr("out of range"));
  EXPECT_THAT(problems({.adapter = "chip: FT4232H, serial: S1, gpio: mpsse",
                        .lines = "wiring: bare-wires, lamp_pass: one.C1"}),
              HasSubstr("channel C of an FT4232H has no MPSSE"));
  EXPECT_THAT(problems({.lines = "wiring: bare-wires, lamp_pass: one.CBUS1"}),
              HasSubstr("has no CBUS pins"));
  EXPECT_THAT(problems({.adapter = "chip: FT232R, serial: S1", .baud = "4000000"}),
              HasSubstr("cannot make 4000000 bit/s"));
  EXPECT_THAT(problems({.adapter = "chip: FT232R, serial: S1", .baud = "1750000"}),
              HasSubstr("of the wanted 1750000"));
}

TEST_F(CheckAdapters, NothingIsInEffectBeforeTheRigTakesTheAdapter) {
  const std::string wiring = "wiring: own-lines-no-reset, gpio0: one.B1, power_3v3: ";
  EXPECT_THAT(problems({.lines = wiring + "one.B2"}),
              AllOf(HasSubstr("before the rig takes the adapter"), HasSubstr("RTS idles high")));
  EXPECT_EQ(problems({.lines = wiring + "one.B3"}), "");
  EXPECT_EQ(problems({.lines = wiring + "{pin: one.B2, active: low, drive: push_pull}"}), "");
}

TEST_F(CheckAdapters, AStrapOnAPinThatIdlesHighIsWarnedOf) {
  EXPECT_THAT(problems({.lines = "wiring: own-lines, gpio0: one.B1, reset: one.B4"}),
              AllOf(HasSubstr("warning"), HasSubstr("is driven high until the rig takes")));
  EXPECT_EQ(problems({.lines = "wiring: own-lines, gpio0: one.B1, reset: one.B5"}), "");
}

TEST_F(CheckAdapters, AnFt232hKeepsFourPinsBesideItsUart) {
  ASSERT_EQ(problems({.adapter = "chip: FT232H, serial: S1",
                      .lines = "wiring: bare-wires, lamp_pass: one.ACBUS8"}),
            "");
  const auto pin = driver_pin(bench_, bench::find_line(bench_.slots.at(0), "lamp_pass")->pin);
  EXPECT_EQ(pin.group, ftdi::Pin::Group::cbus);
  EXPECT_EQ(pin.bit, 2);
  EXPECT_THAT(problems({.adapter = "chip: FT232H, serial: S1",
                        .lines = "wiring: bare-wires, lamp_pass: one.AC7"}),
              HasSubstr("lamp_pass"));
}

}  // namespace
}  // namespace plugrig::build
