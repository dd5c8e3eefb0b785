// How long the plug's power readings need to stand still after a change of load.
#include <gtest/gtest.h>

#include "sequences/steps/power/step_response.hpp"
#include "tests/unit/power_steps/rig.hpp"

namespace plugrig {
namespace {

using namespace std::chrono_literals;
using steps::PlugReading;
using steps::settling_time;
using steps::StepResponse;

constexpr Instant kZero{};

/// Answers every 0.1 s for 9 s, each in 40 ms; the load changed within the first 0.1 s.
StepResponse response(const std::function<double(double)>& shown_W) {
  StepResponse made{kZero, kZero + 100ms, {}};
  for (int i = 1; i <= 90; ++i) {
    const auto at = made.done + i * 100ms;
    made.readings.push_back({at, 20ms, 230, 1, shown_W(fake::seconds_of(at))});
  }
  return made;
}

TEST(SettlingTime, LiesBetweenTheLastReadingOutsideAndTheFirstThatStays) {
  const auto time = settling_time(response([](double t) { return t < 3.05 ? 60 : 2000; }), 0.02);
  ASSERT_TRUE(time);
  // Readings at 3.0 s and 3.1 s, each good to 20 ms; the load changed at 0 to 0.1 s.
  EXPECT_NEAR(time->seconds, (2.88 + 3.12) / 2, 1e-9);
  EXPECT_NEAR(time->half_width_s, 0.12, 1e-9);
  EXPECT_NEAR(time->final_W, 2000, 1e-9);
}

TEST(SettlingTime, OfAPlugThatIsFasterThanItsAnswersIsAnUpperBound) {
  const auto time = settling_time(response([](double) { return 500; }), 0.02);
  ASSERT_TRUE(time);
  EXPECT_NEAR(time->seconds - time->half_width_s, 0, 1e-9);
  EXPECT_NEAR(time->seconds + time->half_width_s, 0.22, 1e-9);
}

TEST(SettlingTime, OneReadingThatFallsOutAgainCounts) {
  const auto time = settling_time(
      response([](double t) { return t < 1 || (t > 4.95 && t < 5.05) ? 1900 : 2000; }), 0.02);
  ASSERT_TRUE(time);
  EXPECT_NEAR(time->seconds, 5, 0.1);
}

TEST(SettlingTime, FollowsTheBand) {
  const auto slow = response([](double t) { return 2000 * (1 - std::exp(-t)); });
  const auto wide = settling_time(slow, 0.05), narrow = settling_time(slow, 0.02);
  ASSERT_TRUE(wide && narrow);
  EXPECT_NEAR(wide->seconds, -std::log(0.05), 0.15);
  EXPECT_NEAR(narrow->seconds, -std::log(0.02), 0.15);
}

TEST(SettlingTime, WhatDoesNotStandStillHasNone) {
  EXPECT_FALSE(settling_time(response([](double t) { return 100 * t; }), 0.02));
  EXPECT_FALSE(settling_time(response([](double) { return 0; }), 0.02)) << "no load is no answer";
  EXPECT_FALSE(settling_time(response([](double t) { return t < 8 ? 2000 : 1900; }), 0.02));
  auto few = response([](double) { return 2000; });
  few.readings.resize(2);
  EXPECT_FALSE(settling_time(few, 0.02));
  few.readings.clear();
  EXPECT_FALSE(settling_time(few, 0.02));
}

using fake::Rig;

const Measurement* time_of(const fake::StepOutcome& outcome, const std::string& condition) {
  for (const auto& m : outcome.measurements)
    if (m.id == "power.settling_time" && m.condition == condition) return &m;
  return nullptr;
}

TEST(Settling, IsMeasuredThereAndBack) {
  Rig rig;
  rig.plug.lag_s = 0.25;
  const auto outcome = rig.run("power.settling", "{from: 60 W, to: 2 kW, repeats: 3}");
  ASSERT_EQ(outcome.fault_id(), "");
  for (const char* way : {"60 W to 2 kW", "2 kW to 60 W"}) {
    const auto* time = time_of(outcome, way);
    ASSERT_NE(time, nullptr) << way;
    EXPECT_NEAR(time->value, 0.3, 0.1);
    EXPECT_EQ(time->samples.size(), 3U);
    ASSERT_TRUE(time->expanded_uncertainty);
    EXPECT_GT(*time->expanded_uncertainty, 0.03) << "the interval between answers is in it";
    EXPECT_LT(*time->expanded_uncertainty, 0.2);
  }
  EXPECT_EQ(rig.circuit.load_W, 0);
  ASSERT_EQ(rig.gate.turns.size(), 1U);
  EXPECT_EQ(rig.gate.turns[0].purpose, "power.settling");
}

TEST(Settling, ASlowPlugShows) {
  Rig rig;
  rig.plug.lag_s = 3;
  const auto outcome = rig.run("power.settling");
  ASSERT_EQ(outcome.fault_id(), "");
  EXPECT_NEAR(time_of(outcome, "60 W to 2 kW")->value, 3, 0.1);
  EXPECT_NEAR(time_of(outcome, "2 kW to 60 W")->value, 3, 0.1);
}

TEST(Settling, APlugThatDoesNotStandStillIsAFault) {
  for (const auto& [lag_s, noise] : {std::pair{0.0, 0.05}, std::pair{7.5, 0.0}}) {
    Rig rig;
    rig.plug.lag_s = lag_s;
    rig.plug.noise = noise;
    EXPECT_EQ(rig.run("power.settling").fault_id(), "power.not_settled");
    EXPECT_EQ(rig.circuit.load_W, 0);
  }
}

}  // namespace
}  // namespace plugrig
