#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/twin_metering/pulse_board.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;

/// The worked example of the Tasmota notes, §13: 230.0 V, 4.3478 A, 1000.0 W.
Pulses example() { return lengths_us(1373, 565, 2698); }

TEST(SetCommands, WorkedExample) {
  Bench bench(example());
  bench.run_to(10s);
  EXPECT_EQ(bench.driver.voltage_set(230.00), 1580U);
  EXPECT_EQ(bench.driver.current_set(4347.80), 3554U);
  EXPECT_EQ(bench.driver.power_set(1000.00), 10080U);
  bench.constants = {.power = 10080, .voltage = 1580, .current = 3554};
  bench.run_to(20s);
  const auto shown = bench.driver.shown();
  EXPECT_EQ(shown.voltage_dV, 2298U);
  EXPECT_EQ(shown.current_mA, 4346U);
  EXPECT_NEAR(shown.power_dW, 9999, 1);
}

TEST(SetCommands, RatedLoadSetsBothConstantsFromTheDisplayedVoltage) {
  Bench bench(example());
  bench.run_to(10s);
  bench.constants.voltage = *bench.driver.voltage_set(230);
  bench.run_to(20s);
  auto constants = bench.constants;
  bench.driver.load_set(1000, 230, constants);
  EXPECT_EQ(constants, (MeteringConstants{.power = 10062, .voltage = 1580, .current = 3551}));
}

TEST(SetCommands, RatedLoadBeforeVoltageIsRightInheritsItsError) {
  Bench bench(example());
  bench.run_to(10s);
  auto constants = bench.constants;
  bench.driver.load_set(1000, 230, constants);  // the display says 283.6 V
  EXPECT_NEAR(constants.current, 3551 * 283.6 / 229.8, 2);
  EXPECT_NEAR(constants.power, 10062 * std::pow(283.6 / 229.8, 2), 4);
}

TEST(SetCommands, WithoutPulsesTheTypedNumberIsStored) {
  Bench bench({});
  bench.run_to(10s);
  EXPECT_EQ(bench.driver.current_set(263), 263U);
  EXPECT_EQ(bench.driver.power_set(100.5), 100U);
  EXPECT_EQ(bench.driver.voltage_set(230), 230U);
  EXPECT_EQ(bench.driver.power_set(60), std::nullopt);
  EXPECT_EQ(bench.driver.power_set(99.9), std::nullopt);
  auto constants = bench.constants;
  bench.driver.load_set(1000, 230, constants);
  EXPECT_EQ(constants, (MeteringConstants{.power = 1000, .voltage = 1950, .current = 1000}));
  bench.driver.load_set(60, 230, constants);
  EXPECT_EQ(constants.power, 1000U);
}

TEST(SetCommands, ResultOfNinetyNineOrLessIsRefused) {
  Bench bench(example());
  bench.run_to(10s);
  EXPECT_EQ(bench.driver.voltage_set(1), std::nullopt);
  EXPECT_EQ(bench.driver.voltage_set(14.4), std::nullopt);  // 144 · 565 / 822 = 98
  EXPECT_EQ(bench.driver.voltage_set(14.6), 100U);
}

TEST(SetCommands, VoltageIsSetWithTheRelayOff) {
  Bench bench(example());
  bench.relay = false;
  bench.run_to(10s);
  EXPECT_EQ(bench.driver.shown().voltage_dV, 0U);
  EXPECT_EQ(bench.driver.voltage_set(230), 1580U);
}

TEST(SetCommands, VoltageIsShownWithTheRelayOffWhenAsked) {
  Bench bench(example());
  bench.relay = false;
  bench.voltage_with_relay_off = true;
  bench.run_to(10s);
  EXPECT_EQ(bench.driver.shown().voltage_dV, 2836U);
}

TEST(SetCommands, PowerIsSetFromAStaleLengthForTenSecondsAfterTheLoadIsGone) {
  Bench bench(example());
  bench.board.from(10s, {0, 1e6 / 565, 0});
  bench.run_to(10s);
  bench.relay = false;
  bench.run_to(19600ms);
  EXPECT_EQ(bench.driver.shown().power_dW, 0U);
  EXPECT_EQ(bench.driver.power_set(1000), 10080U);
  bench.run_to(20400ms);
  EXPECT_EQ(bench.driver.power_set(1000), 1000U);
}

TEST(SetCommands, NonsenseIsRefusedWithoutHarm) {
  Bench bench(example());
  bench.run_to(10s);
  for (const double nonsense : {-230.0, 0.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(bench.driver.voltage_set(nonsense), std::nullopt);
    EXPECT_EQ(bench.driver.power_set(nonsense), std::nullopt);
    auto constants = bench.constants;
    bench.driver.load_set(nonsense, 230, constants);
    EXPECT_EQ(constants, bench.constants);
  }
  (void)bench.driver.power_set(std::numeric_limits<double>::infinity());
  auto constants = bench.constants;
  bench.driver.load_set(1000, 0, constants);
}

}  // namespace
}  // namespace plugrig::twin
