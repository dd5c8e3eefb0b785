#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "rig/record/schema.hpp"
#include "rig/record/sqlite.hpp"
#include "rig/record/store.hpp"
#include "tests/unit/record/sample_records.hpp"
#include "tests/unit/record/temp_folder.hpp"

namespace plugrig {
namespace {

const std::string kPassed = "20260101-000000-0001-F1-1";
const std::string kBrokenOff = "20260101-000000-0001-F2-2";

/// A store as the program before wrote it.
class FormatOne : public testing::Test {
 protected:
  FormatOne() {
    std::ifstream stream(std::string(PLUGRIG_TEST_DATA) + "/format_1.sql");
    std::ostringstream text;
    text << stream.rdbuf();
    sqlite::Database(file_, sqlite::Access::write, std::chrono::seconds{1}).execute(text.str());
  }
  std::int64_t version() {
    return sqlite::Database(file_, sqlite::Access::read, std::chrono::seconds{1})
        .pragma("user_version");
  }

  test::TempFolder folder_;
  std::filesystem::path file_ = folder_ / "runs.db";
};

TEST_F(FormatOne, IsReadAsItIs) {
  const RecordStore store(file_, {.read_only = true});
  const UnitRecord unit = store.unit(kPassed);
  EXPECT_EQ(unit.verdict, Verdict::pass);
  EXPECT_EQ(unit.facts.at("mac"), "48:55:19:00:00:01");
  ASSERT_EQ(unit.attempts.size(), 1U);
  EXPECT_EQ(unit.attempts[0].slot, "");
  EXPECT_TRUE(store.runs().at(0).info.facts.empty());
  EXPECT_EQ(version(), 1) << "reading writes nothing";
}

TEST_F(FormatOne, IsBroughtUpToDateWhenItIsWrittenTo) {
  {
    RecordStore store(file_);
    AttemptRecord attempt = test::sample_attempt(0, 1, Verdict::pass);
    attempt.slot = "M1";
    store.append_attempt(kBrokenOff, attempt);
    RunInfo info = test::sample_run();
    info.facts = {{"sequence_sha256", "abc"}};
    store.begin_run(info);
  }
  EXPECT_EQ(version(), sqlite::kSchemaVersion);
  const RecordStore store(file_);
  EXPECT_EQ(store.unit(kPassed).verdict, Verdict::pass);
  EXPECT_EQ(store.unit(kPassed).attempts.at(0).slot, "");
  EXPECT_EQ(store.unit(kBrokenOff).attempts.at(0).slot, "M1");
  const auto runs = store.runs();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_TRUE(runs[0].ended);
  EXPECT_FALSE(runs[1].ended);
  EXPECT_EQ(runs[1].info.facts.at("sequence_sha256"), "abc");
}

TEST_F(FormatOne, KeepsItsRulesAfterwards) {
  RecordStore store(file_);
  EXPECT_EQ(test::fault_of(
                [&] { store.append_attempt(kPassed, test::sample_attempt(0, 2, Verdict::pass)); }),
            "store.refused")
      << "the unit has its verdict already";
  EXPECT_EQ(test::fault_of([&] { store.finish_unit(kBrokenOff, test::ended(Verdict::pass)); }),
            "store.refused")
      << "PASS without its step";
}

TEST(RunFacts, AreNeverChanged) {
  const test::TempFolder folder;
  const std::filesystem::path file = folder / "runs.db";
  {
    RecordStore store(file);
    RunInfo info = test::sample_run();
    info.facts = {{"bench_sha256", "abc"}};
    store.begin_run(info);
  }
  sqlite::Database database(file, sqlite::Access::write, std::chrono::seconds{1});
  EXPECT_EQ(test::fault_of([&] { database.execute("UPDATE run_fact SET value = 'def'"); }),
            "store.refused");
}

}  // namespace
}  // namespace plugrig
