// How often a comparison cries wolf, and how often it misses the wolf: simulated benches by seed.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "rig/regress/comparison.hpp"
#include "tests/unit/regress/simulated_trials.hpp"

namespace plugrig::regress {
namespace {

using test::builds_named;
using test::SimulatedBench;

int runs(int usual) { return std::getenv("PLUGRIG_LONG") != nullptr ? usual * 10 : usual; }

std::vector<Margin> margin(double W) {
  return {{.pattern = "*",
           .amount = Amount{W, "W"},
           .of_baseline = {},
           .direction = Direction::either,
           .resolution = {}}};
}

int regressions(const SimulatedBench& bench, double margin_W, int count) {
  int found = 0;
  const auto margins = margin(margin_W);
  for (int seed = 0; seed < count; ++seed)
    found += exit_code(compare(bench.run(static_cast<unsigned>(seed)), builds_named(bench.builds),
                               margins, {}, "2026-05-01")) == 1
                 ? 1
                 : 0;
  return found;
}

/// As a run does it: blocks are added while something is open, and every look may find something.
int regressions_looking_again(SimulatedBench bench, double margin_W, int count) {
  constexpr int first = 3;
  constexpr int most = 10;
  const Confidence confidence{.looks = most - first + 1};
  const auto margins = margin(margin_W);
  int found = 0;
  for (int seed = 0; seed < count; ++seed)
    for (bench.blocks = first; bench.blocks <= most; ++bench.blocks) {
      const auto result =
          compare(bench.run(static_cast<unsigned>(seed)), builds_named(bench.builds), margins, {},
                  "2026-05-01", confidence);
      found += exit_code(result) == 1 ? 1 : 0;
      if (exit_code(result) == 1 || !result.needs_more) break;
    }
  return found;
}

TEST(FalseAlarms, EqualBuildsAreHardlyEverARegression) {
  const int count = runs(300);
  EXPECT_LE(regressions({.rig_faults = 0.05}, 0.15, count), count / 100);
}

TEST(FalseAlarms, HoldTheFamilyRiskEvenWithoutAMarginToHideBehind) {
  // 1 % is expected at most; three standard deviations above it for the seeds.
  const int count = runs(300);
  const double most = 0.01 * count + 3 * std::sqrt(0.01 * count);
  EXPECT_LE(regressions({.rig_faults = 0.05}, 1e-9, count), most);
}

TEST(FalseAlarms, HoldItForChangesAsLargeAsTheMarginAndForTwoCandidates) {
  SimulatedBench bench{.builds = 3, .rig_faults = 0.05};
  bench.effect = [](int build, int, int) { return build == 0 ? 0.0 : 0.15; };
  const int count = runs(300);
  const double most = 0.01 * count + 3 * std::sqrt(0.01 * count);
  EXPECT_LE(regressions(bench, 0.15, count), most);
}

TEST(FalseAlarms, HoldItThoughAnOpenComparisonIsLookedAtAgainAndAgain) {
  // Without a margin nothing is ever the same, so every run takes all of its looks.
  const int count = runs(100);
  const double most = 0.01 * count + 3 * std::sqrt(0.01 * count);
  EXPECT_LE(regressions_looking_again({.rig_faults = 0.05}, 1e-9, count), most);
}

TEST(Detection, AGainOfThreePerMilleIsFoundWithinTheBlocksThatARunTakes) {
  SimulatedBench bench{.rig_faults = 0.05};
  bench.effect = [](int build, int, int quantity) { return build == 1 && quantity == 3 ? 0.3 : 0; };
  const int count = runs(100);
  EXPECT_GE(regressions_looking_again(bench, 0.15, count), count * 99 / 100);
}

TEST(Detection, AGainOfThreePerMilleIsFoundOnFourUnits) {
  SimulatedBench bench{.blocks = 6, .rig_faults = 0.05};
  bench.effect = [](int build, int, int quantity) { return build == 1 && quantity == 3 ? 0.3 : 0; };
  const int count = runs(300);
  EXPECT_GE(regressions(bench, 0.15, count), count * 99 / 100);
}

TEST(Detection, AChangeOnOneUnitOfFourIsFound) {
  SimulatedBench bench{.blocks = 10};
  bench.effect = [](int build, int unit, int quantity) {
    return build == 1 && unit == 2 && quantity == 3 ? 0.5 : 0;
  };
  const int count = runs(100);
  EXPECT_GE(regressions(bench, 0.15, count), count * 95 / 100);
}

}  // namespace
}  // namespace plugrig::regress
