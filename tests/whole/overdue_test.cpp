// What was measured stays, and no certificate is given, when the reference or the clock cannot be
// trusted.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/unit_report.hpp"
#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {
namespace {

const std::string kGoodCertificate =
    "certificate: T-1\n"
    "laboratory: Test Laboratory\n"
    "calibrated: 2026-01-15\n"
    "due: 2027-01-31\n"
    "corrections:\n"
    "  voltage: {correction: 0 %, expanded_uncertainty: 0.02 %}\n"
    "  current: {correction: 0 %, expanded_uncertainty: 0.03 %}\n"
    "  power:   {correction: 0 %, expanded_uncertainty: 0.04 %}\n";

constexpr UtcTime kChristmas{1'798'156'800'000};  // 2026-12-25

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::logic_error("no " + what);
  return text.replace(at, what.size(), with);
}

/// One load point measured as left, on a plug that is off as it comes: the limits are wide.
class Overdue : public testing::Test {
 protected:
  UnitRecord measure(const std::string& certificate, UtcTime start = kChristmas) {
    MainsBench bench;
    bench.certificate =
        certificate.empty()
            ? ""
            : "certificate: " + folder_.file("certificate.yaml", certificate) + ", ";
    SimulatedRun run;
    run.bench_file = folder_.file("bench.yaml", text_of(bench));
    run.sequence_file = folder_.file(
        "sequence.yaml", mains_sequence({"plug.join:",
                                         "power.as_left: {points: [500 W], no_load: false, "
                                         "limits: ± 30 %}"}));
    run.store_file = folder_.path() / "records.sqlite";
    run.start = start;
    begin_configured(run);
    result_ = run_simulated(run);
    EXPECT_EQ(result_.problems, "");
    expect_safe(result_);
    return RecordStore(run.store_file).last_units(1).at(0);
  }

  void expect_measured_and_not_certified(const UnitRecord& unit, const std::string& fault) {
    EXPECT_NE(unit.verdict, Verdict::pass);
    const auto* attempt = attempt_of(unit, "power.as_left");
    ASSERT_NE(attempt, nullptr);
    EXPECT_EQ(attempt->verdict, Verdict::error);
    EXPECT_EQ(attempt->fault_id, fault);
    ASSERT_EQ(attempt->measurements.size(), 3U);
    for (const auto& measurement : attempt->measurements) EXPECT_FALSE(measurement.samples.empty());
    const auto report = build_unit_report(unit, read_attachment);
    EXPECT_FALSE(report.refusals.empty());
    EXPECT_NE(report.find("as_left"), nullptr);
  }

  const TestFolder folder_{"overdue"};
  SimulatedResult result_;
};

TEST_F(Overdue, ARunOnTheLastDayIsCertified) {
  const UtcTime last_day{1'801'350'000'000};  // 2027-01-31T07:00:00Z
  const auto unit = measure(kGoodCertificate, last_day);
  EXPECT_EQ(unit.verdict, Verdict::pass);
  EXPECT_EQ(result_.run.exit_code, 0);
  EXPECT_EQ(build_unit_report(unit, read_attachment).refusals, std::vector<std::string>{});
}

TEST_F(Overdue, AReferenceThatIsOverdueCertifiesNothing) {
  const auto unit = measure(replaced(kGoodCertificate, "2027-01-31", "2026-12-20"));
  expect_measured_and_not_certified(unit, "certificate.reference_overdue");
  EXPECT_EQ(attempt_of(unit, "power.as_left")->blame, "instrument");
  EXPECT_EQ(result_.run.exit_code, 3);
}

TEST_F(Overdue, AReferenceThatFallsDueDuringTheRunCertifiesNothing) {
  // 2027-01-31T23:59:55 where local time is UTC.
  const UtcTime just_before_midnight{1'801'439'995'000};
  setenv("TZ", "UTC", 1);
  tzset();
  const auto unit = measure(kGoodCertificate, just_before_midnight);
  expect_measured_and_not_certified(unit, "certificate.reference_overdue");
}

TEST_F(Overdue, AReferenceWithoutCertificateCertifiesNothing) {
  expect_measured_and_not_certified(measure(""), "certificate.reference_overdue");
}

TEST_F(Overdue, ACertificateWithoutDateCertifiesNothing) {
  const auto undated = replaced(kGoodCertificate, "due: 2027-01-31\n", "");
  expect_measured_and_not_certified(measure(undated), "certificate.reference_overdue");
}

TEST_F(Overdue, AClockBehindTheLastRecordCertifiesNothing) {
  ASSERT_EQ(measure(kGoodCertificate).verdict, Verdict::pass);
  const auto unit = measure(kGoodCertificate, {kChristmas.unix_ms - 3'600'000});
  expect_measured_and_not_certified(unit, "certificate.clock_behind");
  EXPECT_EQ(attempt_of(unit, "power.as_left")->blame, "host");
  // Once the clock is right again, so are the certificates.
  EXPECT_EQ(measure(kGoodCertificate, {kChristmas.unix_ms + 3'600'000}).verdict, Verdict::pass);
}

}  // namespace
}  // namespace plugrig::whole
