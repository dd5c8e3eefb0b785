#include "fixtures/bench/bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace plugrig::bench {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path fixtures = std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures";

/// A bench file of its own in a folder of its own.
class BenchFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  BenchSpec load(const std::string& text) {
    const auto file = folder_ / "bench.yaml";
    std::ofstream(file) << text;
    return load_bench(file, fixtures, problems_);
  }

  std::filesystem::path folder_;
  Problems problems_;
};

TEST_F(BenchFile, MayHaveAScanner) {
  const std::string slots =
      "bench: b\nslots:\n  - {slot: F1, kind: flash, uart: {twin: true}, "
      "lines: {wiring: dtr-rts-two-transistor}}\n";
  EXPECT_FALSE(load(slots).scanner);
  const auto bench = load(slots + "scanner: {tty: /dev/serial/by-id/scanner, baud: 115200}\n");
  ASSERT_TRUE(bench.scanner);
  EXPECT_EQ(bench.scanner->tty, "/dev/serial/by-id/scanner");
  EXPECT_EQ(bench.scanner->baud, 115'200U);
  EXPECT_EQ(load(slots + "scanner: {tty: /dev/ttyACM0}\n").scanner->baud, 9600U);
  EXPECT_FALSE(problems_.any_error()) << problems_.render();
  load(slots + "scanner: {baud: 9600}\n");
  EXPECT_THAT(problems_.render(), HasSubstr("scanner needs the key 'tty'"));
}

TEST(ShippedBenches, AreRight) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixtures)) {
    if (entry.path().extension() != ".yaml") continue;
    Problems problems;
    const auto bench = load_bench(entry.path(), fixtures, problems);
    EXPECT_EQ(problems.render(), "") << entry.path();
    EXPECT_FALSE(bench.slots.empty()) << entry.path();
    ++seen;
  }
  EXPECT_GE(seen, 2);
}

TEST(ShippedWirings, AreRightAndNamedAsTheirFiles) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixtures / "wirings")) {
    if (entry.path().extension() != ".yaml") continue;
    Problems problems;
    const auto wiring = load_wiring(entry.path(), problems);
    EXPECT_EQ(problems.render(), "") << entry.path();
    EXPECT_EQ(wiring.name, entry.path().stem().string());
    EXPECT_FALSE(wiring.enter_loader.empty());
    EXPECT_FALSE(wiring.start_application.empty());
    ++seen;
  }
  EXPECT_GE(seen, 3);
}

TEST(ShippedWirings, SayWhatTheyAre) {
  Problems problems;
  const auto wiring = load_wiring(fixtures / "wirings" / "power-cycled.yaml", problems);
  EXPECT_EQ(wiring.circuit, Circuit::power_switched);
  EXPECT_EQ(wiring.reset_capacitor, std::chrono::milliseconds{2});
  EXPECT_EQ(wiring.reset, "none");
  ASSERT_EQ(wiring.enter_loader.size(), 4U);
  EXPECT_EQ(wiring.enter_loader[0].levels, (std::vector<LineLevel>{{"dtr", true}, {"rts", true}}));
  EXPECT_EQ(wiring.enter_loader[0].wait, std::chrono::milliseconds{300});
  EXPECT_EQ(wiring.enter_loader[1].levels, (std::vector<LineLevel>{{"rts", false}}));
  EXPECT_TRUE(wiring.enter_loader[2].odd_attempts_only);
  EXPECT_FALSE(wiring.power_off.empty());
}

TEST_F(BenchFile, ReadsASimulatedSlotWithItsFaults) {
  const auto bench = load(
      "bench: b\n"
      "slots:\n"
      "  - slot: F1\n"
      "    kind: flash\n"
      "    uart: {twin: true}\n"
      "    lines: {wiring: bare-wires}\n"
      "    baud: 460800\n"
      "    twin: {seed: 9, flash: puya, faults: {open_strap: true, flip_to_chip: 0.1 %}}\n");
  ASSERT_EQ(problems_.render(), "");
  ASSERT_EQ(bench.slots.size(), 1U);
  const auto& slot = bench.slots[0];
  EXPECT_EQ(slot.port.kind, PortSpec::Kind::twin);
  EXPECT_EQ(slot.baud, 460'800U);
  EXPECT_EQ(slot.wiring.name, "bare-wires");
  ASSERT_TRUE(slot.twin.has_value());
  EXPECT_EQ(slot.twin->seed, 9U);
  EXPECT_EQ(slot.twin->flash, "puya");
  EXPECT_TRUE(slot.twin->faults.boolean("open_strap"));
  EXPECT_DOUBLE_EQ(slot.twin->faults.number("flip_to_chip"), 0.001);
}

TEST_F(BenchFile, TellsEverythingThatIsWrongAtOnce) {
  load(
      "bench: b\n"
      "slots:\n"
      "  - slot: F1\n"
      "    kind: flsh\n"
      "    uart: {twin: true, tty: /dev/ttyUSB0}\n"
      "    lines: {wiring: bare-wire}\n"
      "    boud: 460800\n"
      "  - slot: F1\n"
      "    kind: flash\n"
      "    uart: {twin: yes}\n"
      "    lines: {wiring: bare-wires}\n"
      "    baud: 0115200\n");
  const auto text = problems_.render();
  EXPECT_THAT(text, HasSubstr("bench.yaml:4:11: error:"));
  EXPECT_THAT(text, HasSubstr("did you mean 'flash'?"));
  EXPECT_THAT(text, HasSubstr("bench.yaml:5:11: error: a UART comes from exactly one place"));
  EXPECT_THAT(text, HasSubstr("bench.yaml:6:21: error: no wiring 'bare-wire'; did you mean"));
  EXPECT_THAT(text, HasSubstr("bench.yaml:7:5: error:"));
  EXPECT_THAT(text, HasSubstr("did you mean 'baud'?"));
  EXPECT_THAT(text, HasSubstr("bench.yaml:8:5: error: slot 'F1' is there twice"));
  EXPECT_THAT(text, HasSubstr("bench.yaml:10:18: error:"));
  EXPECT_THAT(text, HasSubstr("bench.yaml:12:11: error:"));
}

TEST_F(BenchFile, AWiringBesideTheBenchIsFoundFirst) {
  std::filesystem::create_directories(folder_ / "wirings");
  std::ofstream(folder_ / "wirings" / "bare-wires.yaml")
      << "wiring: bare-wires\ncircuit: direct\nreset_capacitor: 0 s\n"
         "enter_loader: [{dtr: asserted, rts: asserted, wait: 1 ms}, {rts: idle}]\n"
         "start_application: [{rts: asserted, wait: 1 ms}, {rts: idle}]\n";
  const auto bench = load(
      "bench: b\nslots:\n  - slot: F1\n    kind: flash\n    uart: {twin: true}\n"
      "    lines: {wiring: bare-wires}\n");
  ASSERT_EQ(problems_.render(), "");
  EXPECT_EQ(bench.slots.at(0).wiring.reset_capacitor, Duration::zero());
}

TEST_F(BenchFile, APowerSwitchedWiringMustSayHow) {
  std::ofstream(folder_ / "w.yaml") << "wiring: w\ncircuit: power_switched\n"
                                       "enter_loader: [{dtr: asserted}]\n"
                                       "start_application: [{dtr: idle}]\n";
  load_wiring(folder_ / "w.yaml", problems_);
  EXPECT_THAT(problems_.render(), HasSubstr("must say how its supply is switched"));
}

}  // namespace
}  // namespace plugrig::bench
