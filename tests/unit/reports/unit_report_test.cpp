#include "reports/unit_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/certificate_rules.hpp"
#include "reports/clean_text.hpp"
#include "reports/display.hpp"
#include "tests/unit/reports/sample_report.hpp"

namespace plugrig {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class UnitReports : public ::testing::Test {
 protected:
  UnitReport build() { return build_unit_report(unit, files.reader(), {"plugrig 0.1.0", ""}); }
  std::vector<std::string> refusals() { return build().refusals; }

  test::SampleFiles files;
  UnitRecord unit = test::sample_unit(files);
};

TEST_F(UnitReports, AUnitThatPassedEverythingIsCertified) {
  const auto report = build();
  EXPECT_TRUE(report.refusals.empty()) << report.refusals.front();
  ASSERT_NE(report.find("as_left"), nullptr);
  EXPECT_EQ(report.find("as_left")->series.points.size(), 9U);
  EXPECT_EQ(report.find("persistence"), nullptr);
}

TEST_F(UnitReports, EachThingThatSpeaksAgainstACertificateRefusesIt) {
  unit.verdict = Verdict::fail;
  EXPECT_THAT(refusals(), Contains("The unit's verdict is FAIL."));
  unit = test::sample_unit(files);
  unit.ended.reset();
  EXPECT_THAT(refusals(), Contains(HasSubstr("incomplete")));
  unit = test::sample_unit(files);
  unit.facts.erase("binding");
  EXPECT_THAT(refusals(), Contains(HasSubstr("not shown")));
  unit = test::sample_unit(files);
  unit.facts["binding"] = "not shown";
  EXPECT_THAT(refusals(), Contains(HasSubstr("not shown")));
  unit = test::sample_unit(files);
  unit.facts["engineer_override"] = "limits widened";
  EXPECT_THAT(refusals(), Contains(HasSubstr("limits widened")));
  unit = test::sample_unit(files);
  unit.attempts.pop_back();
  EXPECT_THAT(refusals(), Contains("The unit was not measured as left."));
}

class ChangedSeries : public UnitReports {
 protected:
  template <typename Change>
  std::vector<std::string> refusals_after(Change change) {
    unit = test::sample_unit(files);
    auto record = test::sample_series("as_left", 0.001, {1580, 3554, 10080});
    change(record);
    unit.attempts.back().attachments = {
        files.keep(metrology::calibration_file("as_left"), metrology::to_json(record))};
    return refusals();
  }
};

TEST_F(ChangedSeries, TheReferenceMustHaveBeenValidOnThatDay) {
  EXPECT_TRUE(refusals_after([](auto&) {}).empty());
  EXPECT_THAT(refusals_after([](auto& r) { r.reference.due = "2025-12"; }),
              Contains(HasSubstr("due 2025-12")));
  EXPECT_THAT(refusals_after([](auto& r) { r.reference.due.clear(); }),
              Contains(HasSubstr("unknown validity")));
  EXPECT_THAT(refusals_after([](auto& r) { r.reference.certificate_number.clear(); }),
              Contains(HasSubstr("no certificate")));
}

TEST_F(ChangedSeries, APointThatDoesNotPassRefuses) {
  EXPECT_THAT(refusals_after([](auto& r) {
                r.series.points[3] = test::sample_point("power", 500, 485, 0.02, true);
              }),
              Contains("power at 500 W: fail."));
  EXPECT_THAT(refusals_after([](auto& r) {
                for (auto& point : r.series.points) point.limit_percent.reset();
              }),
              Contains("No point was held against a limit."));
  EXPECT_FALSE(refusals_after([](auto& r) { r.series.points.clear(); }).empty());
}

TEST(CertificateRules, ADueMonthLastsToItsEnd) {
  EXPECT_TRUE(still_valid("2026-11", "2026-11-30"));
  EXPECT_FALSE(still_valid("2026-11", "2026-12-01"));
  EXPECT_TRUE(still_valid("2026-11-05", "2026-11-05"));
  EXPECT_FALSE(still_valid("2026-11-05", "2026-11-06"));
  for (const auto* due : {"", "never", "2026", "2026-1", "05.11.2026", "9999-12-31x"})
    EXPECT_FALSE(still_valid(due, "2026-01-01")) << due;
  EXPECT_FALSE(still_valid("2026-11", ""));
}

TEST_F(UnitReports, AFileThatWasChangedIsNotReported) {
  files.change(unit.attempts.back().attachments.front());
  try {
    build();
    ADD_FAILURE() << "a changed file went into a report";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "report.digest");
  }
}

TEST_F(UnitReports, AFileThatIsNoCalibrationIsAFault) {
  unit.attempts.back().attachments = {files.keep(metrology::calibration_file("as_left"), "{}")};
  try {
    build();
    ADD_FAILURE() << "it was understood";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "report.calibration");
  }
}

TEST_F(UnitReports, ARetriedSeriesReplacesTheEarlierOneAndBothStayInTheRecord) {
  auto again = unit.attempts.back();
  again.attempt = 2;
  again.attachments = {
      files.keep(metrology::calibration_file("as_left"),
                 metrology::to_json(test::sample_series("as_left", 0.002, {1580, 3554, 10090})))};
  unit.attempts.push_back(again);
  const auto report = build();
  EXPECT_EQ(report.find("as_left")->series.constants.power, 10090);
  EXPECT_EQ(report.series.size(), 3U);
  EXPECT_TRUE(report.series[1].superseded);
}

TEST_F(UnitReports, TheSameRecordGivesTheSameBytesWhereverItsFilesLie) {
  const auto one = build();
  for (auto& attempt : unit.attempts)
    for (auto& file : attempt.attachments) {
      const auto bytes = files.reader()(file);
      file = files.keep(file.name, std::string(bytes.begin(), bytes.end()));
    }
  const auto other = build();
  EXPECT_EQ(unit_json(one), unit_json(other));
  EXPECT_EQ(unit_html(one), unit_html(other));
  EXPECT_EQ(samples_csv(one), samples_csv(other));
  EXPECT_THAT(unit_html(one), Not(HasSubstr("/somewhere/")));
}

TEST_F(UnitReports, TheJsonHoldsTheRecordUnrounded) {
  const auto report = build();
  const auto document = nlohmann::json::parse(unit_json(report));
  EXPECT_EQ(document["unit"]["verdict"], "pass");
  EXPECT_EQ(document["certificate"]["granted"], true);
  EXPECT_EQ(document["facts"]["mac"], "A4:CF:12:00:00:01");
  EXPECT_EQ(document["attempts"].size(), 4U);
  const auto& point = document["series"][1]["calibration"]["series"]["points"][0];
  EXPECT_EQ(point["plug"].get<double>(), report.series[1].calibration.series.points[0].plug);
  EXPECT_EQ(point["samples"].size(), 12U);
}

TEST_F(UnitReports, SamplesAreALineEach) {
  const auto csv = samples_csv(build());
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 2 * 9 * 12);
  EXPECT_THAT(csv, HasSubstr("\"as_left\",1,\"power\",\"W\",2000,"));
}

TEST_F(UnitReports, TheRuleOnThePageIsTheOneOfThePointsThatWereJudged) {
  auto record = test::sample_series("as_left", 0.001, {1580, 3554, 10080});
  // Readings that nobody judged come first.
  std::rotate(record.series.points.begin(), record.series.points.begin() + 1,
              record.series.points.end());
  ASSERT_FALSE(record.series.points.front().limit_percent);
  unit.attempts.back().attachments = {
      files.keep(metrology::calibration_file("as_left"), metrology::to_json(record))};
  EXPECT_THAT(unit_html(build()), HasSubstr("Guarded acceptance"));
}

TEST_F(UnitReports, ARefusedUnitSaysSoInPlainWords) {
  EXPECT_THAT(unit_html(build()), Not(HasSubstr("NOT A CERTIFICATE")));
  unit.verdict = Verdict::error;
  const auto page = unit_html(build());
  EXPECT_THAT(page, HasSubstr("NOT A CERTIFICATE"));
  EXPECT_THAT(page, HasSubstr("RIG FAULT"));
  EXPECT_THAT(page, Not(HasSubstr("Calibration certificate")));
}

TEST_F(UnitReports, WhatWasSimulatedSaysSoAheadOfEverything) {
  EXPECT_THAT(unit_html(build()), Not(HasSubstr("SIMULATED BENCH")));
  unit.facts["simulated"] = "yes";
  const auto page = unit_html(build());
  const auto notice = page.find("SIMULATED BENCH");
  ASSERT_NE(notice, std::string::npos);
  EXPECT_LT(notice, page.find("id=\"certificate\""));
}

TEST_F(UnitReports, AUnitThatWasOnlyFlashedHasAReportToo) {
  unit.attempts.resize(1);
  const auto page = unit_html(build());
  EXPECT_THAT(page, HasSubstr("flash.write"));
  EXPECT_THAT(page, Not(HasSubstr("<svg")));
}

TEST_F(UnitReports, HostileTextsAreShownAndDoNothing) {
  const std::string attack =
      "</td><script>alert(1)</script><img src=x onerror='alert(\"2\")'>{{mac}}";
  unit.facts["mac"] = attack;
  unit.facts["operator"] = attack;
  unit.facts[attack] = attack;
  unit.slot = attack;
  unit.sequence = attack;
  auto& attempt = unit.attempts.front();
  attempt.step = attack;
  attempt.said = {attack, std::string("\xFF\xFE\x01 bytes", 9)};
  attempt.fault_id = attack;
  attempt.happened = attack;
  attempt.attachments.push_back({attack, attack, "p", std::string(64, 'b'), 1, true});
  auto hostile = test::sample_series("as_left", 0.001, {1, 2, 3});
  hostile.reference.model = attack;
  hostile.series.points[0].uncertainty.budget[0].name = attack;
  unit.attempts.back().attachments = {
      files.keep(metrology::calibration_file("as_left"), metrology::to_json(hostile))};
  const auto report = build();
  const auto page = unit_html(report);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_TRUE(nlohmann::json::accept(unit_json(report)));
}

TEST(Display, NumbersAreCutToTheirUncertainty) {
  auto point = test::sample_point("power", 500, 485, 0.0012, true);
  point.plug = 485.5829;
  point.reference = 485.0011;
  point.error_percent = 0.11996;
  point.uncertainty.expanded = 0.1543;
  const auto text = text_of(point);
  EXPECT_EQ(text.error, "+0.12 %");
  EXPECT_EQ(text.expanded, "0.16 %") << "GUM 7.2.6: not rounded down where it matters";
  EXPECT_EQ(text.plug, "485.58");
  EXPECT_EQ(text.limit, "± 1 %");
  EXPECT_EQ(text.load, "500 W");
}

TEST(Display, WithoutLoadEverythingIsInItsUnit) {
  auto point = test::sample_point("power", 500, 485, 0, true);
  point.nominal_W = 0;
  point.plug = 0.3;
  point.reference = 0.0;
  point.error_percent = 0;
  point.uncertainty.expanded = 0.12;
  const auto text = text_of(point);
  EXPECT_EQ(text.error, "+0.30 W");
  EXPECT_EQ(text.load, "no load");
  point.uncertainty.expanded = 0;
  EXPECT_EQ(text_of(point).expanded, "– W");
}

TEST(CleanText, IsValidAndEscaped) {
  EXPECT_EQ(html_escaped("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
  EXPECT_EQ(clean_text(std::string("a\0b\x1B", 4)), "a?b?");
  EXPECT_EQ(clean_text("\xFFx"), "\xEF\xBF\xBDx");
}

}  // namespace
}  // namespace plugrig
