#include "rig/regress/decision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace plugrig::regress {
namespace {

const Limit one_to_each_side{.margin = 1, .direction = Direction::either, .resolution = 0};

/// Two units, `n` blocks each: differences alternate by ± `scatter` around `difference`.
std::vector<Pair> pairs_with(double difference, double scatter, int n, double baseline = 100) {
  std::vector<Pair> pairs;
  for (int unit = 0; unit < 2; ++unit)
    for (int block = 0; block < n; ++block) {
      const double change = difference + (block % 2 == 0 ? scatter : -scatter);
      const double at = baseline + 10 * unit;
      pairs.push_back({"unit " + std::to_string(unit), "S1", block, at, at + change, 0, 0});
    }
  return pairs;
}

Change change_of(const std::vector<Pair>& pairs, const Limit& limit) {
  return decide(pairs, limit, {}).change;
}

TEST(Decision, IntervalInsideTheMarginIsTheSame) {
  const auto found = decide(pairs_with(0.2, 0.1, 6), one_to_each_side, {});
  EXPECT_EQ(found.change, Change::same);
  EXPECT_NEAR(found.difference, 0.2, 1e-9);
  EXPECT_NEAR(found.baseline_mean, 105, 1e-9);
  EXPECT_NEAR(found.candidate_mean, 105.2, 1e-9);
  EXPECT_EQ(found.pairs, 12);
  EXPECT_EQ(found.pairs_needed, 0);
}

TEST(Decision, IntervalIsStudentsT) {
  const auto found = decide(pairs_with(0.2, 0.1, 6), one_to_each_side, {.same = 0.025});
  // s² = 12·0.01/11, t for 11 degrees of freedom and 95 % is 2.201.
  const double half = 2.20099 * std::sqrt(0.12 / 11 / 12);
  ASSERT_TRUE(found.interval);
  EXPECT_NEAR(found.interval->low, 0.2 - half, 1e-5);
  EXPECT_NEAR(found.interval->high, 0.2 + half, 1e-5);
  EXPECT_LT(found.alarm_interval->low, found.interval->low);
}

TEST(Decision, IntervalBeyondTheMarginIsWorseOnTheBadSideAndBetterOnTheGoodOne) {
  const auto up = pairs_with(2, 0.1, 6);
  const auto down = pairs_with(-2, 0.1, 6);
  const auto with = [](Direction direction) { return Limit{1, direction, 0}; };
  EXPECT_EQ(change_of(up, with(Direction::either)), Change::worse);
  EXPECT_EQ(change_of(down, with(Direction::either)), Change::worse);
  EXPECT_EQ(change_of(up, with(Direction::lower_is_better)), Change::worse);
  EXPECT_EQ(change_of(down, with(Direction::lower_is_better)), Change::better);
  EXPECT_EQ(change_of(up, with(Direction::higher_is_better)), Change::better);
  EXPECT_EQ(change_of(down, with(Direction::higher_is_better)), Change::worse);
}

TEST(Decision, NearerZeroComparesSizes) {
  const Limit limit{1, Direction::nearer_zero_is_better, 0};
  // From −5 to −2: nearer to zero, though the value grew.
  EXPECT_EQ(change_of(pairs_with(3, 0.1, 6, -15), limit), Change::better);
  std::vector<Pair> away;
  for (int i = 0; i < 8; ++i) away.push_back({"u", "S", i, -1 - 0.01 * i, -4 - 0.02 * i, 0, 0});
  EXPECT_EQ(change_of(away, limit), Change::worse);
  // A change of sign alone is none.
  std::vector<Pair> turned;
  for (int i = 0; i < 8; ++i) turned.push_back({"u", "S", i, -3 - 0.01 * i, 3 + 0.01 * i, 0, 0});
  EXPECT_EQ(change_of(turned, limit), Change::same);
}

TEST(Decision, IntervalOverTheMarginIsInconclusiveAndSaysHowManyPairsItTakes) {
  const auto found = decide(pairs_with(0.9, 1, 3), one_to_each_side, {});
  EXPECT_EQ(found.change, Change::inconclusive);
  EXPECT_GT(found.pairs_needed, found.pairs);
  EXPECT_NE(found.reason, "");
}

TEST(Decision, OneGoodSideNeedsOnlyTheBadOneToBeWithinTheMargin) {
  // Perhaps far better, certainly not worse.
  EXPECT_EQ(change_of(pairs_with(-1, 0.8, 6), {1, Direction::lower_is_better, 0}), Change::same);
  EXPECT_EQ(change_of(pairs_with(-1, 0.8, 6), one_to_each_side), Change::inconclusive);
}

TEST(Decision, OnePairDecidesNothing) {
  const std::vector<Pair> one{{"u", "S", 0, 100, 150, 0, 0}};
  const auto found = decide(one, one_to_each_side, {});
  EXPECT_EQ(found.change, Change::inconclusive);
  EXPECT_FALSE(found.interval);
  EXPECT_GE(found.pairs_needed, 2);
}

TEST(Decision, NoPairDecidesNothing) {
  const auto found = decide({}, one_to_each_side, {});
  EXPECT_EQ(found.change, Change::inconclusive);
  EXPECT_THAT(found.reason, testing::HasSubstr("same unit"));
}

TEST(Decision, NoMarginIsShownAndNotDecided) {
  const auto found = decide(pairs_with(7, 0.1, 4), std::nullopt, {});
  EXPECT_EQ(found.change, Change::not_decided);
  EXPECT_NEAR(found.difference, 7, 1e-9);
  EXPECT_TRUE(found.interval);
  EXPECT_EQ(found.pairs_needed, 0);
}

TEST(Decision, ValuesThatNeverScatterAreTheSameWhenTheyAreEqual) {
  EXPECT_EQ(change_of(pairs_with(0, 0, 2), one_to_each_side), Change::same);
}

TEST(Decision, WithoutScatterTheResolutionLimitsWhatIsKnown) {
  // A counter that shows 5 and 6: half of the step may be rounding.
  const Limit limit{.margin = 0.9, .direction = Direction::either, .resolution = 1};
  EXPECT_EQ(change_of(pairs_with(1, 0, 2), limit), Change::inconclusive);
  EXPECT_EQ(change_of(pairs_with(2, 0, 50), limit), Change::worse);
  const Limit fine{.margin = 0.9, .direction = Direction::either, .resolution = 0.001};
  EXPECT_EQ(change_of(pairs_with(1, 0, 20), fine), Change::worse);
}

TEST(Decision, AUnitWithMoreBlocksWeighsNoMore) {
  std::vector<Pair> pairs;
  for (int i = 0; i < 9; ++i) pairs.push_back({"a", "S1", i, 100, 100, 0, 0});
  for (int i = 0; i < 3; ++i) pairs.push_back({"b", "S2", i, 100, 102, 0, 0});
  EXPECT_NEAR(decide(pairs, one_to_each_side, {}).difference, 1, 1e-9);
}

TEST(Decision, OneUnitOfFourThatIsWorseIsNotHiddenByTheMean) {
  std::vector<Pair> pairs;
  for (int unit = 0; unit < 4; ++unit)
    for (int i = 0; i < 8; ++i)
      pairs.push_back({"unit " + std::to_string(unit), "S", i, 100,
                       (unit == 2 ? 102 : 100) + (i % 2 == 0 ? 0.1 : -0.1), 0, 0});
  const auto found = decide(pairs, one_to_each_side, {});
  EXPECT_EQ(found.change, Change::worse);
  EXPECT_EQ(found.reason, "worse on unit unit 2");
  EXPECT_TRUE(found.units[2].worse);
  EXPECT_FALSE(found.units[1].worse);
}

TEST(Decision, WhatIsNoNumberIsRefused) {
  const std::vector<Pair> pairs{{"u", "S", 0, 100, std::nan(""), 0, 0}};
  EXPECT_THROW(decide(pairs, one_to_each_side, {}), std::domain_error);
}

TEST(Decision, NoMarginAtAllStillKeepsEqualValuesTheSame) {
  EXPECT_EQ(change_of(pairs_with(0, 0, 3), {0, Direction::either, 0}), Change::same);
  const auto found = decide(pairs_with(0, 0.5, 4), Limit{0, Direction::either, 0}, {});
  EXPECT_EQ(found.change, Change::inconclusive);
}

TEST(PairsNeeded, GrowWithTheScatterAndShrinkWithTheDistance) {
  EXPECT_GT(pairs_needed(2, 1, 0.025, 0.99), pairs_needed(1, 1, 0.025, 0.99));
  EXPECT_LT(pairs_needed(1, 2, 0.025, 0.99), pairs_needed(1, 1, 0.025, 0.99));
  EXPECT_GE(pairs_needed(0, 1, 0.025, 0.99), 2);
  EXPECT_EQ(pairs_needed(1e6, 1e-6, 0.025, 0.99), most_pairs);
  EXPECT_THROW(pairs_needed(1, 0, 0.025, 0.99), std::domain_error);
}

TEST(PairsNeeded, KeepTheirPromise) {
  const int n = pairs_needed(1, 1, 0.025, 0.95);
  std::mt19937 random(7);
  std::normal_distribution<double> noise;
  int decided = 0;
  for (int run = 0; run < 400; ++run) {
    std::vector<Pair> pairs;
    for (int i = 0; i < n; ++i) pairs.push_back({"u", "S", i, 0, noise(random), 0, 0});
    decided += change_of(pairs, one_to_each_side) == Change::same ? 1 : 0;
  }
  EXPECT_GT(decided, 400 * 0.92);
}

TEST(SmallestStep, IsThatOfACoarseReading) {
  EXPECT_DOUBLE_EQ(smallest_step({3, 1, 1, 1.5, 3}), 0.5);
  EXPECT_DOUBLE_EQ(smallest_step({2, 2, 2}), 0);
  EXPECT_DOUBLE_EQ(smallest_step({}), 0);
  EXPECT_DOUBLE_EQ(smallest_step({0.3, 0.1 + 0.2, 0.4}), 0.4 - (0.1 + 0.2));
}

}  // namespace
}  // namespace plugrig::regress
