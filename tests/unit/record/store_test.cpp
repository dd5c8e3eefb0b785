#include "rig/record/store.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "rig/record/schema.hpp"
#include "rig/record/sqlite.hpp"
#include "tests/unit/record/sample_records.hpp"
#include "tests/unit/record/temp_folder.hpp"

namespace plugrig {
namespace {

using test::begin_sample_unit;
using test::ended;
using test::fault_of;
using test::sample_attempt;
using test::sample_run;

class Store : public testing::Test {
 protected:
  test::TempFolder folder_;
  RecordStore store_{folder_ / "runs.db"};
  std::string run_ = store_.begin_run(sample_run());

  /// The one value that `sql` gives in a connection of its own, as the sqlite3 shell would.
  std::string ask(const std::string& sql) {
    sqlite::Database shell(folder_ / "runs.db", sqlite::Access::read, std::chrono::seconds{1});
    sqlite::Statement row = shell.prepare(sql);
    return row.step() ? row.text(0) : "no row";
  }
};

AttemptRecord full_attempt() {
  AttemptRecord attempt = sample_attempt(0, 1, Verdict::fail);
  attempt.evidence = {{"boot text", "line 1\nline 2"}, {"register", "0x1"}};
  attempt.said = {"Writing.", "", "ü"};
  Measurement m;
  m.id = "flash.write.rate";
  m.condition = "230 V";
  m.value = 12.5;
  m.expanded_uncertainty = 0.25;
  m.unit = "B/s";
  m.low = 20.0;
  m.verdict = Verdict::fail;
  m.instrument = "clock";
  m.samples = {12.0, 13.0};
  attempt.measurements = {m};
  return attempt;
}

TEST_F(Store, ReadsBackWhatWasWritten) {
  const std::string id = begin_sample_unit(store_, run_, 1);
  store_.set_fact(id, "mac", "old");
  store_.set_fact(id, "mac", "A4:CF:12:34:56:78");
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  AttemptRecord attempt = full_attempt();
  attempt.attachments.push_back(store_.keep_file(id, "flash.bin", "application/x", bytes, true));
  store_.append_attempt(id, attempt);
  store_.finish_unit(id, ended(Verdict::fail));

  const UnitRecord unit = RecordStore(folder_ / "runs.db", {.read_only = true}).unit(id);
  EXPECT_EQ(unit.run_id, run_);
  EXPECT_EQ(unit.slot, "F1");
  EXPECT_EQ(unit.sequence, "gosund-ep2");
  EXPECT_EQ(unit.bench, "line-2");
  EXPECT_EQ(unit.verdict, Verdict::fail);
  EXPECT_FALSE(unit.first_pass);
  EXPECT_EQ(unit.started, (UtcTime{1'767'225'600'500}));
  EXPECT_EQ(unit.ended, (UtcTime{1'767'225'660'000}));
  EXPECT_EQ(unit.facts.at("mac"), "A4:CF:12:34:56:78");
  ASSERT_EQ(unit.attempts.size(), 1U);
  const AttemptRecord& read = unit.attempts.front();
  EXPECT_EQ(read.verdict, Verdict::fail);
  EXPECT_EQ(read.took_s, 1.25);
  EXPECT_EQ(read.fault_id, "test.fault");
  EXPECT_EQ(read.said, attempt.said);
  ASSERT_EQ(read.evidence.size(), 2U);
  EXPECT_EQ(read.evidence[0].text, "line 1\nline 2");
  ASSERT_EQ(read.measurements.size(), 1U);
  EXPECT_EQ(read.measurements[0].value, 12.5);
  EXPECT_EQ(read.measurements[0].expanded_uncertainty, 0.25);
  EXPECT_EQ(read.measurements[0].low, 20.0);
  EXPECT_EQ(read.measurements[0].high, std::nullopt);
  EXPECT_EQ(read.measurements[0].samples, (std::vector<double>{12.0, 13.0}));
  ASSERT_EQ(read.attachments.size(), 1U);
  EXPECT_EQ(read.attachments[0].path, attempt.attachments[0].path);
  EXPECT_EQ(read.attachments[0].bytes, 3U);
  EXPECT_EQ(read.attachments[0].sha256,
            "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81");
  EXPECT_TRUE(read.attachments[0].sensitive);
}

TEST_F(Store, IsWalAndFullySynchronous) {
  EXPECT_EQ(ask("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(ask("PRAGMA user_version"), std::to_string(sqlite::kSchemaVersion));
}

TEST_F(Store, AUnitThatWasNeverFinishedIsAborted) {
  const std::string id = begin_sample_unit(store_, run_, 1);
  store_.append_attempt(id, sample_attempt(0, 1, Verdict::pass));
  const UnitRecord unit = store_.unit(id);
  EXPECT_EQ(unit.verdict, Verdict::aborted);
  EXPECT_EQ(unit.ended, std::nullopt);
  EXPECT_EQ(ask("SELECT verdict || finished FROM unit_summary"), "aborted0");
}

TEST_F(Store, SummaryTellsTheReason) {
  const std::string id = begin_sample_unit(store_, run_, 2);
  store_.set_fact(id, "mac", "A4");
  store_.append_attempt(id, sample_attempt(0, 1, Verdict::error));
  store_.append_attempt(id, sample_attempt(0, 2, Verdict::pass));
  store_.append_attempt(id, sample_attempt(1, 1, Verdict::fail));
  store_.finish_unit(id, ended(Verdict::fail));
  EXPECT_EQ(ask("SELECT slot || ' ' || mac || ' ' || verdict || ' ' || step || ' ' || steps_passed"
                " || '/' || steps_required || ' ' || took_s || ' ' || blame FROM unit_summary"),
            "F1 A4 fail step.1 1/2 59.5 unit");
  EXPECT_EQ(ask("SELECT count(*) FROM attempt_log"), "3");
}

TEST_F(Store, ListsUnitsAndRuns) {
  begin_sample_unit(store_, run_, 1, "F1");
  begin_sample_unit(store_, run_, 1, "F2");
  const std::string second = store_.begin_run(sample_run());
  begin_sample_unit(store_, second, 1, "F1");
  EXPECT_NE(run_, second);
  EXPECT_EQ(store_.units_of(run_).size(), 2U);
  const std::vector<UnitRecord> last = store_.last_units(2);
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].slot, "F2");
  EXPECT_EQ(last[1].run_id, second);
  ASSERT_EQ(store_.runs().size(), 2U);
  EXPECT_EQ(store_.runs()[0].units, 2);
  EXPECT_EQ(store_.runs()[0].run_id, "20260101-000000-0001");
}

TEST_F(Store, TakesEntriesFromSeveralThreads) {
  constexpr int slots = 4;
  constexpr int steps = 10;
  std::vector<std::string> faults(slots);
  {
    std::vector<std::jthread> threads;
    for (int slot = 0; slot < slots; ++slot) {
      threads.emplace_back([&, slot] {
        faults[static_cast<std::size_t>(slot)] = fault_of([&] {
          const std::string id = begin_sample_unit(store_, run_, steps, "F" + std::to_string(slot));
          for (int i = 0; i < steps; ++i) {
            store_.append_attempt(id, sample_attempt(i, 1, Verdict::pass));
          }
          store_.finish_unit(id, ended(Verdict::pass, true));
        });
      });
    }
  }
  EXPECT_EQ(faults, std::vector<std::string>(slots, "none"));
  for (const UnitRecord& unit : store_.units_of(run_)) {
    EXPECT_EQ(unit.verdict, Verdict::pass);
    EXPECT_EQ(unit.attempts.size(), static_cast<std::size_t>(steps));
  }
}

TEST_F(Store, KnowsItsNewestTime) {
  EXPECT_EQ(store_.last_recorded(), sample_run().started);
  const std::string unit = begin_sample_unit(store_, run_, 1);
  EXPECT_EQ(store_.last_recorded(), UtcTime{1'767'225'600'500});
  store_.append_attempt(unit, sample_attempt(0, 1, Verdict::pass));
  EXPECT_EQ(store_.last_recorded(), UtcTime{1'767'225'602'250});
}

TEST(EmptyStore, HasNoNewestTime) {
  const test::TempFolder folder;
  RecordStore store(folder / "runs.db");
  EXPECT_FALSE(store.last_recorded());
}

}  // namespace
}  // namespace plugrig
