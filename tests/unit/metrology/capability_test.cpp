#include "rig/metrology/capability.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "rig/metrology/group_bias.hpp"

namespace plugrig::metrology {
namespace {

/// n values with exactly this mean and standard deviation.
std::vector<double> exactly(std::size_t n, double middle, double s) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = i % 2 == 0 ? 1 : -1;
  const double factor = s / std::sqrt(static_cast<double>(n) / static_cast<double>(n - 1));
  for (double& value : values) value = middle + factor * value;
  return values;
}

TEST(Capability, IsTheShareOfTheLimitsThatTheSpreadTakes) {
  const auto found = capability(exactly(50, 0.2, 0.1), -1, 1);
  EXPECT_EQ(found.refused, "");
  EXPECT_NEAR(found.mean, 0.2, 1e-12);
  EXPECT_NEAR(found.standard_deviation, 0.1, 1e-12);
  EXPECT_NEAR(found.cp.value(), 2 / 0.6, 1e-9);
  EXPECT_NEAR(found.cpk.value(), 0.8 / 0.3, 1e-9);
}

TEST(Capability, TheIntervalIsBissells) {
  // Cpk 1.33, n 50: half width 1.96·√(1/450 + 1.33²/98) = 0.279.
  const auto found = capability(exactly(50, 0, 1), -3.99, 3.99);
  EXPECT_NEAR(found.cpk.value(), 1.33, 1e-9);
  EXPECT_NEAR(found.cpk_interval->high - found.cpk.value(), 0.2791, 5e-4);
}

TEST(Capability, TheIntervalHoldsTheTrueValueInAboutNineteenOfTwenty) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> process(0, 1);
  int held = 0;
  constexpr int times = 2000;
  for (int i = 0; i < times; ++i) {
    std::vector<double> values(40);
    for (double& value : values) value = process(random);
    const auto found = capability(values, -4, 6);
    if (found.cpk_interval->low <= 4.0 / 3 && found.cpk_interval->high >= 4.0 / 3) ++held;
  }
  EXPECT_NEAR(static_cast<double>(held) / times, 0.95, 0.02);
}

TEST(Capability, OneLimitGivesCpkAlone) {
  const auto found = capability(exactly(30, 1, 0.1), {}, 1.6);
  EXPECT_FALSE(found.cp);
  EXPECT_NEAR(found.cpk.value(), 2, 1e-9);
}

TEST(Capability, IsRefusedWithoutLimitsWithFewValuesAndWithoutSpread) {
  EXPECT_EQ(capability(exactly(50, 0, 1), {}, {}).refused, "no limits");
  EXPECT_NE(capability(exactly(29, 0, 1), -5, 5).refused, "");
  EXPECT_EQ(capability(exactly(30, 0, 1), -5, 5).refused, "");
  EXPECT_NE(capability(std::vector<double>(40, 1.0), -5, 5).refused, "");
  const auto none = capability({}, -1, 1);
  EXPECT_EQ(none.n, 0U);
  EXPECT_FALSE(none.cpk);
}

TEST(Histogram, HoldsEveryValueAndTheLimits) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> spread(0.1, 0.3);
  std::vector<double> values(200);
  for (double& value : values) value = spread(random);
  const auto made = histogram(values, -1, 1);
  EXPECT_EQ(std::accumulate(made.counts.begin(), made.counts.end(), std::size_t{0}), 200U);
  ASSERT_EQ(made.edges.size(), made.counts.size() + 1);
  EXPECT_LE(made.edges.front(), -1);
  EXPECT_GE(made.edges.back(), 1);
  for (std::size_t i = 0; i < made.counts.size(); ++i) {
    std::size_t inside = 0;
    for (const double value : values)
      if (value >= made.edges[i] && value < made.edges[i + 1]) ++inside;
    EXPECT_EQ(made.counts[i], inside) << i;
  }
}

TEST(Histogram, TakesEqualValuesAndExtremes) {
  for (const double value : {0.0, 5.0, -1e-9, 1e12}) {
    const auto made = histogram(std::vector<double>(3, value), {}, {});
    EXPECT_EQ(std::accumulate(made.counts.begin(), made.counts.end(), std::size_t{0}), 3U);
    EXPECT_LE(made.counts.size(), 100U);
  }
  EXPECT_TRUE(histogram({}, -1, 1).counts.empty());
  EXPECT_LE(histogram(std::vector<double>{1e-9, 1e9}, {}, {}).counts.size(), 100U);
}

TEST(GroupBias, FindsTheGroupThatDiffersAndNoOther) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> spread(0, 0.1);
  std::vector<Group> groups;
  for (const auto* name : {"A", "B", "C", "D"}) {
    Group group{name, {}};
    for (int i = 0; i < 16; ++i)
      group.values.push_back(spread(random) + (group.name == "C" ? 0.3 : 0));
    groups.push_back(std::move(group));
  }
  for (const auto& bias : group_bias(groups)) {
    EXPECT_EQ(bias.significant, bias.name == "C") << bias.name << " p " << bias.p;
    EXPECT_TRUE(bias.tested);
  }
}

TEST(GroupBias, OfTwoBothAreNamed) {
  const auto found =
      group_bias(std::vector<Group>{{"A", exactly(20, 0, 0.1)}, {"B", exactly(20, 0.5, 0.1)}});
  EXPECT_TRUE(found[0].significant);
  EXPECT_TRUE(found[1].significant);
}

TEST(GroupBias, RaisesAFalseAlarmInAboutOneOfAHundredBatches) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> spread(0, 1);
  int alarms = 0;
  constexpr int batches = 1000;
  for (int i = 0; i < batches; ++i) {
    std::vector<Group> groups(4);
    for (auto& group : groups)
      for (int k = 0; k < 10; ++k) group.values.push_back(spread(random));
    const auto found = group_bias(groups);
    for (const auto& bias : found)
      if (bias.significant) {
        ++alarms;
        break;
      }
  }
  EXPECT_LE(alarms, 25);
}

TEST(GroupBias, DoesNotTestFewValuesOrValuesWithoutSpread) {
  EXPECT_FALSE(group_bias(std::vector<Group>{{"A", {1, 2, 3}}, {"B", {9, 9.1, 9.2}}})[0].tested);
  const std::vector<double> ones(6, 1.0);
  for (const auto& bias : group_bias(std::vector<Group>{{"A", ones}, {"B", ones}})) {
    EXPECT_FALSE(bias.tested);
    EXPECT_FALSE(bias.significant);
  }
  EXPECT_EQ(group_bias(std::vector<Group>{{"A", {}}, {"B", ones}}).size(), 1U);
  EXPECT_TRUE(group_bias({}).empty());
}

}  // namespace
}  // namespace plugrig::metrology
