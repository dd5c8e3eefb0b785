// Margins and quarantine as people write them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig/regress/margins.hpp"
#include "rig/regress/quarantine.hpp"

namespace plugrig::regress {
namespace {

using testing::HasSubstr;

std::vector<Margin> margins_in(const std::string& text, Problems& problems) {
  return read_margins(yaml::parse("margins.yaml", text, problems), problems);
}

std::string wrong_margins(const std::string& text) {
  Problems problems;
  margins_in(text, problems);
  return problems.render();
}

std::vector<Quarantine> quarantine_in(const std::string& text, Problems& problems) {
  return read_quarantine(yaml::parse("quarantine.yaml", text, problems), problems);
}

std::string wrong_quarantine(const std::string& text) {
  Problems problems;
  EXPECT_TRUE(quarantine_in(text, problems).empty());
  return problems.render();
}

TEST(MarginsFile, TheShippedOneIsRightAndFitsWhatTheStepsMeasure) {
  Problems problems;
  const auto margins =
      load_margins(PLUGRIG_SOURCE_DIR "/sequences/regression-margins.yaml", problems);
  EXPECT_EQ(problems.render(), "");
  const auto* power = margin_of(margins, "power.as_found.P", "%");
  ASSERT_NE(power, nullptr);
  EXPECT_EQ(power->direction, Direction::either);
  EXPECT_DOUBLE_EQ(*in_unit(*power->amount, "%"), 0.15);
  EXPECT_DOUBLE_EQ(*in_unit(*margin_of(margins, "power.as_found.P", "W")->amount, "W"), 0.3);
  EXPECT_DOUBLE_EQ(*in_unit(*margin_of(margins, "boot.banner_time", "s")->amount, "s"), 0.1);
  EXPECT_DOUBLE_EQ(*in_unit(*margin_of(margins, "power.settling_time", "s")->amount, "s"), 0.5);
  EXPECT_EQ(margin_of(margins, "soak.heap_slope", "B/min")->direction, Direction::higher_is_better);
  EXPECT_EQ(margin_of(margins, "settings.unsaved", "count"), nullptr)
      << "what depends on when the cut fell is shown and not decided";
}

TEST(MarginsFile, ReadsAmountsSharesAndResolutions) {
  Problems problems;
  const auto margins = margins_in(
      "margins:\n"
      "  - {quantity: a.b, margin: 50 ms, direction: lower_is_better, resolution: 1 ms}\n"
      "  - {quantity: \"*\", margin_of_baseline: 5 %, direction: either}\n",
      problems);
  EXPECT_EQ(problems.render(), "");
  ASSERT_EQ(margins.size(), 2U);
  EXPECT_EQ(margins[0].amount->number, 50);
  EXPECT_EQ(margins[0].amount->unit, "ms");
  EXPECT_EQ(margins[0].resolution->number, 1);
  EXPECT_DOUBLE_EQ(*margins[1].of_baseline, 0.05);
}

TEST(MarginsFile, TellsWhatIsWrongAndWhere) {
  EXPECT_THAT(wrong_margins("margins:\n  - {quantity: a, margin: x, direction: either}\n"),
              HasSubstr("margins.yaml:2:27: error: 'x' is no number with a unit"));
  EXPECT_THAT(wrong_margins("margins:\n  - {quantity: a, margin: 1 s, direction: lower}\n"),
              HasSubstr("must be one of lower_is_better"));
  EXPECT_THAT(wrong_margins("margins:\n  - {quantity: a, direction: either}\n"),
              HasSubstr("2:5: error: margin of 'a' says no margin"));
  EXPECT_THAT(wrong_margins("margins:\n  - {quantity: a, margin: 1 s, margin_of_baseline: 1 %, "
                            "direction: either}\n"),
              HasSubstr("is given twice"));
  EXPECT_THAT(wrong_margins("margins:\n  - {quantiy: a, margin: 1 s, direction: either}\n"),
              HasSubstr("did you mean 'quantity'?"));
  EXPECT_THAT(wrong_margins("margins: 3\n"), HasSubstr("error:"));
  EXPECT_THAT(wrong_margins("margin: []\n"), HasSubstr("did you mean 'margins'?"));
  EXPECT_THAT(wrong_margins("margins:\n  - {quantity: a, margin: -1 s, direction: either}\n"),
              HasSubstr("zero or above"));
  EXPECT_THAT(
      wrong_margins("margins:\n  - {quantity: a, margin_of_baseline: 5, direction: either}\n"),
      HasSubstr("has no unit"));
}

TEST(MarginsFile, AMarginThatWouldNeverCountIsAnError) {
  EXPECT_THAT(wrong_margins("margins:\n"
                            "  - {quantity: a.*, margin: 1 s, direction: either}\n"
                            "  - {quantity: a.b, margin: 2 s, direction: either}\n"),
              HasSubstr("3:16: error: 'a.b' never counts: 'a.*' stands before it"));
  EXPECT_EQ(wrong_margins("margins:\n"
                          "  - {quantity: a.*, margin: 1 %, direction: either}\n"
                          "  - {quantity: a.*, margin: 2 s, direction: either}\n"),
            "");
  EXPECT_THAT(wrong_margins("margins:\n"
                            "  - {quantity: a, margin: 1 s, direction: either}\n"
                            "  - {quantity: a, margin: 2 ms, direction: either}\n"),
              HasSubstr("never counts"));
}

TEST(Patterns, StarsFitAnyCharacters) {
  EXPECT_TRUE(pattern_fits("power.*.P", "power.as_found.P"));
  EXPECT_TRUE(pattern_fits("*", ""));
  EXPECT_TRUE(pattern_fits("a*b*c", "a.b.b.c"));
  EXPECT_TRUE(pattern_fits("abc", "abc"));
  EXPECT_FALSE(pattern_fits("power.*.P", "power.as_found.U"));
  EXPECT_FALSE(pattern_fits("abc", "abcd"));
  EXPECT_FALSE(pattern_fits("abcd", "abc"));
  EXPECT_FALSE(pattern_fits("", "a"));
}

TEST(Amounts, AreNumbersWithAUnit) {
  EXPECT_EQ(parse_amount("0.5")->unit, "");
  EXPECT_EQ(parse_amount("1e-3 W")->number, 1e-3);
  EXPECT_EQ(parse_amount("3B/h")->unit, "B/h");
  for (const auto* wrong : {"", "ms", "-1 s", "nan", "inf W", "1.2.3 s", "1 2 s"})
    EXPECT_FALSE(parse_amount(wrong)) << wrong;
}

TEST(QuarantineFile, ReadsEntriesAndLetsThemExpire) {
  Problems problems;
  const auto entries = quarantine_in(
      "quarantine:\n"
      "  - {quantity: boot.*, reason: known, owner: mk, expires: 2026-05-01}\n"
      "  - {step: plug.join, reason: router, owner: mk, expires: 2026-06-30}\n",
      problems);
  EXPECT_EQ(problems.render(), "");
  ASSERT_EQ(entries.size(), 2U);
  using What = Quarantine::What;
  EXPECT_NE(quarantine_of(entries, What::quantity, "boot.banner_time", "2026-05-01"), nullptr);
  EXPECT_EQ(quarantine_of(entries, What::quantity, "boot.banner_time", "2026-05-02"), nullptr);
  EXPECT_EQ(quarantine_of(entries, What::quantity, "plug.join", "2026-05-01"), nullptr);
  EXPECT_EQ(quarantine_of(entries, What::step, "plug.join", "2026-05-02")->reason, "router");
}

TEST(QuarantineFile, MayBeEmpty) {
  Problems problems;
  EXPECT_TRUE(quarantine_in("quarantine: []\n", problems).empty());
  EXPECT_EQ(problems.render(), "");
}

TEST(QuarantineFile, TellsWhatIsWrongAndDoesNotExcuseBySuchAnEntry) {
  EXPECT_THAT(wrong_quarantine("quarantine:\n  - {quantity: a, reason: b, owner: c}\n"),
              HasSubstr("needs the key 'expires'"));
  EXPECT_THAT(wrong_quarantine("quarantine:\n  - {quantity: a, step: b, reason: b, owner: c, "
                               "expires: 2026-01-01}\n"),
              HasSubstr("2:5: error: a quarantine entry names a quantity or a step"));
  for (const auto* date : {"2026-02-30", "2026-13-01", "26-01-01", "tomorrow", "2026-1-01x"})
    EXPECT_THAT(wrong_quarantine(std::string("quarantine:\n  - {quantity: a, reason: b, owner: c, "
                                             "expires: ") +
                                 date + "}\n"),
                HasSubstr("is no date"))
        << date;
  EXPECT_THAT(wrong_quarantine("quarantine:\n  - {quantity: a, reason: \"\", owner: c, "
                               "expires: 2026-01-01}\n"),
              HasSubstr("error:"));
}

}  // namespace
}  // namespace plugrig::regress
