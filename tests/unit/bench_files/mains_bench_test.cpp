#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "fixtures/bench/bench.hpp"

namespace plugrig::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path fixtures = std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures";

/// A bench with mains, and the same with one line changed.
class MainsBench : public ::testing::Test {
 protected:
  static constexpr const char* kRight =
      "bench: b\n"
      "mains: {voltage: 230 V, contactor: board1.8}\n"
      "instruments:\n"
      "  reference: {profile: meter, twin: lan, serial: C1}\n"
      "  board1: {profile: board, twin: rs485, baud: 115200}\n"
      "  board2: {profile: board, twin: load, address: 2}\n"
      "load: {bank: four, relays: board2}\n"
      "load_path: multiplexed\n"
      "interlock: hardwired\n"
      "slots:\n"
      "  - slot: F1\n"
      "    kind: both\n"
      "    uart: {twin: true}\n"
      "    lines: {wiring: bare-wires}\n"
      "    uart_contacts: two_position\n"
      "    contacts_withdrawn: board1.in1\n"
      "    guard_closed: board1.in2\n"
      "    mains: board1.1\n"
      "    mains_sense: board1.in3\n";

  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    for (const auto* below : {"instruments", "loads"})
      std::filesystem::create_directories(folder_ / below);
    std::ofstream(folder_ / "instruments" / "meter.yaml") << "meter: m\n";
    std::ofstream(folder_ / "instruments" / "board.yaml") << "board: b\n";
    std::ofstream(folder_ / "loads" / "four.yaml")
        << "load: four\nrating: 16 A\nelements:\n"
           "  - {name: R1, resistance: 882 Ohm, rating: 75 W, relay: 1}\n"
           "  - {name: R2, resistance: 53 Ohm, rating: 1250 W, duty: 50 %, relay: 2}\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  BenchSpec load(std::string text, const std::string& from = {}, const std::string& to = {}) {
    if (!from.empty()) {
      const auto at = text.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      text.replace(at, from.size(), to);
    }
    const auto file = folder_ / "bench.yaml";
    std::ofstream(file) << text;
    problems_ = {};
    return load_bench(file, fixtures, problems_);
  }
  std::string problem_with(const std::string& from, const std::string& to) {
    load(kRight, from, to);
    return problems_.render();
  }

  std::filesystem::path folder_;
  Problems problems_;
};

TEST_F(MainsBench, IsReadWhole) {
  const auto bench = load(kRight);
  ASSERT_EQ(problems_.render(), "");
  ASSERT_TRUE(bench.mains.has_value());
  EXPECT_EQ(bench.mains->voltage_V, 230);
  EXPECT_EQ(bench.mains->contactor, (BoardPin{.board = "board1", .number = 8, .input = false}));
  ASSERT_EQ(bench.instruments.size(), 3U);
  EXPECT_EQ(bench.instruments[2].unit, 2);
  EXPECT_EQ(bench.instruments[0].link, InstrumentSpec::Link::twin);
  EXPECT_EQ(bench.instruments[0].address, "lan");
  EXPECT_EQ(bench.instruments[0].profile_file, folder_ / "instruments" / "meter.yaml");
  EXPECT_TRUE(bench.hardwired_interlock);
  ASSERT_TRUE(bench.load.has_value());
  ASSERT_EQ(bench.load->elements.size(), 2U);
  EXPECT_EQ(bench.load->elements[1].ohm, 53);
  EXPECT_EQ(bench.load->elements[1].duty, 0.5);
  const auto& slot = bench.slots.at(0);
  EXPECT_EQ(slot.mains_sense, (BoardPin{.board = "board1", .number = 3, .input = true}));
  EXPECT_EQ(slot.reference, "reference");
  EXPECT_EQ(find_instrument(bench, "board2"), &bench.instruments[2]);
  EXPECT_EQ(find_instrument(bench, "board3"), nullptr);
}

TEST_F(MainsBench, APersonMayBeInstrumentRelayAndInput) {
  const auto bench = load(
      "bench: hobby\n"
      "mains: {voltage: 230 V}\n"
      "instruments:\n"
      "  reference: {operator: true, model: multimeter, voltage_accuracy: ± 0.8 %, "
      "current_accuracy: ± 1.2 %}\n"
      "load: {bank: four, relays: operator}\n"
      "slots:\n"
      "  - slot: H1\n"
      "    kind: both\n"
      "    uart: {tty: /dev/ttyUSB0}\n"
      "    lines: {wiring: bare-wires}\n"
      "    uart_contacts: two_position\n"
      "    contacts_withdrawn: operator\n"
      "    guard_closed: operator\n"
      "    mains: operator\n"
      "    mains_sense: operator\n");
  ASSERT_EQ(problems_.render(), "");
  EXPECT_TRUE(bench.slots.at(0).mains->by_person());
  EXPECT_EQ(bench.instruments.at(0).link, InstrumentSpec::Link::person);
  EXPECT_DOUBLE_EQ(bench.instruments.at(0).voltage_accuracy, 0.008);
}

struct Mistake {
  const char* from;
  const char* to;
  const char* told;
};
TEST_F(MainsBench, EachMistakeIsToldWithItsPlace) {
  static constexpr std::array<Mistake, 22> mistakes{{
      {"contactor: board1.8", "contactor: bord1.8", "no instrument 'bord1' on this bench; did you"},
      {"contactor: board1.8", "contactor: board1.1", "relay board1.1 is used twice"},
      {"contactor: board1.8", "contactor: board2.2", "relay board2.2 is used twice"},
      {"interlock: hardwired", "access_point: board1.1", "relay board1.1 is used twice"},
      {"interlock: hardwired", "access_point: board1.in4", "'access_point' must be a relay"},
      {"interlock: hardwired", "access_point: bord1.4", "no instrument 'bord1' on this bench"},
      {"interlock: hardwired", "access_point: operator", "'access_point' must be a relay"},
      {"contactor: board1.8", "contactor: board1.in8", "'contactor' must be a relay"},
      {"contactor: board1.8", "contactor: board1", "names no pin"},
      {"twin: lan", "twin: lan, tcp: 10.0.0.1:502", "exactly one way"},
      {"profile: meter", "profile: metre", "no instrument profile 'metre'; did you mean 'meter'?"},
      {"twin: load, address: 2", "twin: rs485",
       "'board2' has address 1 on rs485, and so has 'board1'"},
      {"twin: load, address: 2", "twin: rs485, address: 2",
       "warning: 'board1' reads safety inputs over a line that is shared"},
      {", baud: 115200", "", "warning: 'board1' reads safety inputs over a line that is slow"},
      {"bank: four", "bank: fuor", "no load bank 'fuor'; did you mean 'four'?"},
      {"    guard_closed: board1.in2\n", "", "slot 'F1' needs the key 'guard_closed'"},
      {"    uart_contacts: two_position\n", "", "slot 'F1' needs the key 'uart_contacts'"},
      {"    contacts_withdrawn: board1.in1\n", "", "needs the key 'contacts_withdrawn'"},
      {"    mains: board1.1\n", "", "slot 'F1' needs the key 'mains'"},
      {"mains_sense: board1.in3", "mains_sense: board1.3", "'mains_sense' must be an input"},
      {"kind: both", "kind: flash", "a flash slot has no 'mains'"},
      {"    mains_sense: board1.in3\n", "", "warning: slot 'F1' has no mains sense"},
  }};
  for (const auto& mistake : mistakes) {
    const auto told = problem_with(mistake.from, mistake.to);
    EXPECT_THAT(told, HasSubstr(mistake.told)) << mistake.from << " -> " << mistake.to;
    EXPECT_THAT(told, HasSubstr("bench.yaml:")) << mistake.from;
  }
}

TEST_F(MainsBench, ALoadElementMustStandItsOwnPower) {
  std::ofstream(folder_ / "loads" / "four.yaml")
      << "load: four\nrating: 16 A\nelements:\n"
         "  - {name: R1, resistance: 52.9 Ohm, rating: 900 W, relay: 1}\n";
  load(kRight);
  EXPECT_THAT(problems_.render(), HasSubstr("'R1' takes 1000 W at 230 V and is rated 900 W"));
}

TEST_F(MainsBench, AMainsSlotNeedsNoSerialPort) {
  const auto bench = load(
      "bench: b\n"
      "mains: {voltage: 230 V}\n"
      "instruments:\n"
      "  reference: {profile: meter, twin: lan}\n"
      "  board1: {profile: board, twin: rs485, baud: 115200}\n"
      "slots:\n"
      "  - {slot: M1, kind: mains, mains: board1.1, mains_sense: board1.in1, "
      "guard_closed: board1.in2}\n");
  EXPECT_EQ(problems_.render(), "");
  EXPECT_FALSE(bench.slots.at(0).has_port);
}

TEST(ShippedLoads, AreRightAndNamedAsTheirFiles) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixtures / "loads")) {
    Problems problems;
    const auto bank = load_bank(entry.path(), problems);
    EXPECT_EQ(problems.render(), "") << entry.path();
    EXPECT_EQ(bank.name, entry.path().stem().string());
    EXPECT_FALSE(bank.elements.empty());
    ++seen;
  }
  EXPECT_GE(seen, 2);
}

TEST_F(MainsBench, SaysWhetherAGuardianOwnsTheRelays) {
  EXPECT_EQ(load(kRight).mains->guardian, GuardianUse::automatic);
  EXPECT_EQ(load(kRight, "board1.8}", "board1.8, guardian: yes}").mains->guardian,
            GuardianUse::yes);
  EXPECT_EQ(load(kRight, "board1.8}", "board1.8, guardian: no}").mains->guardian, GuardianUse::no);
  EXPECT_THAT(problem_with("board1.8}", "board1.8, guardian: often}"), HasSubstr("guardian"));
}

}  // namespace
}  // namespace plugrig::bench
