#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/twin_metering/pulse_board.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;

TEST(MeteringReadings, DefaultsReadTrueAtTheScaleOfTheDefaults) {
  Bench bench(true_at_defaults(1000, 230, 1000.0 / 230));
  bench.run_to(10s);
  const auto shown = bench.driver.shown();
  EXPECT_NEAR(shown.power_dW, 10000, 10);  // one whole microsecond is 0.06 %
  EXPECT_NEAR(shown.voltage_dV, 2300, 4);
  EXPECT_NEAR(shown.current_mA, 4348, 3);
}

TEST(MeteringReadings, AreCutToWholeMicrosecondsAndThenToTheGrid) {
  // 697.9 µs counts as 697: 822 · 1950 / 697 = 2299.7, shown 2299.
  Bench bench({0, 1e6 / 697.9, 0});
  bench.run_to(10s);
  EXPECT_EQ(bench.driver.shown().voltage_dV, 2299U);
}

TEST(MeteringReadings, WorkedExampleAtDefaults) {
  Bench bench(lengths_us(1373, 565, 2698));
  bench.run_to(10s);
  const auto shown = bench.driver.shown();
  EXPECT_EQ(shown.voltage_dV, 2836U);
  EXPECT_EQ(shown.current_mA, 4280U);
  EXPECT_NEAR(shown.power_dW, 12429, 1);  // the text prints one digit more than the grid has
}

TEST(MeteringReadings, HlwRatiosOnABl0937BoardDivideByTheKnownFactors) {
  Bench right(lengths_us(1373, 565, 2698));
  Bench wrong(lengths_us(1373, 565, 2698), {.chip = MeteringChip::hlw8012, .sel_inverted = true});
  right.run_to(10s);
  wrong.run_to(10s);
  const auto power = [](Bench& b) { return *b.driver.power_set(1000); };
  const auto voltage = [](Bench& b) { return *b.driver.voltage_set(230); };
  const auto current = [](Bench& b) { return *b.driver.current_set(4347.8); };
  EXPECT_NEAR(double(power(right)) / power(wrong), 7.34, 0.02);
  EXPECT_NEAR(double(voltage(right)) / voltage(wrong), 2.68, 0.02);
  EXPECT_NEAR(double(current(right)) / current(wrong), 1.38, 0.02);
}

TEST(MeteringReadings, SwappedSelShowsVoltageAndCurrentForEachOther) {
  Bench bench(true_at_defaults(230, 230, 1), {.chip = MeteringChip::bl0937, .sel_inverted = false});
  bench.run_to(10s);
  EXPECT_NEAR(bench.driver.shown().voltage_dV, 139, 2);
  EXPECT_NEAR(bench.driver.shown().current_mA, 16570, 30);
}

TEST(MeteringReadings, AnInvertedSelLineIsCuredByThePlainTemplate) {
  Bench bench(true_at_defaults(230, 230, 1), {.chip = MeteringChip::bl0937, .sel_inverted = false});
  bench.board.invert_sel();
  bench.run_to(10s);
  EXPECT_NEAR(bench.driver.shown().voltage_dV, 2300, 4);
}

TEST(MeteringReadings, ReadingsSurviveTheWrapOfTheMicrosecondCounter) {
  Bench bench(true_at_defaults(1000, 230, 4.348));
  constexpr Duration wrap{4'294'967'296'000};
  bench.run_to(wrap - 10s);
  const auto before = bench.driver.shown();
  for (int i = 0; i < 100; ++i) {
    bench.run_to(bench.now + 200ms);
    EXPECT_NEAR(bench.driver.shown().power_dW, before.power_dW, 12);
    EXPECT_NEAR(bench.driver.shown().current_mA, before.current_mA, 3);
    EXPECT_NEAR(bench.driver.shown().voltage_dV, before.voltage_dV, 4);
  }
}

TEST(MeteringReadings, EnergyIsPulsesTimesAFixedAmount) {
  Bench bench(true_at_defaults(1000, 230, 4.348));
  bench.run_to(1s);
  (void)bench.driver.take_energy_wh(bench.constants);
  bench.run_to(37s);
  EXPECT_NEAR(bench.driver.take_energy_wh(bench.constants), 10.0, 0.01);
  EXPECT_EQ(bench.driver.take_energy_wh(bench.constants), 0.0);
}

TEST(MeteringReadings, OnePulseIsTheEnergyOfTheDefaultScale) {
  Bench bench({1, 0, 0});
  bench.run_to(10600ms);  // edges at 0.5 s (arms), 1.5 s, … 10.5 s
  EXPECT_NEAR(bench.driver.take_energy_wh(bench.constants), 10 * 4.74e-4, 1e-5);
}

TEST(MeteringReadings, LowestPowerHasAPulseInTenSeconds) {
  Bench seen({0.105, 1434, 0.2});
  Bench unseen({0.095, 1434, 0.2});
  seen.run_to(40s);
  unseen.run_to(40s);
  // 10000 · 9523810 needs 37 bits; the firmware has 32.
  EXPECT_NEAR(*seen.driver.power_set(1000), (10000ULL * 9'523'810 % (1ULL << 32)) / 1362, 8);
  EXPECT_EQ(*unseen.driver.power_set(1000), 1000U);  // no length: what was typed
}

TEST(DerivedValues, PowerIsForcedToZeroWhileThereIsNoCurrent) {
  Bench bench({586, 1434, 0});
  bench.run_to(10s);
  const auto shown = bench.driver.shown();
  EXPECT_EQ(shown.power_dW, 0U);
  EXPECT_EQ(shown.apparent_VA, 0.0);
  EXPECT_EQ(shown.factor, 0.0);
}

TEST(DerivedValues, ApparentPowerIsNeverBelowPower) {
  Bench bench(true_at_defaults(1000, 230, 4.3));
  bench.run_to(10s);
  const auto shown = bench.driver.shown();
  EXPECT_DOUBLE_EQ(shown.apparent_VA, shown.power_dW / 10.0);
  EXPECT_EQ(shown.factor, 1.0);
  EXPECT_EQ(shown.reactive_var, 0.0);
}

TEST(DerivedValues, ReactivePowerJumpsWhenTheDifferenceIsAboveOneAndAHalfVoltAmpere) {
  Bench small(lengths_us(1708.5, 697.5, 2655.5));  // 999.1 W, 229.9 V, 4.350 A
  Bench large(lengths_us(1708.5, 697.5, 2653.5));  // 4.353 A
  small.run_to(10s);
  large.run_to(10s);
  EXPECT_EQ(small.driver.shown().reactive_var, 0.0);
  const auto shown = large.driver.shown();
  const double power = shown.power_dW / 10.0;
  EXPECT_GT(shown.reactive_var, 50);
  EXPECT_NEAR(shown.reactive_var, std::sqrt(shown.apparent_VA * shown.apparent_VA - power * power),
              0.1);
}

}  // namespace
}  // namespace plugrig::twin
