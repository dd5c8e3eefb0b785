#include "rig/regress/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/regress/simulated_trials.hpp"

namespace plugrig::regress {
namespace {

using test::builds_named;
using test::SimulatedBench;

constexpr const char* today = "2026-05-01";

std::vector<Margin> margin(double W, Direction direction = Direction::either) {
  return {{.pattern = "*",
           .amount = Amount{W, "W"},
           .of_baseline = {},
           .direction = direction,
           .resolution = {}}};
}

Comparison compared(const SimulatedBench& bench, const std::vector<Margin>& margins,
                    unsigned seed = 1, const std::vector<Quarantine>& quarantine = {}) {
  return compare(bench.run(seed), builds_named(bench.builds), margins, quarantine, today);
}

TEST(Comparison, EqualBuildsAreGood) {
  const auto found = compared({}, margin(0.3));
  ASSERT_EQ(found.candidates.size(), 1U);
  EXPECT_EQ(found.candidates[0].category, Category::good);
  EXPECT_EQ(found.candidates[0].quantities.size(), 15U);
  EXPECT_EQ(exit_code(found), 0);
  EXPECT_FALSE(found.needs_more);
  EXPECT_EQ(found.units, 4);
  EXPECT_EQ(found.blocks, 4);
}

TEST(Comparison, NamesTheQuantityThatIsWorseAndTheCandidateThatDidIt) {
  SimulatedBench bench{.builds = 3};
  bench.effect = [](int build, int, int quantity) {
    return build == 2 && quantity == 7 ? 1.0 : 0.0;
  };
  const auto found = compared(bench, margin(0.3));
  EXPECT_EQ(found.candidates[0].category, Category::good);
  EXPECT_EQ(found.candidates[1].category, Category::regression);
  for (const auto& quantity : found.candidates[1].quantities)
    EXPECT_EQ(quantity.difference.change, quantity.quantity == "q07" ? Change::worse : Change::same)
        << quantity.quantity;
  EXPECT_EQ(exit_code(found), 1);
}

TEST(Comparison, RigFaultsAreCountedAndTheirReadingsAreNotUsed) {
  const auto found = compared({.blocks = 8, .rig_faults = 0.2}, margin(0.3));
  EXPECT_EQ(found.candidates[0].category, Category::good);
  EXPECT_GT(found.counts[0].rig_fault, 0);
  EXPECT_GT(found.counts[1].rig_fault, 0);
  EXPECT_EQ(found.counts[0].all(), 32);
  EXPECT_LT(found.candidates[0].quantities[0].difference.pairs, 32);
}

TEST(Comparison, WithRigFaultsOnlyNothingIsDecidedBecauseOfTheBench) {
  const auto found = compared({.rig_faults = 1}, margin(0.3));
  EXPECT_EQ(found.candidates[0].category, Category::bench);
  EXPECT_EQ(exit_code(found), 3);
}

/// Both fail the first step: nobody has seen what the candidate does after it.
TEST(Comparison, AStepThatTheBaselineNeverPassesLeavesNothingToDecideUnlessItIsKnown) {
  auto trials = SimulatedBench{}.run(1);
  for (Trial& trial : trials) {
    trial.checks[0].passed = false;
    trial.outcome = Outcome::unit_failed;
  }
  const auto found = compare(trials, builds_named(2), margin(0.3), {}, today);
  EXPECT_EQ(found.candidates[0].category, Category::bench);
  EXPECT_EQ(exit_code(found), 3);
  const Quarantine known{Quarantine::What::step, "boot.wait", "known", "somebody", "2026-06-01"};
  EXPECT_EQ(exit_code(compare(trials, builds_named(2), margin(0.3), {{known}}, today)), 0);
}

TEST(Comparison, WithoutTrialsNothingIsDecided) {
  EXPECT_EQ(exit_code(compare({}, builds_named(2), {}, {}, today)), 3);
}

TEST(Comparison, WhatIsNoNumberIsLeftOutAndCounted) {
  auto trials = SimulatedBench{}.run(1);
  trials[0].readings[0].value = std::numeric_limits<double>::quiet_NaN();
  trials[5].readings[0].value = std::numeric_limits<double>::infinity();
  const auto found = compare(trials, builds_named(2), margin(0.3), {}, today);
  EXPECT_EQ(found.candidates[0].quantities[0].not_finite, 2);
  EXPECT_EQ(found.candidates[0].quantities[0].difference.change, Change::same);
}

TEST(Comparison, AQuantityThatTheCandidateNeverGaveIsOpenAndMoreBlocksDoNotHelp) {
  auto trials = SimulatedBench{}.run(1);
  for (Trial& trial : trials)
    if (trial.build == 1) trial.readings.pop_back();
  const auto found = compare(trials, builds_named(2), margin(0.3), {}, today);
  const auto& last = found.candidates[0].quantities.back();
  EXPECT_EQ(last.difference.change, Change::inconclusive);
  EXPECT_EQ(last.difference.reason, "the candidate gave no such reading");
  EXPECT_EQ(found.candidates[0].category, Category::inconclusive);
  EXPECT_FALSE(found.needs_more);
}

TEST(Comparison, PairsNeedTheSameBlock) {
  auto trials = SimulatedBench{.blocks = 6}.run(1);
  // The baseline is lost in half of the blocks, the candidate in the other half.
  for (Trial& trial : trials)
    if ((trial.repeat % 2 == 0) == (trial.build == 0)) trial.outcome = Outcome::aborted;
  const auto found = compare(trials, builds_named(2), margin(0.3), {}, today);
  EXPECT_EQ(found.candidates[0].quantities[0].difference.pairs, 0);
  EXPECT_EQ(found.candidates[0].quantities[0].difference.change, Change::inconclusive);
}

TEST(Comparison, ConditionsAndUnitsAreNotMixed) {
  auto trials = SimulatedBench{.quantities = 1}.run(1);
  for (Trial& trial : trials) {
    trial.readings.push_back({"q00", "2 kW", 2000, "W", {}});
    trial.readings.push_back({"q00", "2 kW", 8.7, "A", {}});
  }
  EXPECT_EQ(
      compare(trials, builds_named(2), margin(0.3), {}, today).candidates[0].quantities.size(), 3U);
}

TEST(Comparison, AMarginInAnotherUnitIsConvertedOrSaysSo) {
  const auto trials = SimulatedBench{.quantities = 1}.run(1);
  auto margins = margin(300);
  margins[0].amount->unit = "mW";
  auto found = compare(trials, builds_named(2), margins, {}, today);
  EXPECT_NEAR(found.candidates[0].quantities[0].limit->margin, 0.3, 1e-12);
  margins[0].amount->unit = "ms";
  found = compare(trials, builds_named(2), margins, {}, today);
  EXPECT_EQ(found.candidates[0].quantities[0].difference.change, Change::inconclusive);
  EXPECT_EQ(found.candidates[0].quantities[0].difference.reason,
            "the margin is in 'ms', the readings in 'W'");
}

TEST(Comparison, AShareOfTheBaselineIsAMarginToo) {
  auto margins = margin(0);
  margins[0].amount.reset();
  margins[0].of_baseline = 0.003;
  const auto found = compared({.quantities = 1}, margins);
  EXPECT_NEAR(found.candidates[0].quantities[0].limit->margin, 0.3, 0.02);
  EXPECT_EQ(found.candidates[0].quantities[0].difference.change, Change::same);
}

TEST(Comparison, AQuantityWithoutAMarginIsShownAndNotDecided) {
  auto margins = margin(0.3);
  margins[0].pattern = "q01";
  SimulatedBench bench;
  bench.effect = [](int build, int, int quantity) { return build == 1 && quantity == 2 ? 9 : 0; };
  const auto found = compared(bench, margins);
  EXPECT_EQ(found.candidates[0].quantities[2].difference.change, Change::not_decided);
  EXPECT_EQ(found.candidates[0].category, Category::good);
}

TEST(Comparison, OpenQuantitiesSayHowManyBlocksMore) {
  const auto found = compared({.blocks = 2, .noise = 0.2}, margin(0.3));
  EXPECT_EQ(found.candidates[0].category, Category::inconclusive);
  ASSERT_TRUE(found.needs_more);
  EXPECT_GT(found.blocks_needed, 0);
  const auto more = compared({.blocks = 2 + 2 * found.blocks_needed, .noise = 0.2}, margin(0.3));
  EXPECT_EQ(more.candidates[0].category, Category::good);
}

TEST(Comparison, QuarantineDecidesNothingUntilItIsOver) {
  SimulatedBench bench;
  bench.effect = [](int build, int, int quantity) { return build == 1 && quantity == 2 ? 9 : 0; };
  std::vector<Quarantine> entries{
      {Quarantine::What::quantity, "q02", "known", "somebody", "2026-05-01"}};
  auto found = compared(bench, margin(0.3), 1, entries);
  EXPECT_EQ(found.candidates[0].category, Category::good) << "its last day";
  EXPECT_EQ(found.candidates[0].quantities[2].difference.change, Change::worse);
  ASSERT_TRUE(found.candidates[0].quantities[2].quarantine);
  EXPECT_TRUE(found.expired.empty());
  entries[0].expires = "2026-04-30";
  found = compared(bench, margin(0.3), 1, entries);
  EXPECT_EQ(found.candidates[0].category, Category::regression);
  EXPECT_EQ(found.expired.size(), 1U);
  EXPECT_FALSE(found.candidates[0].quantities[2].quarantine);
}

TEST(Comparison, QuarantineOfAStepIsNotThatOfAQuantity) {
  auto trials = SimulatedBench{}.run(1);
  for (Trial& trial : trials)
    if (trial.build == 1) {
      trial.checks[0].passed = false;
      trial.outcome = Outcome::unit_failed;
    }
  Quarantine entry{Quarantine::What::quantity, "boot.wait", "known", "somebody", "2026-06-01"};
  EXPECT_EQ(exit_code(compare(trials, builds_named(2), margin(0.3), {{entry}}, today)), 1);
  entry.what = Quarantine::What::step;
  EXPECT_EQ(exit_code(compare(trials, builds_named(2), margin(0.3), {{entry}}, today)), 0);
}

TEST(Comparison, SlowDriftIsTakenOutAgainstTheControl) {
  // 10 W over the run on a margin of 0.3 W; 0.6 W between the two trials of a block.
  SimulatedBench bench{.blocks = 10, .quantities = 1, .noise = 0.02, .control = true};
  bench.drift = [](double t_s) { return t_s / 60 * 0.25; };
  const auto found = compared(bench, margin(0.3));
  const auto& quantity = found.candidates[0].quantities[0];
  EXPECT_EQ(quantity.bench, BenchState::drifted);
  EXPECT_EQ(quantity.difference.change, Change::same);
  EXPECT_LT(*quantity.difference.scatter, 0.1);
  EXPECT_THAT(quantity.difference.reason, testing::HasSubstr("control"));
}

/// 5 W more from the middle of block 2 on: only pairs that lie across that moment are touched.
TEST(Comparison, AJumpOfTheBenchCostsThePairsThatLieAcrossIt) {
  SimulatedBench bench{.blocks = 10, .quantities = 1, .noise = 0.02, .control = true};
  bench.drift = [](double t_s) { return t_s >= 300 ? 5.0 : 0.0; };
  auto quantity = compared(bench, margin(0.3)).candidates[0].quantities[0];
  EXPECT_NE(quantity.bench, BenchState::too_fast);
  EXPECT_EQ(quantity.left_out, quantity.difference.pairs / 9) << "one block of ten";
  EXPECT_EQ(quantity.difference.change, Change::same);
  EXPECT_FALSE(quantity.difference.reason.empty());
  bench.effect = [](int build, int, int) { return build == 1 ? 1 : 0; };
  quantity = compared(bench, margin(0.3)).candidates[0].quantities[0];
  EXPECT_EQ(quantity.difference.change, Change::worse) << "the bad minute hides nothing";
}

/// Without its control the same bench would have given a wrong answer: this is what it is for.
TEST(Comparison, ABadMinuteIsToldFromABadBuildByTheControlOnly) {
  SimulatedBench bench{.blocks = 3, .quantities = 1, .noise = 0.02, .control = true};
  bench.drift = [](double t_s) { return t_s >= 60 ? 5.0 : 0.0; };  // in the very first block
  const auto with = compared(bench, margin(0.3)).candidates[0].quantities[0];
  EXPECT_EQ(with.difference.change, Change::same);
  bench.control = false;
  const auto without = compared(bench, margin(0.3)).candidates[0].quantities[0];
  EXPECT_NE(without.difference.change, Change::same);
}

TEST(Comparison, WhatIsLeftOutIsAskedForAgain) {
  SimulatedBench bench{.blocks = 2, .quantities = 1, .noise = 0.12, .control = true};
  bench.drift = [](double t_s) { return t_s >= 60 ? 5.0 : 0.0; };
  const auto found = compared(bench, margin(0.3));
  EXPECT_EQ(found.candidates[0].quantities[0].difference.change, Change::inconclusive);
  EXPECT_TRUE(found.needs_more);
}

/// It moved across every pair: only what goes further than that can be told, and more blocks may
/// find it calm.
TEST(Comparison, ARestlessBenchHidesWhatIsSmallerAndNothingElse) {
  SimulatedBench bench{.blocks = 1, .quantities = 1, .noise = 0.02, .control = true};
  bench.drift = [](double t_s) { return t_s >= 60 ? 5.0 : 0.0; };
  const auto open = compared(bench, margin(0.3));
  const auto& quantity = open.candidates[0].quantities[0];
  EXPECT_EQ(quantity.bench, BenchState::too_fast);
  EXPECT_EQ(quantity.difference.change, Change::inconclusive);
  EXPECT_EQ(quantity.difference.reason, "bench drifted");
  EXPECT_TRUE(open.needs_more);
  const auto change_of = [&](double effect_W) {
    bench.effect = [=](int build, int, int) { return build == 1 ? effect_W : 0; };
    return compared(bench, margin(0.3)).candidates[0].quantities[0].difference;
  };
  EXPECT_EQ(change_of(4).change, Change::inconclusive);
  EXPECT_EQ(change_of(-4).change, Change::inconclusive);
  const auto found = change_of(90);
  EXPECT_EQ(found.change, Change::worse);
  EXPECT_THAT(found.reason, testing::HasSubstr("at most, and this is more"));
  EXPECT_EQ(change_of(-90).change, Change::worse) << "either side of this quantity is bad";
}

/// Each build says the same again and again, so that the only step is the one between them.
TEST(Comparison, TheStepBetweenTwoBuildsIsNotTakenForTheResolution) {
  SimulatedBench bench{.blocks = 3, .quantities = 1, .unit_offset = 0, .noise = 0};
  bench.effect = [](int build, int, int) { return build == 1 ? 1 : 0; };
  EXPECT_EQ(compared(bench, margin(0.1)).candidates[0].quantities[0].difference.change,
            Change::worse);
}

TEST(Comparison, NoiseOfTheControlIsNoDrift) {
  const SimulatedBench bench{.blocks = 10, .quantities = 1, .noise = 1, .control = true};
  for (unsigned seed = 0; seed < 50; ++seed)
    EXPECT_EQ(compared(bench, margin(0.3), seed).candidates[0].quantities[0].bench,
              BenchState::steady)
        << seed;
}

TEST(Comparison, TheRiskIsSharedByQuantitiesCandidatesAndLooks) {
  const SimulatedBench bench{.builds = 3, .quantities = 5};
  const std::vector<Quarantine> entries{
      {Quarantine::What::quantity, "q02", "known", "somebody", "2026-06-01"}};
  const auto found = compare(bench.run(1), builds_named(3), margin(0.3), entries, today,
                             {.family_risk = 0.01, .looks = 4});
  EXPECT_DOUBLE_EQ(found.alarm_risk, 0.01 / (4 * 2 * 4)) << "quarantine can raise no alarm";
}

TEST(Comparison, RefusesTrialsOfNoBuildAndABaselineAlone) {
  auto trials = SimulatedBench{.quantities = 1}.run(1);
  EXPECT_THROW(compare(trials, builds_named(1), {}, {}, today), std::invalid_argument);
  trials[0].build = 2;
  EXPECT_THROW(compare(trials, builds_named(2), {}, {}, today), std::out_of_range);
}

}  // namespace
}  // namespace plugrig::regress
