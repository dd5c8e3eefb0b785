#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "fixtures/bench/bench.hpp"

namespace plugrig::bench {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path fixtures = std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures";

constexpr const char* kRight =
    "bench: b\n"
    "adapters:\n"
    "  duo:  {chip: FT2232H, serial: D1}\n"
    "  quad: {chip: FT4232H, path: 1-4.2}\n"
    "slots:\n"
    "  - slot: F1\n"
    "    kind: flash\n"
    "    uart: duo.A\n"
    "    lines:\n"
    "      wiring: own-lines-powered\n"
    "      gpio0: duo.B0\n"
    "      reset: duo.BDBUS1\n"
    "      power_3v3: {pin: duo.B2, active: high, settle: 20 ms}\n"
    "      lamp_pass: duo.B4\n"
    "      guard_closed: {pin: duo.B6, debounce: 5 ms}\n"
    "  - slot: F2\n"
    "    kind: flash\n"
    "    uart: quad.A\n"
    "    lines: {wiring: bare-wires, guard_closed: quad.CTS}\n";

/// A bench with adapters, and the same with one line changed.
class AdapterBench : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file_); }
  BenchSpec load(const std::string& from = {}, const std::string& to = {}) {
    std::string text = kRight;
    if (!from.empty()) {
      const auto at = text.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      text.replace(at, from.size(), to);
    }
    std::ofstream(file_) << text;
    problems_ = {};
    return load_bench(file_, fixtures, problems_);
  }
  std::string problem_with(const std::string& from, const std::string& to) {
    load(from, to);
    return problems_.render();
  }

  Problems problems_;
  std::filesystem::path file_ = std::filesystem::path(::testing::TempDir()) /
                                ("adapter-bench-" + std::to_string(::getpid()) + ".yaml");
};

TEST_F(AdapterBench, IsReadWhole) {
  const auto bench = load();
  ASSERT_EQ(problems_.render(), "");
  ASSERT_EQ(bench.adapters.size(), 2U);
  EXPECT_EQ(bench.adapters[0].serial, "D1");
  EXPECT_EQ(bench.adapters[1].path, "1-4.2");
  const auto& slot = bench.slots.at(0);
  EXPECT_EQ(slot.port.kind, PortSpec::Kind::ftdi);
  EXPECT_EQ(slot.port.address, "duo.A");
  const auto* reset = find_line(slot, "reset");
  ASSERT_NE(reset, nullptr);
  EXPECT_EQ(reset->pin.channel, 1);
  EXPECT_EQ(reset->pin.bit, 1);
  EXPECT_TRUE(reset->active_low);
  EXPECT_TRUE(reset->open_drain);
  const auto* power = find_line(slot, "power_3v3");
  ASSERT_NE(power, nullptr);
  EXPECT_FALSE(power->active_low);
  EXPECT_FALSE(power->open_drain);
  EXPECT_EQ(power->settle, std::chrono::milliseconds{20});
  EXPECT_EQ(find_line(slot, "lamp_pass")->safe, LineSpec::Safe::keep);
  EXPECT_TRUE(find_line(slot, "guard_closed")->input);
  EXPECT_EQ(find_line(bench.slots.at(1), "guard_closed")->pin.group, AdapterPin::Group::modem_in);
  EXPECT_EQ(find_line(slot, "button"), nullptr);
}

TEST_F(AdapterBench, ButtonAndLedLines) {
  const auto bench = load("      lamp_pass: duo.B4\n",
                          "      button: duo.B4\n"
                          "      led: {pin: duo.B5, active: high}\n");
  ASSERT_EQ(problems_.render(), "");
  const auto* button = find_line(bench.slots.at(0), "button");
  ASSERT_NE(button, nullptr);
  EXPECT_FALSE(button->input);
  EXPECT_TRUE(button->active_low && button->open_drain);
  EXPECT_EQ(button->safe, LineSpec::Safe::released);
  const auto* led = find_line(bench.slots.at(0), "led");
  ASSERT_NE(led, nullptr);
  EXPECT_TRUE(led->input);
  EXPECT_FALSE(led->active_low) << "an optical sensor may be high when it sees light";
  EXPECT_EQ(led->debounce, Duration{});
}

TEST_F(AdapterBench, AnActuatorBehindATransistorPressesToo) {
  const auto bench = load("lamp_pass: duo.B4", "button: {pin: duo.B5, active: high}");
  EXPECT_EQ(problems_.render(), "");
  EXPECT_FALSE(find_line(bench.slots.at(0), "button")->open_drain);
}

struct Mistake {
  const char* from;
  const char* to;
  const char* told;
};

TEST_F(AdapterBench, EachMistakeIsToldWithItsFix) {
  static constexpr std::array<Mistake, 28> mistakes{{
      {"uart: duo.A", "uart: dou.A", "no adapter 'dou' on this bench; did you mean 'duo'?"},
      {"uart: duo.A", "uart: duo.E", "'duo.E' names no channel of an adapter"},
      {"uart: duo.A", "uart: duo", "names no channel"},
      {"uart: quad.A", "uart: duo.A", "duo.A is the UART of slot 'F1' already"},
      {", serial: D1", "", "nothing tells adapter 'duo' from others"},
      {"path: 1-4.2", "serial: D1", "'quad' and 'duo' are one adapter"},
      {"chip: FT2232H", "chip: FT2232X", "must be one of"},
      {"gpio0: duo.B0", "gpio0: duo.B8", "'duo.B8' names no pin"},
      {"gpio0: duo.B0", "gpio0: duo.Q", "'duo.Q' names no pin"},
      {"gpio0: duo.B0", "gpio0: duo.B1", "is used twice"},
      {"gpio0: duo.B0", "gpio0: duo.A0", "duo.A0 belongs to the UART of slot 'F1'"},
      {"gpio0: duo.B0", "gpio0: quad.B.DTR", "is a line of a UART, and no slot uses that channel"},
      {"gpio0: duo.B0", "gpio0: {pin: duo.B0, drive: push_pull}", "must never be driven high"},
      {"gpio0: duo.B0", "gpio0: duo.CTS", "is an output, and duo.CTS is none"},
      {"guard_closed: quad.CTS", "guard_closed: quad.RTS", "is an input, and quad.RTS is none"},
      {"      gpio0: duo.B0\n", "", "moves 'gpio0', and slot 'F1' has no such line"},
      {"debounce: 5 ms}", "active: high}", "an open wire reads high"},
      {"active: high, settle: 20 ms", "safe: keep", "may not stay as it is when the port closes"},
      {"active: high, settle: 20 ms", "active: high, drive: open_drain",
       "is open drain and active high"},
      {"lamp_pass: duo.B4", "lamp_pas: duo.B4", "did you mean 'lamp_pass'?"},
      {"lamp_pass: duo.B4", "lamp_pass: {active: low}", "'pin'"},
      {"settle: 20 ms", "settle: 20", "unit"},
      {"lamp_pass: duo.B4", "button: duo.DTR", "'button' cannot hang on duo.DTR"},
      {"lamp_pass: duo.B4", "button: {pin: duo.B4, drive: push_pull}",
       "'button' must never be driven high"},
      {"lamp_pass: duo.B4", "button: {pin: duo.B4, safe: idle}", "must let go"},
      {"lamp_pass: duo.B4", "led: duo.RTS", "'led' is an input, and duo.RTS is none"},
      {"lamp_pass: duo.B4", "lamp_pass: twin", "a simulated jig has no line 'lamp_pass'"},
      {"lamp_pass: duo.B4", "button: twin", "slot 'F1' is no simulated jig"},
  }};
  for (const auto& [from, to, told] : mistakes) {
    const auto text = problem_with(from, to);
    EXPECT_THAT(text, HasSubstr(told)) << from << " -> " << to;
    EXPECT_THAT(text, HasSubstr("adapter-bench-")) << "no place: " << to;
  }
}

struct PinText {
  const char* text;
  AdapterPin::Group group;
  int channel;
  int bit;
};

TEST(AdapterPins, AreNamedAsOnTheChipOrShorter) {
  using Group = AdapterPin::Group;
  static constexpr std::array<PinText, 10> pins{{
      {"a.B4", Group::pins, 1, 4},
      {"a.BDBUS4", Group::pins, 1, 4},
      {"a.AC3", Group::pins, 0, 11},
      {"a.ACBUS3", Group::pins, 0, 11},
      {"a.ACBUS9", Group::pins, 0, 17},
      {"a.CBUS2", Group::cbus, 0, 2},
      {"a.C2", Group::pins, 2, 2},
      {"a.DTR", Group::modem_out, 0, 0},
      {"a.D.RTS", Group::modem_out, 3, 1},
      {"a.C.DCD", Group::modem_in, 2, 3},
  }};
  for (const auto& wanted : pins) {
    const auto pin = parse_adapter_pin(wanted.text);
    ASSERT_TRUE(pin.has_value()) << wanted.text;
    EXPECT_EQ(pin->group, wanted.group) << wanted.text;
    EXPECT_EQ(pin->channel, wanted.channel) << wanted.text;
    EXPECT_EQ(pin->bit, wanted.bit) << wanted.text;
  }
  for (const auto* wrong :
       {"", "a", "a.", ".B4", "a.B", "a.B44", "a.CBUS4", "a.E1", "a.b4", "a.A.", "a.A.XYZ"})
    EXPECT_FALSE(parse_adapter_pin(wrong).has_value()) << wrong;
}

}  // namespace
}  // namespace plugrig::bench
