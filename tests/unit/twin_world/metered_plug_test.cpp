#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <ctime>
#include <optional>

#include "fixtures/twin/electric/ep2_board.hpp"
#include "fixtures/twin/metering/metering_driver.hpp"
#include "fixtures/twin/world/circuit.hpp"
#include "tests/unit/twin_world/benches.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;

/// A plug on mains whose metering runs as its firmware would let it.
class MeteredPlug final : public PlugSocket {
 public:
  explicit MeteredPlug(std::uint64_t seed, bool linear = true)
      : circuit_(two_position_bench(1), seed),
        board_({.unit = draw_plug_unit(seed, linear), .seed = seed}) {
    electric_.unit = board_.unit();
    circuit_.put_plug(0, &electric_, 0s);
    circuit_.set_contactor(true, 0s);
    circuit_.set_slot_mains(0, true, 0s);
    board_.put_into(this, 0s);
    board_.set_supply(true, 0s);
    board_.set_relay(true, 0s);
    driver_.emplace(MeteringWiring{}, board_, Duration{});
  }

  void plug_contacts(bool closed, Duration now) override {
    circuit_.set_plug_contacts(0, closed, now);
  }
  const History& history(Duration to) override {
    circuit_.reach(to);
    return circuit_.place(0);
  }

  void load(std::size_t element, bool on) { circuit_.set_load_element(element, on, now_); }
  void run(Duration time) {
    for (const Duration end = now_ + time; now_ < end;) {
      now_ += MeteringDriver::kTick;
      driver_->tick(now_, constants, true, false);
    }
  }

  struct Means {
    double volts = 0, amperes = 0, watts = 0;
    Piece truth;
  };
  /// Means of `samples` readings 1.8 s apart, and of the truth meanwhile.
  Means sample(int samples) {
    Means means;
    const Duration begin = now_;
    for (int i = 0; i < samples; ++i) {
      run(1800ms);
      const auto shown = driver_->shown();
      means.volts += shown.voltage_dV / 10.0 / samples;
      means.amperes += shown.current_mA / 1000.0 / samples;
      means.watts += shown.power_dW / 10.0 / samples;
    }
    means.truth = circuit_.place(0).mean(begin, now_);
    return means;
  }
  /// Sets the constants by the ratio of means.
  void calibrate(int samples) {
    const auto means = sample(samples);
    const auto scaled = [](std::uint32_t constant, double truth, double shown) {
      return static_cast<std::uint32_t>(std::lround(constant * truth / shown));
    };
    constants = {.power = scaled(constants.power, means.truth.power_W, means.watts),
                 .voltage = scaled(constants.voltage, means.truth.voltage_V, means.volts),
                 .current = scaled(constants.current, means.truth.current_A, means.amperes)};
  }
  [[nodiscard]] Duration now() const { return now_; }
  [[nodiscard]] MeteringDriver& driver() { return *driver_; }
  MeteringConstants constants;

 private:
  Circuit circuit_;
  PlugInCircuit electric_;
  Ep2Board board_;
  std::optional<MeteringDriver> driver_;
  Duration now_{};
};

TEST(MeteredPlug, FactoryConstantsReadHighAsOnRealPlugs) {
  double volts = 0;
  double watts = 0;
  constexpr int units = 20;
  for (std::uint64_t seed = 1; seed <= units; ++seed) {
    MeteredPlug plug(seed);
    plug.load(2, true);
    plug.run(10s);
    const auto means = plug.sample(5);
    volts += means.volts / means.truth.voltage_V / units;
    watts += means.watts / means.truth.power_W / units;
    EXPECT_NEAR(means.volts / means.truth.voltage_V, 284 / 230.0, 0.03);
    EXPECT_NEAR(means.watts / means.truth.power_W, 1.243, 0.08);
  }
  // Measured boards: defaults over their constants, 1950/1581 and 12530/10085.
  EXPECT_NEAR(volts, 1.233, 0.01);
  EXPECT_NEAR(watts, 1.242, 0.025);
}

TEST(MeteredPlug, RatioCalibrationBringsALinearPlugToItsTruth) {
  for (std::uint64_t seed = 100; seed < 112; ++seed) {
    MeteredPlug plug(seed);
    plug.load(2, true);
    plug.run(10s);
    plug.calibrate(20);
    plug.run(7s);
    const auto after = plug.sample(20);
    EXPECT_NEAR(after.watts / after.truth.power_W, 1, 0.0015) << seed;
    EXPECT_NEAR(after.volts / after.truth.voltage_V, 1, 0.0018) << seed;
    EXPECT_NEAR(after.amperes / after.truth.current_A, 1, 0.002) << seed;
    const double consistency =
        plug.constants.power * 1e3 / (double(plug.constants.voltage) * plug.constants.current);
    // 10085 / (1581 · 3555) of measured boards; shunt and divider cancel, the chip's gains do not.
    EXPECT_NEAR(consistency, 1.794, 1.794 * 0.017);
  }
}

TEST(MeteredPlug, SelfHeatingShowsAtHighCurrentOnly) {
  MeteredPlug warm(5, false);
  warm.load(2, true);
  warm.run(10s);
  warm.calibrate(20);
  warm.load(1, true);
  warm.load(3, true);
  warm.run(8s);
  const auto cold = warm.sample(5);
  warm.run(180s);
  const auto settled = warm.sample(20);
  const double drift = settled.watts / settled.truth.power_W - cold.watts / cold.truth.power_W;
  EXPECT_GT(drift, 0.0002);
  EXPECT_LT(drift, 0.006);
}

TEST(MeteredPlug, NoLoadIsZeroWithVoltagePresent) {
  MeteredPlug plug(9);
  plug.run(30s);
  const auto shown = plug.driver().shown();
  EXPECT_EQ(shown.power_dW, 0U);
  EXPECT_EQ(shown.current_mA, 0U);
  EXPECT_GT(shown.voltage_dV, 2600U);
  EXPECT_EQ(plug.driver().power_set(1000), 1000U);  // the trap: stored as typed
}

TEST(MeteredPlug, OneSeedOneSeriesOfReadings) {
  const auto series = [](std::uint64_t seed) {
    MeteredPlug plug(seed);
    plug.load(1, true);
    std::vector<std::uint32_t> readings;
    for (int i = 0; i < 20; ++i) {
      plug.run(1800ms);
      readings.push_back(plug.driver().shown().power_dW);
      readings.push_back(plug.driver().shown().voltage_dV);
    }
    return readings;
  };
  EXPECT_EQ(series(4), series(4));
  EXPECT_NE(series(4), series(5));
}

/// Bounds are for the slowest build on a busy machine; -O2 takes a third of a second.
TEST(MeteredPlug, AnHourOfMainsIsQuick) {
  MeteredPlug plug(1);
  plug.load(2, true);
  const auto cpu = [] { return double(std::clock()) / double(CLOCKS_PER_SEC); };
  const double begin = cpu();
  plug.run(1h);
  const double used = cpu() - begin;
  RecordProperty("cpu_ms", static_cast<int>(used * 1000));
  EXPECT_LT(used, 12.0);
}

}  // namespace
}  // namespace plugrig::twin
