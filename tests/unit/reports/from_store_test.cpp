#include <gtest/gtest.h>

#include <filesystem>

#include "rig/record/store.hpp"
#include "tests/unit/reports/sample_report.hpp"

namespace plugrig {
namespace {

namespace fs = std::filesystem;

/// A record written by one program and reported by another, from the store alone.
class ReportFromStore : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Writes the sample unit into a new store and gives its id.
  static std::string write(const fs::path& file) {
    test::SampleFiles files;
    auto unit = test::sample_unit(files);
    RecordStore store(file);
    UnitStart start;
    start.run_id = store.begin_run({"gosund-ep2", "demo", "plugrig 0.1.0", unit.started});
    start.unit_id = start.run_id + "-M1-1";
    start.slot = unit.slot;
    start.started = unit.started;
    for (const auto& attempt : unit.attempts)
      start.required.push_back({attempt.step_index, attempt.stage, attempt.step});
    store.begin_unit(start);
    for (const auto& [name, value] : unit.facts) store.set_fact(start.unit_id, name, value);
    for (auto& attempt : unit.attempts) {
      for (auto& file_of : attempt.attachments)
        file_of = store.keep_file(start.unit_id, file_of.name, file_of.media_type,
                                  files.reader()(file_of), false);
      store.append_attempt(start.unit_id, attempt);
    }
    store.finish_unit(start.unit_id, {Verdict::pass, true, *unit.ended});
    return start.unit_id;
  }

  static UnitReport report(const fs::path& file, const std::string& unit_id) {
    const RecordStore store(file, {.read_only = true});
    return build_unit_report(store.unit(unit_id), read_attachment, {"plugrig 0.1.0", ""});
  }

  /// Tests run side by side: each has a folder of its own.
  fs::path folder_ = fs::path(::testing::TempDir()) /
                     (std::string("report-from-store-") +
                      ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ReportFromStore, IsTheSameToTheByteWheneverAndWhereverItIsRebuilt) {
  const auto file = folder_ / "records.db";
  const auto id = write(file);
  const auto first = report(file, id);
  EXPECT_TRUE(first.refusals.empty()) << first.refusals.front();
  ASSERT_EQ(first.series.size(), 2U);
  // Somebody moves the whole store.
  const auto elsewhere = folder_ / "archive";
  fs::create_directories(elsewhere);
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.path() != elsewhere) fs::rename(entry.path(), elsewhere / entry.path().filename());
  const auto again = report(elsewhere / "records.db", id);
  EXPECT_EQ(unit_json(first), unit_json(again));
  EXPECT_EQ(unit_html(first), unit_html(again));
  EXPECT_EQ(samples_csv(first), samples_csv(again));
}

TEST_F(ReportFromStore, AnAttachmentThatIsGoneIsAFaultAndNoReport) {
  const auto file = folder_ / "records.db";
  const auto id = write(file);
  for (const auto& entry : fs::recursive_directory_iterator(folder_))
    if (entry.path().filename() == "calibration-as_left.json") {
      fs::remove(entry.path());
      break;
    }
  EXPECT_THROW(report(file, id), Fault);
}

}  // namespace
}  // namespace plugrig
