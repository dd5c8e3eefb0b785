#include "reports/batch_summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/reports/batch_units.hpp"
#include "tests/unit/reports/command_output.hpp"

namespace plugrig {
namespace {

namespace fs = std::filesystem;

using test::broken_unit;
using test::passed_unit;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Yield, OnlyPlugsThatWereJudgedCountAndOnlyOnce) {
  YieldCount yield;
  EXPECT_FALSE(yield.first_pass_yield());
  yield.add({"A", Verdict::error, false, true, "contact"});
  EXPECT_FALSE(yield.first_pass_yield()) << "a contact is no plug's fault";
  yield.add({"A", Verdict::pass, true, true, ""});
  EXPECT_DOUBLE_EQ(yield.first_pass_yield().value(), 1);
  yield.add({"B", Verdict::fail, false, true, "unit"});
  yield.add({"B", Verdict::pass, true, true, ""});
  EXPECT_DOUBLE_EQ(yield.first_pass_yield().value(), 0.5) << "a second test changes nothing";
  yield.add({"C", Verdict::pass, false, true, ""});
  EXPECT_DOUBLE_EQ(yield.first_pass_yield().value(), 1.0 / 3) << "after a retry";
  yield.add({"D", Verdict::pass, true, false, ""});
  EXPECT_EQ(yield.judged(), 3) << "not recorded";
  EXPECT_EQ(yield.records(), 6);
  EXPECT_EQ(yield.pass(), 3);
}

TEST(Batch, CountsVerdictsAndBlames) {
  const auto summary = summarise_batch(test::batch_of_64());
  EXPECT_EQ(summary.yield.records(), 64);
  EXPECT_EQ(summary.by_verdict.at("RIG FAULT").at("contact"), 4);
  EXPECT_EQ(summary.by_verdict.at("RIG FAULT").at("instrument"), 1);
  EXPECT_EQ(summary.by_verdict.at("FAIL").at("unit"), 2);
  EXPECT_EQ(summary.by_verdict.at("STOPPED").at(""), 1);
  EXPECT_EQ(summary.by_verdict.at("PASS").at(""), 56);
  EXPECT_EQ(summary.yield.judged(), 58);
  EXPECT_NEAR(summary.yield.first_pass_yield().value(), 56.0 / 58, 1e-12);
}

TEST(Batch, ParetoIsInOrderAndAddsUpToAll) {
  const auto summary = summarise_batch(test::batch_of_64());
  ASSERT_EQ(summary.pareto.size(), 3U) << "a stop is no fault";
  EXPECT_EQ(summary.pareto[0].fault_id, "esp.sync.silent");
  EXPECT_EQ(summary.pareto[0].count, 4);
  EXPECT_EQ(summary.pareto[1].fault_id, "esp.verify.mismatch");
  EXPECT_DOUBLE_EQ(summary.pareto[0].share, 4.0 / 7);
  EXPECT_NEAR(summary.pareto.back().cumulative, 1, 1e-12);
}

TEST(Batch, RateIsOverTheWholeTime) {
  const auto summary = summarise_batch(test::batch_of_64());
  EXPECT_NEAR(summary.duration_s.value(), 63 * 60 + 50, 1e-9);
  EXPECT_NEAR(summary.units_per_hour.value(), 64 * 3600.0 / (63 * 60 + 50), 1e-9);
  EXPECT_FALSE(summarise_batch({}).units_per_hour);
}

TEST(Batch, TheSlotThatReadsMoreIsFound) {
  const auto summary = summarise_batch(test::batch_of_64());
  ASSERT_EQ(summary.bias.size(), 4U);
  for (const auto& bias : summary.bias) EXPECT_EQ(bias.significant, bias.name == "P3") << bias.name;
}

const MeasurementSpread& power(const BatchSummary& summary) {
  for (const auto& spread : summary.measurements)
    if (spread.id == "power.as_left.P") return spread;
  throw std::runtime_error("no power error");
}

TEST(Batch, OfARepeatedStepTheLastAttemptCounts) {
  auto unit = passed_unit(1, "P1", 5);
  auto second = unit.attempts.back();
  second.attempt = 2;
  second.measurements[0].value = 0.5;
  unit.attempts.push_back(second);
  const auto summary = summarise_batch({unit});
  EXPECT_EQ(power(summary).capability.n, 1U);
  EXPECT_EQ(power(summary).capability.mean, 0.5);
  EXPECT_EQ(summary.slots[0].retries, 1);
}

TEST(Batch, LimitsThatDifferCountAtTheirNarrowest) {
  auto a = passed_unit(1, "P1", 0);
  auto b = passed_unit(2, "P1", 0);
  a.attempts.back().measurements[0].high = 0.8;
  b.attempts.back().measurements[0].low = -0.7;
  const auto summary = summarise_batch({a, b});
  EXPECT_EQ(power(summary).low, -0.7);
  EXPECT_EQ(power(summary).high, 0.8);
}

TEST(Batch, SlotsCountWhatHappenedThere) {
  auto moved = passed_unit(1, "F1", 0.1);
  moved.attempts[2].slot = "M1";
  moved.attempts.insert(
      moved.attempts.begin() + 1,
      test::attempt_of(0, "flash.identify", Verdict::error, 1, "esp.sync.silent", "contact"));
  const auto summary = summarise_batch({moved});
  ASSERT_EQ(summary.slots.size(), 2U);
  EXPECT_EQ(summary.slots[0].opened, 1);
  EXPECT_EQ(summary.slots[0].identified, 1);
  EXPECT_EQ(summary.slots[0].first_sync, 0);
  EXPECT_EQ(summary.slots[0].faults, 1);
  EXPECT_EQ(summary.slots[0].transfer_B_per_s, std::vector<double>{65536});
  EXPECT_EQ(summary.bias[0].name, "M1");
}

TEST(BatchPage, NotRecordedIsNeverPass) {
  BatchInfo info;
  info.not_recorded = {"r1-P1-1"};
  const auto summary = summarise_batch({passed_unit(1, "P1", 0.1)}, info);
  EXPECT_EQ(summary.yield.pass(), 0);
  for (const auto& text : {batch_html(summary), batch_csv(summary)})
    EXPECT_THAT(text, HasSubstr("NOT RECORDED"));
  EXPECT_THAT(batch_junit(summary), HasSubstr("<error"));
}

TEST(BatchPage, StatesItsDefinitionThePlanAndWhyThereIsNoCpk) {
  BatchInfo info;
  info.title = "r1";
  info.plan = PlannedBatch{60, 3600, "load path"};
  const auto few = batch_html(summarise_batch({passed_unit(1, "P1", 0.1)}, info));
  EXPECT_THAT(few, AllOf(HasSubstr("First-pass yield:"), HasSubstr("no Cpk: 1 values, 30"),
                         HasSubstr("id=\"plan\""), HasSubstr("60.0")));
  const auto many = batch_html(summarise_batch(test::batch_of_64()));
  EXPECT_THAT(many.substr(many.find("<header>")),
              AllOf(HasSubstr("Cpk "), Not(HasSubstr("id=\"plan\"")),
                    HasSubstr("P3 differs from the others")));
}

/// The three documents, read by programs that others wrote.
class BatchPeers : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  std::string check(const BatchSummary& summary) {
    std::ofstream(folder_ / "batch.html", std::ios::binary) << batch_html(summary);
    std::ofstream(folder_ / "batch.csv", std::ios::binary) << batch_csv(summary);
    std::ofstream(folder_ / "batch.junit.xml", std::ios::binary) << batch_junit(summary);
    return output_of("/usr/bin/python3 '" PLUGRIG_SOURCE_DIR
                     "/tests/unit/reports/check_batch.py' '" +
                     folder_.string() + "'");
  }

  fs::path folder_ =
      fs::path(::testing::TempDir()) /
      (std::string("batch-") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(BatchPeers, CountWhatWasCounted) {
  EXPECT_EQ(check(summarise_batch(test::batch_of_64())),
            "junit 64 tests 2 failures 5 errors 1 skipped\n"
            "csv 64 units 56 PASS\n"
            "html 64 units\n");
}

TEST_F(BatchPeers, FindNothingWrongWithHostileTexts) {
  const std::string attack = "=1+1\"'><script>x</script>\xFF\x02\xEF\xBF\xBF&amp;,\n]]>";
  auto unit = broken_unit(1, attack, Verdict::error, attack, attack);
  unit.facts = {{"mac", attack}, {"retest_of", attack}, {"retest_reason", attack}};
  unit.attempts.back().happened = unit.attempts.back().next = attack;
  unit.attempts.back().measurements = {test::error_at(attack, 0.1)};
  unit.attempts.back().measurements[0].unit = attack;
  BatchInfo info;
  info.title = info.software = attack;
  info.links = {{unit.unit_id, "x/report.html"}};
  EXPECT_EQ(check(summarise_batch({unit}, info)),
            "junit 1 tests 0 failures 1 errors 0 skipped\ncsv 1 units 0 PASS\nhtml 1 units\n");
}

TEST_F(BatchPeers, TakeAnEmptyBatch) {
  EXPECT_EQ(check(summarise_batch({})),
            "junit 0 tests 0 failures 0 errors 0 skipped\ncsv 0 units 0 PASS\nhtml 0 units\n");
}

TEST_F(BatchPeers, ABrowserShowsThePageWithoutAComplaint) {
  check(summarise_batch(test::batch_of_64()));
  const auto out = output_of(
      "timeout 60 chromium-headless-shell --no-sandbox --disable-gpu --disable-dev-shm-usage "
      "--no-first-run --user-data-dir='" +
      (folder_ / "profile").string() + "' --enable-logging=stderr --dump-dom 'file://" +
      (folder_ / "batch.html").string() + "'");
  EXPECT_THAT(out, HasSubstr("id=\"units\""));
  EXPECT_THAT(out, Not(HasSubstr("CONSOLE")));
}

}  // namespace
}  // namespace plugrig
