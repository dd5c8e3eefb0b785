#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "rig/metrology/adaptive.hpp"
#include "rig/metrology/budget.hpp"
#include "rig/metrology/paired.hpp"
#include "rig/metrology/point_evaluation.hpp"
#include "rig/metrology/settling.hpp"

namespace plugrig::metrology {
namespace {

TEST(Paired, AnUnchangedValueWithinARefreshIsNoSecondReading) {
  std::vector<Timed> stream;
  EXPECT_TRUE(append_fresh(stream, {0.0, 230.1}, 1.0));
  EXPECT_FALSE(append_fresh(stream, {0.0, 230.2}, 1.0)) << "same window";
  EXPECT_FALSE(append_fresh(stream, {0.5, 230.1}, 1.0)) << "same value too soon";
  EXPECT_TRUE(append_fresh(stream, {0.6, 230.2}, 1.0));
  EXPECT_TRUE(append_fresh(stream, {1.7, 230.2}, 1.0)) << "a quiet mains repeats a value";
  EXPECT_EQ(stream.size(), 3U);
  EXPECT_THROW(append_fresh(stream, {1.0, 1}, 1.0), std::domain_error);
}

TEST(Paired, TheReferenceIsTakenAtThePlugsWindow) {
  const std::vector<Timed> stream{{0, 100}, {2, 110}, {9, 200}};
  EXPECT_DOUBLE_EQ(*interpolated(stream, 0.5, 3), 102.5);
  EXPECT_DOUBLE_EQ(*interpolated(stream, 2, 3), 110);
  EXPECT_FALSE(interpolated(stream, -0.1, 3)) << "before the first";
  EXPECT_FALSE(interpolated(stream, 9.1, 3)) << "after the last";
  EXPECT_FALSE(interpolated(stream, 4, 3)) << "neighbours too far apart";
}

TEST(Paired, DriftOfTheMainsCancels) {
  std::vector<PairedSample> samples;
  for (int i = 0; i < 20; ++i) samples.push_back({i * 2.0, 1010 + i * 1.0, 1000 + i * 1.0});
  for (const double difference : differences(samples)) EXPECT_DOUBLE_EQ(difference, 10);
  EXPECT_NEAR(reference_slope(samples), 0.5, 1e-12);
}

std::vector<Timed> window(double level, double slope_per_s, double noise, unsigned seed) {
  std::mt19937_64 chance(seed);
  std::normal_distribution<double> scatter(0, 1);
  std::vector<Timed> all;
  for (int i = 0; i < 12; ++i)
    all.push_back({i * 1.7, level * (1 + slope_per_s * i * 1.7 + noise * scatter(chance))});
  return all;
}

TEST(Settling, AStandingLevelIsSettled) {
  EXPECT_TRUE(judge_settling(window(1000, 0, 0, 1), 1000).settled());
  int settled = 0;
  for (unsigned seed = 0; seed < 200; ++seed)
    settled += judge_settling(window(1000, 0, 5e-4, seed), 1000).settled() ? 1 : 0;
  EXPECT_GT(settled, 170);
}

TEST(Settling, ADriftIsNot) {
  EXPECT_FALSE(judge_settling(window(1000, 5e-5, 0, 1), 1000).settled()) << "0.1 % in 19 s";
  EXPECT_TRUE(judge_settling(window(1000, 5e-6, 0, 1), 1000).settled()) << "0.01 % in 19 s";
  int settled = 0;
  for (unsigned seed = 0; seed < 200; ++seed)
    settled += judge_settling(window(1000, 3e-4, 5e-4, seed), 1000).settled() ? 1 : 0;
  EXPECT_LT(settled, 5) << "0.6 % in 19 s under noise";
}

TEST(Settling, NoiseThatHidesADriftIsNot) {
  EXPECT_FALSE(judge_settling(window(1000, 0, 0.02, 4), 1000).settled());
}

TEST(Settling, AStepInTheMiddleIsNot) {
  std::vector<Timed> all;
  for (int i = 0; i < 12; ++i) all.push_back({i * 1.7, i < 6 ? 1000.0 : 1005.0});
  EXPECT_FALSE(judge_settling(all, 1000).settled());
}

TEST(Settling, RefusesWhatCannotBeJudged) {
  EXPECT_THROW(judge_settling({}, 1000), std::domain_error);
  EXPECT_THROW(judge_settling(window(1000, 0, 0, 1), 0), std::domain_error);
}

PointInput thousand_watts() {
  PointInput input;
  input.quantity = "power";
  input.unit = "W";
  input.nominal_W = 1000;
  // Dithers over three codes; scatter of the mean 0.02 %.
  for (int i = 0; i < 20; ++i) input.samples.push_back({i * 1.7, 1003 + 1.1 * (i % 3 - 1), 1000.0});
  input.plug_step = 0.6;
  input.reference_half_width = 1.75;  // 0.1 % of reading and 0.05 % of 1500 W
  input.certificate_U = 0.5;
  input.reference_step = 0.1;
  input.tare_u = 0.05;
  return input;
}

/// The sheet's own example: metrology notes §12.
TEST(Point, CombinesAsTheWorkedExampleDoes) {
  const auto point = evaluate_point(thousand_watts());
  EXPECT_NEAR(point.uncertainty.standard, 0.106, 0.001);
  EXPECT_NEAR(point.uncertainty.expanded, 0.21, 0.005);
  EXPECT_NEAR(point.error_percent, 0.3, 0.02);
  EXPECT_NEAR(common_uncertainty(point), std::hypot(0.101, 0.025), 0.001);
  EXPECT_NEAR(std::hypot(common_uncertainty(point), independent_uncertainty(point)),
              point.uncertainty.standard, 1e-12);
}

TEST(Point, DecidesByTheStatedRule) {
  auto point = evaluate_point(thousand_watts());
  decide_point(point, 1.0, DecisionRule::guard_band);
  EXPECT_EQ(point.decision, Decision::pass);
  EXPECT_NEAR(*point.test_uncertainty_ratio, 4.7, 0.1);
  EXPECT_DOUBLE_EQ(point.guard_band_percent, point.uncertainty.expanded);
  decide_point(point, 0.4, DecisionRule::guard_band);
  EXPECT_EQ(point.decision, Decision::fail);
  decide_point(point, 0.4, DecisionRule::simple);
  EXPECT_EQ(point.decision, Decision::pass);
}

TEST(Point, ReadingsThatAllAgreeKeepTheWholeResolution) {
  auto input = thousand_watts();
  for (auto& sample : input.samples) sample.plug = 1003;
  const auto point = evaluate_point(input);
  double resolution = 0;
  for (const auto& row : point.uncertainty.budget)
    if (row.name == "plug resolution") resolution = row.standard_uncertainty;
  EXPECT_NEAR(resolution, 0.06 / std::sqrt(12.0), 1e-9);
}

TEST(Point, NoLoadIsJudgedInItsUnit) {
  PointInput input;
  input.quantity = "power";
  input.unit = "W";
  for (int i = 0; i < 10; ++i) input.samples.push_back({i * 2.0, 0, 0});
  input.plug_step = 0.1;
  auto point = evaluate_point(input);
  EXPECT_EQ(judged_error(point), 0);
  EXPECT_NEAR(point.uncertainty.coverage_factor, std::sqrt(3.0) * 0.9545, 1e-9)
      << "one rectangular row alone";
  decide_point(point, 0.5, DecisionRule::simple);
  EXPECT_EQ(point.decision, Decision::pass);
  for (auto& sample : point.samples) EXPECT_EQ(sample.plug, 0);
}

TEST(Point, ADeadReferenceUnderLoadIsNoResult) {
  auto input = thousand_watts();
  for (auto& sample : input.samples) sample.reference = 0;
  EXPECT_THROW(evaluate_point(input), std::domain_error);
}

TEST(Point, MoreSamplesAreWantedUntilScatterIsSmall) {
  Uncertainty rough;
  rough.budget = {contribution(std::string(kScatterRow), 'A', Distribution::normal, 0.05, 9),
                  contribution("b", 'B', Distribution::rectangular, 0.1)};
  EXPECT_FALSE(enough_samples(rough));
  rough.budget[0].standard_uncertainty = 0.02;
  EXPECT_TRUE(enough_samples(rough));
}

TEST(Point, WhatMoreSamplesCannotMakeSmallerAsksForNone) {
  Uncertainty rough;
  rough.budget = {contribution(std::string(kScatterRow), 'A', Distribution::normal, 0.02, 9),
                  contribution("b", 'B', Distribution::rectangular, 0.1),
                  contribution("plug's own consumption", 'A', Distribution::normal, 0.2, 7)};
  EXPECT_TRUE(enough_samples(rough));
}

/// E ± U must hold the truth in about 95 % of all cases: the interval is tried, not believed.
TEST(Point, TheIntervalHoldsTheTruth) {
  std::mt19937_64 chance(11);
  std::normal_distribution<double> noise(0, 1);
  std::uniform_real_distribution<double> within(-1, 1);
  constexpr int runs = 2000;
  int held = 0;
  for (int run = 0; run < runs; ++run) {
    PointInput input;
    input.quantity = "power";
    input.unit = "W";
    input.nominal_W = 1000;
    input.reference_half_width = 1.5;
    input.certificate_U = 0.5;
    const double reference_error = within(chance) * 1.5 + noise(chance) * 0.25;
    for (int i = 0; i < 12; ++i)
      input.samples.push_back({i * 1.7, 1004 + noise(chance), 1000 + reference_error});
    const auto point = evaluate_point(input);
    held += std::abs(point.error_percent - 0.4) <= point.uncertainty.expanded ? 1 : 0;
  }
  EXPECT_GT(held, runs * 0.945);
  EXPECT_LT(held, runs * 0.995);
}

}  // namespace
}  // namespace plugrig::metrology
