#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "bus_fixture.hpp"

// Refresh, error inside the specification, resolution, latency.

namespace plugrig::twin {
namespace {

using testing::DoubleNear;

/// Voltage that rises a millivolt each millisecond: a reading tells the middle of its window.
Terminals ramp(Duration now) {
  return {100 + std::chrono::duration<double>(now).count(), 1, 100, 50};
}

TEST(Refresh, RegistersStandStillForOneIntervalAndThenMoveByOne) {
  Wires wires(ramp);
  OneMeter meter("yokogawa-wt310e", wires);
  std::vector<std::pair<Duration, double>> changes;
  double last = 0;
  for (Duration now = 5s; now < 10s; now += 1ms) {
    const double value = meter.read_float(0x04, 0x07D0, now);
    if (value != last) changes.emplace_back(now, value);
    last = value;
  }
  ASSERT_GE(changes.size(), 20U);
  for (std::size_t i = 2; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].first - changes[i - 1].first, 250ms);
    EXPECT_THAT(changes[i].second - changes[i - 1].second, DoubleNear(0.25, 0.011));
    // At the moment of change the window's middle is half an interval ago.
    const double middle = std::chrono::duration<double>(changes[i].first - 125ms).count();
    EXPECT_THAT(changes[i].second, DoubleNear(100 + middle, 0.02));
  }
}

TEST(Refresh, WindowsAreWholeAndNeverInTheFuture) {
  Wires wires(ramp);
  OneMeter meter("eastron-sdm230", wires);
  for (Duration now = 10ms; now < 20s; now += 370ms) {
    wires.windows.clear();
    meter.read(0x04, 0, 2, now);
    for (const auto& [from, to] : wires.windows) {
      EXPECT_LT(from, to);
      EXPECT_LE(to, now);
      EXPECT_GE(from, 0s);
    }
  }
}

TEST(Refresh, PhaseDependsOnTheSeed) {
  std::set<double> seen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Wires wires(ramp);
    seen.insert(OneMeter("pzem-016", wires, true, seed).read(0x04, 0, 1, 10s).at(0));
  }
  EXPECT_GT(seen.size(), 1U);
}

struct Limit {
  const char* model;
  unsigned voltage, current, power;  ///< wire addresses of floats
  double limit_V, limit_A, limit_W;
};

class DrawnError : public testing::TestWithParam<Limit> {};

// WT310E at 230 V / 4.35 A: ranges 300 V and 5 A. SDM230: 276 V, 10 A, 2300 W.
INSTANTIATE_TEST_SUITE_P(
    Models, DrawnError,
    testing::Values(Limit{"yokogawa-wt310e", 0x07D0, 0x07D2, 0x07D4, 0.001 * 230.2 + 0.0005 * 300,
                          0.001 * 4.35 + 0.0005 * 5, 0.001 * 1001.3 + 0.0005 * 1500},
                    Limit{"eastron-sdm230", 0x0000, 0x0006, 0x000C, 0.005 * 276, 0.005 * 10,
                          0.01 * 2300}));

TEST_P(DrawnError, StaysInsideTheSpecificationAndUsesIt) {
  const auto& limit = GetParam();
  Wires wires({230.2, 4.35, 1001.3, 50});
  struct Seen {
    double largest = 0, sum = 0;
    void add(double error) {
      largest = std::max(largest, std::abs(error));
      sum += error;
    }
  } voltage, current, power;
  constexpr int seeds = 500;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    OneMeter meter(limit.model, wires, false, seed);
    voltage.add((meter.read_float(0x04, limit.voltage) - 230.2) / limit.limit_V);
    current.add((meter.read_float(0x04, limit.current) - 4.35) / limit.limit_A);
    power.add((meter.read_float(0x04, limit.power) - 1001.3) / limit.limit_W);
  }
  for (const auto& one : {voltage, current, power}) {
    EXPECT_LE(one.largest, 1.05);  // the display's rounding comes on top
    EXPECT_GT(one.largest, 0.8);
    EXPECT_LT(std::abs(one.sum) / seeds, 0.1);
  }
}

TEST(DrawnErrors, AreFixedPerSeedAndDifferBetweenInstruments) {
  Wires wires({230.2, 4.35, 1001.3, 50});
  OneMeter one("yokogawa-wt310e", wires, false, 7);
  OneMeter same("yokogawa-wt310e", wires, false, 7);
  OneMeter other("yokogawa-wt310e", wires, false, 8);
  EXPECT_EQ(one.read_float(0x04, 0x07D4), same.read_float(0x04, 0x07D4));
  EXPECT_EQ(one.read_float(0x04, 0x07D4, 20s), one.read_float(0x04, 0x07D4, 1000s));
  EXPECT_NE(one.read_float(0x04, 0x07D4), other.read_float(0x04, 0x07D4));
}

TEST(DrawnErrors, VoltageCurrentAndPowerAreDrawnApart) {
  Wires wires({230.2, 4.35, 1001.37, 50});
  OneMeter meter("yokogawa-wt310e", wires, false, 3);
  const double voltage = meter.read_float(0x04, 0x07D0) / 230.2;
  const double current = meter.read_float(0x04, 0x07D2) / 4.35;
  const double power = meter.read_float(0x04, 0x07D4) / 1001.37;
  EXPECT_GT(std::abs(power - voltage * current), 2e-5);
}

TEST(Ranges, TheRangePartFollowsTheSmallestRangeThatCovers) {
  // At 60 W (0.26 A: 0.5 A range, 150 W) the error may be 0.06 + 0.075 W, far below the 0.75 W that
  // the 5 A range would add.
  Wires wires({230, 0.26, 60, 50});
  double largest = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    OneMeter meter("yokogawa-wt310e", wires, false, seed);
    largest = std::max(largest, std::abs(meter.read_float(0x04, 0x07D4) - 60));
  }
  EXPECT_LE(largest, 0.136);
  EXPECT_GT(largest, 0.1);
}

TEST(Resolution, ReadingsAreWholeSteps) {
  for (double volts = 229; volts < 231; volts += 0.0137) {
    Wires wires({volts, 4.356789, 1001.3456, 50});
    OneMeter wattmeter("yokogawa-wt310e", wires);
    const double hundredths = wattmeter.read_float(0x04, 0x07D0) * 100;  // 300 V range
    EXPECT_THAT(hundredths, DoubleNear(std::round(hundredths), 2e-3));
    OneMeter energy_meter("eastron-sdm230", wires);
    const double tenths = energy_meter.read_float(0x04, 0x0000) * 10;
    EXPECT_THAT(tenths, DoubleNear(std::round(tenths), 2e-4));
    EXPECT_THAT(energy_meter.read_float(0x04, 0x0006), DoubleNear(4.357, 1e-6));
  }
}

TEST(StartingCurrent, AnEnergyMeterShowsNothingBelowIt) {
  Wires wires({230, 0.015, 3.4, 50});
  OneMeter meter("pzem-016", wires, false, 4);
  const auto words = meter.read(0x04, 0, 5);
  ASSERT_EQ(words.size(), 5U);
  EXPECT_GT(words[0], 2200);
  EXPECT_EQ(words[1], 0);
  EXPECT_EQ(words[3], 0);
}

TEST(DeadLine, NoVoltageReadsBelowTenVolts) {
  Wires wires({0, 0, 0, 50});
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_LT(OneMeter("yokogawa-wt310e", wires, false, seed).read_float(0x04, 0x07D0), 10);
    EXPECT_LT(OneMeter("eastron-sdm230", wires, false, seed).read_float(0x04, 0), 10);
  }
}

TEST(MeterFaults, ErrorAndDriftChangeEveryReading) {
  Wires wires({230, 5, 1150, 50});
  OneMeter wrong("yokogawa-wt310e", wires, true, 1, number_fault("error", 0.03));
  EXPECT_THAT(wrong.read_float(0x04, 0x07D4), DoubleNear(1150 * 1.03, 0.1));
  EXPECT_THAT(wrong.read_float(0x04, 0x07D0), DoubleNear(230 * 1.03, 0.01));
  OneMeter drifting("yokogawa-wt310e", wires, true, 1, number_fault("drift", 0.01));
  EXPECT_THAT(drifting.read_float(0x04, 0x07D4, 1s), DoubleNear(1150, 0.1));
  EXPECT_THAT(drifting.read_float(0x04, 0x07D4, 2h), DoubleNear(1150 * 1.02, 0.1));
}

TEST(Latency, IsInsideTheModelsRangeAndVaries) {
  Wires wires({230, 5, 1150, 50});
  OneMeter meter("carlo-gavazzi-em112", wires);
  auto shortest = Duration::max();
  auto longest = Duration::zero();
  for (int i = 0; i < 300; ++i) {
    const auto answer = meter.bus->request(1, read_request(0x03, 0, 6), 10s);
    ASSERT_TRUE(answer);
    shortest = std::min(shortest, answer->latency);
    longest = std::max(longest, answer->latency);
  }
  EXPECT_GE(shortest, 50ms);
  EXPECT_LE(longest, 500ms);
  EXPECT_GT(longest - shortest, 300ms);
}

}  // namespace
}  // namespace plugrig::twin
