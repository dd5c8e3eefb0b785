#include "reports/regress_trend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/regress/sample_comparison.hpp"

namespace plugrig {
namespace {

using regress::test::sample_comparison;
using regress::test::sample_info;
using testing::HasSubstr;

std::string line() { return trend_line(sample_comparison(), sample_info()); }

TEST(Trend, ALineIsReadBackAsItWasWritten) {
  const auto text = line();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto trend = read_trend(text);
  ASSERT_EQ(trend.runs.size(), 1U);
  const auto& run = trend.runs[0];
  EXPECT_EQ(run.title, "run-7");
  EXPECT_EQ(run.time, "2026-01-01T00:00:00.000Z");
  EXPECT_TRUE(run.simulated);
  ASSERT_EQ(run.builds.size(), 2U);
  EXPECT_EQ(run.builds[0].category, "baseline");
  EXPECT_EQ(run.builds[1].category, "regression");
  EXPECT_EQ(run.builds[1].version, "14.1.0");
  ASSERT_EQ(run.builds[1].means.size(), 6U);
  const auto comparison = sample_comparison();
  EXPECT_EQ(run.builds[1].means[3].mean,
            comparison.candidates[0].quantities[3].difference.candidate_mean);
  EXPECT_EQ(run.builds[0].means[3].mean,
            comparison.candidates[0].quantities[3].difference.baseline_mean);
}

TEST(Trend, ATornOrForeignLineIsCountedAndTheOthersAreRead) {
  const auto whole = line();
  const auto trend = read_trend(whole + whole.substr(0, 50) + "\n[1]\n{}\n\n" + whole +
                                whole.substr(0, whole.size() / 2));
  EXPECT_EQ(trend.runs.size(), 2U);
  EXPECT_EQ(trend.unreadable, 4);
  EXPECT_TRUE(read_trend("").runs.empty());
}

TEST(Trend, QuantitiesWithoutAPairAreLeftOut) {
  const auto trend = read_trend(trend_line(regress::test::bench_comparison(), sample_info()));
  ASSERT_EQ(trend.runs.size(), 1U);
  EXPECT_TRUE(trend.runs[0].builds[1].means.empty());
}

TEST(Trend, PlotShowsEveryBuildOfEveryRun) {
  const auto svg = trend_svg(read_trend(line() + line()), "q03", "500 W");
  std::size_t marks = 0;
  for (auto at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1))
    ++marks;
  EXPECT_EQ(marks, 4U);
  EXPECT_THAT(svg, HasSubstr("class=\"bad\""));
  EXPECT_THAT(svg, HasSubstr("14.1.0"));
  EXPECT_EQ(trend_svg(read_trend(line()), "q03", "2 kW"), "");
}

TEST(Trend, PlotOfEqualValuesAndHostileNamesIsStillADrawing) {
  Trend trend;
  trend.runs.push_back({"t",
                        "",
                        "",
                        "",
                        false,
                        {{"<b>", "", "<i>", "good", {{"q", "", "<u>", 0, 1}}},
                         {"<b>", "", "<i>", "good", {{"q", "", "<u>", 0, 1}}}}});
  const auto svg = trend_svg(trend, "q", "");
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("<i>"), std::string::npos);
  EXPECT_EQ(svg.find("<u>"), std::string::npos);
}

}  // namespace
}  // namespace plugrig
