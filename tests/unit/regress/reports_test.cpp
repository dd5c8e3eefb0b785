// What people and programs get of a comparison.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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
  EXPECT_THAT(text, HasSubstr("+0.476 W (+0.480 %)"));
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
  EXPECT_EQ(count_of(xml, "<skipped "), 1U);
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

}  // namespace
}  // namespace plugrig
