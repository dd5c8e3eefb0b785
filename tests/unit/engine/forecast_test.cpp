// What a plan expects, by hand-computed cases.

#include "rig/engine/forecast.hpp"

#include <gmock/gmock.h>

#include "rig/engine/timeline.hpp"
#include "rig/engine/utilisation.hpp"

namespace plugrig {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// 10 s of flashing, then 5 s live of which 4 s are a lease, 3 s of it use.
std::vector<ForecastStage> small_unit() {
  const ForecastStep enters{"mains.enter", {{{0s, false, {}, {}}}}};
  const ForecastStep measures{"power.as_left", {{{1s, false, {}, {}}, {4s, true, 1s, 2s}}}};
  return {{"flash", false, {{"flash.write", {{{10s, false, {}, {}}}}}}},
          {"measure", true, {enters, measures}}};
}

ForecastInput input_of(int slots, int units, bool shared, bool whole_stage = false) {
  ForecastInput input;
  for (int i = 1; i <= slots; ++i) {
    PlanSlot slot;
    slot.name = "F" + std::to_string(i);
    if (shared) slot.shared = {"load", "reference"};
    slot.turn_is_stage = whole_stage;
    input.slots.push_back(slot);
  }
  input.unit = small_unit();
  input.units = units;
  return input;
}

Utilisation expected(const ForecastInput& input) {
  SharedBy shared;
  for (const PlanSlot& slot : input.slots)
    if (!slot.shared.empty()) shared[slot.name] = "load";
  UtilisationCollector collector(shared);
  for (const Event& event : forecast(input)) collector.on(event);
  return collector.result();
}

TEST(Forecast, SlotsOfTheirOwnRunSideBySide) {
  const auto use = expected(input_of(3, 6, false));
  EXPECT_EQ(use.total(), 30s) << "two rounds of 15 s";
  EXPECT_EQ(use.units, 6);
  EXPECT_EQ(use.passed, 6);
  EXPECT_DOUBLE_EQ(use.units_per_hour(), 720);
}

/// 10 s side by side, then 5 s that take the network from all of them.
TEST(Forecast, WhoTakesTheNetworkIsAlone) {
  auto input = input_of(3, 3, false);
  input.unit[0].network_alone = false;
  input.unit[1].network_alone = true;
  EXPECT_EQ(expected(input).total(), 10s + 3 * 5s);
  // The second round's flashing waits for the last of the first: each of its slots was free before.
  input.units = 6;
  EXPECT_EQ(expected(input).total(), 2 * (10s + 3 * 5s));
}

TEST(Forecast, ASharedLoadIsHeldForAsLongAsAStepNeedsIt) {
  // F1 has it from 11 to 15 s, F2 waits from 11 and has it from 15 to 19 s, F3 until 23 s.
  const auto use = expected(input_of(3, 3, true));
  EXPECT_EQ(use.total(), 23s);
  ASSERT_EQ(use.loads.size(), 1U);
  EXPECT_EQ(use.loads[0].leases, 3);
  EXPECT_EQ(use.loads[0].held, 12s);
  EXPECT_EQ(use.loads[0].settling + use.loads[0].sampling, 9s);
  EXPECT_DOUBLE_EQ(use.loads[0].share, 0.75) << "9 s of the 12 s from 11 to 23 s";
  EXPECT_EQ(use.slots[0].waiting, 0s);
  EXPECT_EQ(use.slots[1].waiting, 4s);
  EXPECT_EQ(use.slots[2].waiting, 8s);
}

TEST(Forecast, WithoutASelectorATurnLastsItsWholeStage) {
  // 5 s a turn instead of 4 s: F2 waits from 10 to 15 s.
  const auto use = expected(input_of(2, 2, true, true));
  EXPECT_EQ(use.total(), 20s);
  EXPECT_EQ(use.slots[1].waiting, 5s);
}

TEST(Forecast, ManyUnitsAreAsFastAsTheirBottleneck) {
  // The load: 4 s a unit, from 11 s on without a gap.
  const auto use = expected(input_of(8, 80, true));
  EXPECT_EQ(use.total(), 11s + 80 * 4s);
  EXPECT_NEAR(use.loads[0].steady_share, 0.75, 0.01);
}

TEST(Forecast, OnePersonHandlesOneSlotAfterTheOther) {
  auto input = input_of(2, 4, false);
  input.handling = 6s;
  // F1 runs from 6 to 21 s, F2 from 12 to 27 s; then again from 27 and from 33 s.
  const auto use = expected(input);
  EXPECT_EQ(use.total(), 48s);
  EXPECT_EQ(use.slots[0].empty, 12s) << "before each of its units";
}

TEST(Forecast, ThePersonCanBeTheBottleneck) {
  auto input = input_of(8, 80, false);
  input.handling = 10s;
  EXPECT_EQ(expected(input).total(), 80 * 10s + 15s);
}

TEST(Forecast, TheNextUnitGoesToWhicheverSlotIsReady) {
  auto input = input_of(2, 3, true);
  const auto use = expected(input);
  EXPECT_EQ(use.slots[0].units, 2);
  EXPECT_EQ(use.slots[1].units, 1);
}

TEST(Forecast, UnitsAreCarriedFromContactsToMains) {
  // Two pogo fixtures feed one socket: units are flashed by 10 s, the socket takes 5 s for each.
  auto input = input_of(3, 4, false);
  input.slots[0].mains = input.slots[1].mains = false;
  input.slots[2].contacts = false;
  const auto use = expected(input);
  EXPECT_EQ(use.units, 4);
  EXPECT_EQ(use.slots[2].units, 4);
  // Units 1 and 2 wait from 10 s on; unit 1 is done at 15 s, and its fixture was free at 10 s;
  // unit 2 is taken at 15 s, so that its fixture flashes unit 4 until 25 s: 15 + 5, 20 + 5, 25 + 5.
  EXPECT_EQ(use.total(), 30s);
}

TEST(Forecast, CarryingTakesHands) {
  auto input = input_of(2, 1, false);
  input.slots[0].mains = false;
  input.slots[1].contacts = false;
  input.handling = 6s;
  EXPECT_EQ(expected(input).total(), 6s + 10s + 6s + 5s);
}

TEST(Forecast, IsToldInTheOrderOfTime) {
  auto input = input_of(5, 23, true);
  input.handling = 3s;
  Instant last{};
  int ended = 0;
  for (const Event& event : forecast(input)) {
    EXPECT_GE(event.at, last);
    last = event.at;
    if (std::holds_alternative<event::UnitEnded>(event.body)) ++ended;
  }
  EXPECT_EQ(ended, 23);
}

TEST(Timeline, DrawsWhatEachSlotDoes) {
  const std::string text = timeline(expected(input_of(2, 2, true)), 43);
  EXPECT_EQ(text,
            "    0 s                               19 s\n"
            "F1 |ffffffffffffffffffffmmMMMMMMMM        |\n"
            "F2 |ffffffffffffffffffffmm........MMMMMMMM|\n"
            "f flash, m measure, capital: has reference and load, . waits for them\n");
}

TEST(Timeline, FitsItsColumns) {
  for (const int columns : {30, 80, 120}) {
    const std::string text = timeline(expected(input_of(8, 64, true)), columns);
    std::size_t begin = 0;
    for (int row = 0; row < 9; ++row) {
      const auto end = text.find('\n', begin);
      EXPECT_LE(end - begin, static_cast<std::size_t>(columns)) << columns;
      begin = end + 1;
    }
  }
}

TEST(Timeline, OfNothingIsEmpty) { EXPECT_EQ(timeline({}, 80), ""); }

}  // namespace
}  // namespace plugrig
