#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "fixtures/bench/bench.hpp"

namespace plugrig::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path fixtures = std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures";

constexpr const char* kHead =
    "bench: b\n"
    "mains: {voltage: 230 V, contactor: board1.8}\n"
    "instruments:\n"
    "  meter1: {profile: meter, twin: lan1}\n"
    "  meter2: {profile: meter, twin: lan2}\n"
    "  board1: {profile: board, twin: rs485, baud: 115200}\n"
    "  board2: {profile: board, twin: load, address: 2}\n"
    "interlock: hardwired\n";

std::string slot(int number, const std::string& more) {
  const auto n = std::to_string(number);
  return "  - {slot: M" + n + ", kind: mains, mains: board1." + n + ", mains_sense: board1.in" + n +
         ", guard_closed: board1.in" + std::to_string(number + 4) + more + "}\n";
}

/// Benches of two sockets whose meters and loads are reached in different ways.
class LoadPath : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(::testing::TempDir()) /
        (std::string("path-") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    for (const auto* below : {"instruments", "loads"})
      std::filesystem::create_directories(folder_ / below);
    std::ofstream(folder_ / "instruments" / "meter.yaml") << "meter: m\n";
    std::ofstream(folder_ / "instruments" / "board.yaml") << "board: b\n";
    std::ofstream(folder_ / "loads" / "two.yaml")
        << "load: two\nrating: 16 A\nelements:\n"
           "  - {name: R1, resistance: 882 Ohm, rating: 75 W, relay: 1}\n"
           "  - {name: R2, resistance: 53 Ohm, rating: 1250 W, relay: 2}\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  BenchSpec load(const std::string& text) {
    const auto file = folder_ / "bench.yaml";
    std::ofstream(file) << text;
    problems_ = {};
    return load_bench(file, fixtures, problems_);
  }
  std::string told(const std::string& text) {
    load(text);
    return problems_.render();
  }
  static std::string per_slot(const std::string& first, const std::string& second) {
    return std::string(kHead) + "load_path: per_slot\nslots:\n" + slot(1, first) + slot(2, second);
  }
  static std::string shared(const std::string& path, const std::string& first,
                            const std::string& second) {
    return std::string(kHead) + "load: {bank: two, relays: board2}\nload_path: " + path +
           "\nslots:\n" + slot(1, ", reference: meter1" + first) +
           slot(2, ", reference: meter1" + second);
  }

  static constexpr const char* kOwn1 = ", reference: meter1, load: {bank: two, relays: board2}";
  static constexpr const char* kOwn2 =
      ", reference: meter2, load: {bank: two, relays: board2, first: 3}";

  std::filesystem::path folder_;
  Problems problems_;
};

TEST_F(LoadPath, TwoBanksOfOneBoardBeginAtDifferentRelays) {
  const auto bench = load(per_slot(kOwn1, kOwn2));
  ASSERT_EQ(problems_.render(), "");
  EXPECT_EQ(bench.load_path, LoadPathKind::per_slot);
  EXPECT_FALSE(bench.load.has_value());
  std::vector<int> relays;
  for (const auto& slot : bench.slots)
    for (const auto& element : slot.load.value().elements) relays.push_back(element.relay);
  EXPECT_THAT(relays, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(bench.slots[1].load->board, "board2");
}

TEST_F(LoadPath, PerSlotNeedsMeterAndLoadOfEachSlot) {
  const auto no_load = told(per_slot(kOwn1, ", reference: meter2"));
  EXPECT_THAT(no_load, HasSubstr("bench.yaml:12:5: error: slot 'M2' has no load of its own"));
  const auto no_meter = told(per_slot(kOwn1, ", load: {bank: two, relays: board2, first: 3}"));
  EXPECT_THAT(no_meter, HasSubstr("bench.yaml:12:5: error: slot 'M2' has no meter of its own"));
  EXPECT_THAT(told(per_slot(kOwn1,
                            ", reference: meter1, load: {bank: two, relays: board2, "
                            "first: 3}")),
              HasSubstr("'meter1' is the meter of slot 'M1' already"));
}

TEST_F(LoadPath, OneRelayCannotSwitchTheLoadsOfTwoSlots) {
  EXPECT_THAT(told(per_slot(kOwn1, ", reference: meter2, load: {bank: two, relays: board2}")),
              HasSubstr("relay board2.1 is used twice"));
  EXPECT_THAT(told(per_slot(kOwn1, ", reference: meter2, load: {bank: two, relays: board3}")),
              HasSubstr("no instrument 'board3' on this bench"));
}

TEST_F(LoadPath, APerSlotBenchHasNoLoadBesideItsSlots) {
  auto text = per_slot(kOwn1, kOwn2);
  text.replace(text.find("load_path:"), 0, "load: {bank: two, relays: board2}\n");
  EXPECT_THAT(told(text), HasSubstr("has none beside them"));
  EXPECT_THAT(told(per_slot(std::string(kOwn1) + ", selector: board1.5", kOwn2)),
              HasSubstr("slot 'M1' needs no selector"));
}

TEST_F(LoadPath, SelectorsAreThereForAllSlotsOrForNone) {
  const auto bench = load(shared("multiplexed", ", selector: board1.5", ", selector: board1.6"));
  ASSERT_EQ(problems_.render(), "");
  EXPECT_EQ(bench.slots[1].selector, (BoardPin{.board = "board1", .number = 6, .input = false}));
  EXPECT_EQ(told(shared("multiplexed", "", "")), "");
  EXPECT_THAT(told(shared("multiplexed", ", selector: board1.5", "")),
              HasSubstr("slot 'M2' needs the key 'selector'"));
  EXPECT_THAT(told(shared("multiplexed", ", selector: board1.5", ", selector: board1.5")),
              HasSubstr("relay board1.5 is used twice"));
  EXPECT_THAT(told(shared("multiplexed", ", selector: board1.5", ", selector: board1.in8")),
              HasSubstr("'selector' must be a relay"));
  EXPECT_THAT(told(shared("multiplexed", ", selector: board1.5", ", selector: operator")),
              HasSubstr("a selector must be a relay"));
}

TEST_F(LoadPath, ALoadOfASlotNeedsThePath) {
  EXPECT_THAT(told(shared("multiplexed", "", ", load: {bank: two, relays: board2, first: 3}")),
              HasSubstr("has a load of its own, and the load path is not per_slot"));
}

TEST_F(LoadPath, AChainHasOneMeterAndMainsInEachSlot) {
  EXPECT_EQ(told(shared("chained", "", "")), "");
  auto two_meters = shared("chained", "", "");
  two_meters.replace(two_meters.rfind("meter1"), 6, "meter2");
  EXPECT_THAT(told(two_meters), HasSubstr("a chain has one meter"));
  EXPECT_THAT(
      told(shared("chained", "", "") +
           "  - {slot: F1, kind: flash, uart: {twin: true}, lines: {wiring: bare-wires}}\n"),
      HasSubstr("slot 'F1' has no mains and would break the chain"));
  EXPECT_THAT(told(shared("chained", ", selector: board1.5", ", selector: board1.6")),
              HasSubstr("slot 'M1' needs no selector"));
}

TEST_F(LoadPath, AFlashSlotHasNeitherLoadNorSelector) {
  const std::string flash =
      "  - {slot: F1, kind: flash, uart: {twin: true}, lines: {wiring: bare-wires}, ";
  EXPECT_THAT(told(per_slot(kOwn1, kOwn2) + flash + "selector: board1.6}\n"),
              HasSubstr("a flash slot has no 'selector'"));
  EXPECT_THAT(told(per_slot(kOwn1, kOwn2) + flash + "load: {bank: two, relays: board1}}\n"),
              HasSubstr("a flash slot has no 'load'"));
}

TEST_F(LoadPath, UnitsOfABatchAreSaidInOneWay) {
  const auto with = [&](const std::string& unit) {
    return told(shared("multiplexed", "", "") + "world: {units: [" + unit + "]}\n");
  };
  EXPECT_EQ(with("{unit: 5, flash: absent}, {every: 8, offset: 3, faults: {open_tx: true}}"), "");
  EXPECT_THAT(with("{unit: 5, every: 8}"), HasSubstr("exactly one way"));
  EXPECT_THAT(with("{flash: absent}"), HasSubstr("exactly one way"));
  EXPECT_THAT(with("{unit: 5, offset: 3}"), HasSubstr("'offset' needs 'every'"));
  EXPECT_THAT(with("{unit: 0}"), HasSubstr("unit"));
  EXPECT_THAT(with("{unit: 1, faults: {opentx: true}}"), HasSubstr("did you mean 'open_tx'"));
}

TEST_F(LoadPath, UnitsAreReadWhole) {
  const auto bench =
      load(shared("multiplexed", "", "") +
           "world: {units: [{every: 8, offset: 3, flash: absent, faults: {drift: 10 %}}]}\n");
  ASSERT_EQ(problems_.render(), "");
  const auto& unit = bench.twin.units.at(0);
  EXPECT_TRUE(unit.means(11));
  EXPECT_FALSE(unit.means(8));
  EXPECT_EQ(unit.flash, "absent");
  EXPECT_DOUBLE_EQ(unit.faults.number("drift"), 0.1);
}

TEST(ShippedBenches, OfSeveralSlotsAreRight) {
  for (const auto* name : {"demo-8.yaml", "demo-8-shared.yaml", "demo-line.yaml"}) {
    Problems problems;
    const auto bench = load_bench(fixtures / name, fixtures, problems);
    EXPECT_EQ(problems.render(), "") << name;
    EXPECT_GE(bench.slots.size(), 6U) << name;
  }
}

TEST(ShippedBenches, DemoEightHasEightDifferentFaultsAmongSixtyFourUnits) {
  Problems problems;
  const auto bench = load_bench(fixtures / "demo-8.yaml", fixtures, problems);
  int different = 0;
  for (int unit = 1; unit <= 64; ++unit)
    for (const auto& some : bench.twin.units) different += some.means(unit) ? 1 : 0;
  EXPECT_EQ(different, 8);
}

}  // namespace
}  // namespace plugrig::bench
