// What people and programs get of a comparison.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/regress_plot.hpp"
#include "reports/regress_report.hpp"
#include "reports/text_columns.hpp"
#include "tests/unit/regress/sample_comparison.hpp"

namespace plugrig {
namespace {

using regress::test::sample_comparison;
using regress::test::sample_info;
using testing::HasSubstr;
using testing::Not;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(RegressTable, SaysWhatChangedFirst) {
  const auto text = regress_table(sample_comparison(), 100);
  EXPECT_THAT(text, HasSubstr("REGRESSION: 2 worse"));
  EXPECT_LT(text.find("boot.wait"), text.find("flash.write")) << "the check that is worse first";
  EXPECT_LT(text.find("q03"), text.find("q00"));
  EXPECT_THAT(text, HasSubstr("+0.476 W  "));
  EXPECT_THAT(text, HasSubstr("± 0.3 W"));
  EXPECT_THAT(text, HasSubstr("quarantined"));
  EXPECT_THAT(text, HasSubstr("failed 4 times where the baseline passed: No banner."));
}

TEST(RegressTable, KeepsToItsWidth) {
  for (const int columns : {60, 72, 100, 160}) {
    const auto text = regress_table(sample_comparison(), columns);
    std::size_t from = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
      EXPECT_LE(text_width(text.substr(from, end - from)), static_cast<std::size_t>(columns));
      from = end + 1;
    }
    EXPECT_EQ(from, text.size()) << "ends with a line feed";
  }
}

TEST(RegressTable, HostileTextsMoveNoCursor) {
  auto comparison = sample_comparison();
  comparison.builds[1].name = "a\x1B[2Jb\nc";
  comparison.candidates[0].checks[0].step = "x\x1B[2J\ny";
  EXPECT_THAT(regress_table(comparison, 100), Not(HasSubstr("\x1B")));
}

TEST(RegressJson, HoldsWhatWasDecided) {
  const auto json = nlohmann::json::parse(regress_json(sample_comparison(), sample_info()));
  EXPECT_EQ(json["exit_code"], 1);
  EXPECT_EQ(json["builds"][1]["name"], "candidate 1");
  const auto& quantities = json["candidates"][0]["quantities"];
  ASSERT_EQ(quantities.size(), 6U);
  EXPECT_EQ(quantities[3]["change"], "worse");
  EXPECT_NEAR(quantities[3]["difference"].get<double>(), 0.5, 0.1);
  EXPECT_EQ(quantities[3]["units"].size(), 4U);
  EXPECT_EQ(quantities[2]["quarantine"]["owner"], "mk");
  EXPECT_TRUE(quantities[0]["quarantine"].is_null());
}

TEST(RegressJUnit, CountsWorseAsFailureAndQuarantineAsSkipped) {
  const auto xml = regress_junit(sample_comparison(), sample_info());
  EXPECT_EQ(count_of(xml, "<failure "), 2U);
  EXPECT_EQ(count_of(xml, "<skipped>"), 1U);
  EXPECT_EQ(count_of(xml, "<error "), 0U);
  EXPECT_EQ(count_of(xml, "<testcase "), 8U);
  EXPECT_THAT(xml, HasSubstr("tests=\"8\" failures=\"2\" errors=\"0\" skipped=\"1\""));
  EXPECT_THAT(xml, HasSubstr("type=\"boot.none\""));
}

TEST(RegressJUnit, ABenchThatLeavesNothingToDecideIsAnError) {
  const auto xml = regress_junit(regress::test::bench_comparison(), sample_info());
  EXPECT_THAT(xml, HasSubstr("<error message=\"Nothing could be decided because of the bench."));
  EXPECT_THAT(xml, HasSubstr("errors=\"1\""));
}

TEST(RegressJUnit, EscapesWhatComesFromOutside) {
  auto comparison = sample_comparison();
  comparison.builds[1].name = "<b>&\"'\x02\xFF\xEF\xBF\xBF";
  comparison.candidates[0].checks[0].happened = "]]><x a=\"1\">";
  comparison.candidates[0].checks[0].step = "\"/><evil/>";
  const auto xml = regress_junit(comparison, sample_info());
  EXPECT_THAT(xml, HasSubstr("&lt;b&gt;&amp;&quot;&#39;?"));
  EXPECT_THAT(xml, Not(HasSubstr("<evil")));
  EXPECT_THAT(xml, Not(HasSubstr("<x ")));
  EXPECT_THAT(xml, Not(HasSubstr("\xEF\xBF\xBF")));
}

TEST(RegressHtml, IsOnePageThatNeedsNothingElse) {
  const auto html = regress_html(sample_comparison(), sample_info());
  EXPECT_THAT(html, HasSubstr("SIMULATED BENCH"));
  EXPECT_THAT(html, HasSubstr("REGRESSION: 2 worse"));
  EXPECT_EQ(count_of(html, "<svg "), 12U) << "an interval and the units for each quantity";
  EXPECT_THAT(html, HasSubstr("at most 1 % of comparisons"));
  EXPECT_THAT(html, HasSubstr("plug.join")) << "quarantine that is over";
  EXPECT_THAT(html, Not(HasSubstr("{{")));
  for (const auto* outside : {"<script", "src=", "href=\"http", "url("})
    EXPECT_THAT(html, Not(HasSubstr(outside)));
}

TEST(RegressHtml, EscapesWhatComesFromOutside) {
  auto comparison = sample_comparison();
  comparison.builds[1].name = "<script>x</script>";
  comparison.candidates[0].quantities[3].quantity = "<script>y</script>";
  comparison.candidates[0].quantities[3].unit = "<script>z</script>";
  comparison.candidates[0].quantities[3].difference.units[0].unit = "<script>u</script>";
  const auto html = regress_html(comparison, sample_info());
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;u"));
}

TEST(RegressHtml, SaysWhenTheBenchLeftNothingToDecide) {
  EXPECT_THAT(regress_html(regress::test::bench_comparison(), sample_info()),
              HasSubstr("Nothing could be decided because of the bench."));
}

TEST(IntervalPlot, ShowsTheMarginAndTheIntervalWithinTheDrawing) {
  auto quantity = sample_comparison().candidates[0].quantities[3];
  const auto svg = interval_plot_svg(quantity);
  EXPECT_THAT(svg, HasSubstr("class=\"band\""));
  EXPECT_EQ(count_of(svg, "class=\"limit\""), 2U);
  EXPECT_EQ(count_of(svg, "class=\"interval\""), 1U);
  quantity.difference.alarm_interval = metrology::Interval{-1e300, 1e300};
  EXPECT_THAT(interval_plot_svg(quantity), HasSubstr("x1=\"6.0\" y1=\"17.0\" x2=\"254.0\""));
  quantity.limit->direction = regress::Direction::lower_is_better;
  EXPECT_EQ(count_of(interval_plot_svg(quantity), "class=\"limit\""), 1U);
  quantity.difference.interval.reset();
  EXPECT_EQ(interval_plot_svg(quantity), "");
}

}  // namespace
}  // namespace plugrig
