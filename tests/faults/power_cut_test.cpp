// The power goes at any moment, on a disk that keeps what was synced and any part of the rest.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "rig/record/sqlite.hpp"
#include "rig/record/store.hpp"
#include "tests/faults/power_cut_vfs.hpp"
#include "tests/unit/record/sample_records.hpp"

namespace plugrig {
namespace {

constexpr int kUnits = 4;
constexpr int kSteps = 3;
const std::string kFile = "/records.sqlite";

/// What calls of the store had returned for when the power went.
struct Promised {
  bool run = false;
  int begun = 0;
  int attempts = 0;  ///< of all units, in order
  int facts = 0;
  int finished = 0;
};

AttemptRecord attempt_of(int unit, int step) {
  AttemptRecord attempt = test::sample_attempt(step, 1, Verdict::pass);
  attempt.slot = "F1";
  attempt.said = {fmt::format("unit {} step {}", unit, step), std::string(1500, 's')};
  Measurement measurement;
  measurement.id = "power";
  measurement.value = unit * 10 + step;
  measurement.samples = {1.0 * unit, 1.0 * step};
  attempt.measurements = {measurement};
  return attempt;
}

std::string unit_name(int unit) { return fmt::format("unit-{}", unit); }

UnitStart start_of(const std::string& run, int unit) {
  UnitStart start;
  start.unit_id = unit_name(unit);
  start.run_id = run;
  start.slot = "F1";
  for (int step = 0; step < kSteps; ++step) start.required.push_back({step, "flash", "s"});
  return start;
}

/// Records a run until the store fails; `promised` then says how far it came.
void record(RecordStore& store, Promised& promised) {
  const std::string run = store.begin_run(test::sample_run());
  promised.run = true;
  for (int unit = 0; unit < kUnits; ++unit) {
    store.begin_unit(start_of(run, unit));
    ++promised.begun;
    store.set_fact(unit_name(unit), "mac", fmt::format("mac {}", unit));
    ++promised.facts;
    for (int step = 0; step < kSteps; ++step) {
      store.append_attempt(unit_name(unit), attempt_of(unit, step));
      ++promised.attempts;
    }
    store.finish_unit(unit_name(unit), test::ended(Verdict::pass, true));
    ++promised.finished;
  }
  store.end_run(run, {1'767'225'700'000});
}

/// The fault that ended the recording, or "none".
std::string record_until_fault(const test::PowerCutDisk& disk, Promised& promised) {
  return test::fault_of([&] {
    RecordStore store(kFile, {.vfs = disk.name()});
    record(store, promised);
  });
}

void expect_whole(const test::PowerCutDisk& disk) {
  sqlite::Database database(kFile, sqlite::Access::write, std::chrono::seconds{1}, disk.name());
  auto check = database.prepare("PRAGMA integrity_check");
  ASSERT_TRUE(check.step());
  EXPECT_EQ(check.text(0), "ok");
}

/// An attempt reads back as it was written, or is not there.
void expect_as_written(const UnitRecord& record, int unit) {
  for (std::size_t i = 0; i < record.attempts.size(); ++i) {
    const auto wanted = attempt_of(unit, static_cast<int>(i));
    EXPECT_EQ(record.attempts[i].said, wanted.said);
    EXPECT_EQ(record.attempts[i].slot, "F1");
    ASSERT_EQ(record.attempts[i].measurements.size(), 1U);
    EXPECT_EQ(record.attempts[i].measurements[0].samples, wanted.measurements[0].samples);
  }
}

/// Everything that was promised is there, and nothing but the call that the power went in besides.
void expect_kept(const RecordStore& store, const Promised& promised) {
  const auto runs = store.runs();
  EXPECT_GE(runs.size(), promised.run ? 1U : 0U);
  EXPECT_LE(runs.size(), 1U);
  if (runs.empty()) return;
  const auto units = store.units_of(runs.front().run_id);
  int attempts = 0;
  int facts = 0;
  int finished = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    attempts += static_cast<int>(units[i].attempts.size());
    facts += static_cast<int>(units[i].facts.size());
    if (units[i].ended) ++finished;
    if (units[i].verdict == Verdict::pass) {
      EXPECT_EQ(units[i].attempts.size(), static_cast<std::size_t>(kSteps));
    }
    expect_as_written(units[i], static_cast<int>(i));
  }
  const auto expect_within = [](int found, int kept, const char* what) {
    EXPECT_GE(found, kept) << what;
    EXPECT_LE(found, kept + 1) << what;
  };
  expect_within(static_cast<int>(units.size()), promised.begun, "units");
  expect_within(attempts, promised.attempts, "attempts");
  expect_within(facts, promised.facts, "facts");
  expect_within(finished, promised.finished, "verdicts");
}

int whole_recording() {
  test::PowerCutDisk disk("power-cut-whole");
  Promised promised;
  EXPECT_EQ(record_until_fault(disk, promised), "none");
  EXPECT_EQ(promised.finished, kUnits);
  return disk.operations();
}

int rounds(int usual) { return std::getenv("PLUGRIG_LONG") != nullptr ? usual * 25 : usual; }

TEST(PowerCut, LosesNothingThatACallHadReturnedFor) {
  const int operations = whole_recording();
  ASSERT_GT(operations, 50);
  std::mt19937_64 chance(11);
  int interrupted = 0;
  for (int round = 0; round < rounds(200); ++round) {
    SCOPED_TRACE(round);
    test::PowerCutDisk disk("power-cut");
    disk.cut_at(1 + static_cast<int>(chance() % static_cast<unsigned>(operations)));
    Promised promised;
    if (record_until_fault(disk, promised) != "none") ++interrupted;
    disk.restart(chance);
    {
      const RecordStore store(kFile, {.vfs = disk.name()});
      expect_kept(store, promised);
    }
    expect_whole(disk);
    // And it can be written to again.
    RecordStore again(kFile, {.vfs = disk.name()});
    EXPECT_EQ(test::fault_of([&] { again.begin_run(test::sample_run()); }), "none");
  }
  EXPECT_GT(interrupted, rounds(200) / 2);
}

/// Power that goes again while the store is opened after a cut.
TEST(PowerCut, MayComeAgainWhileTheStoreIsOpened) {
  const int operations = whole_recording();
  std::mt19937_64 chance(12);
  for (int round = 0; round < rounds(60); ++round) {
    SCOPED_TRACE(round);
    test::PowerCutDisk disk("power-cut-again");
    disk.cut_at(1 + static_cast<int>(chance() % static_cast<unsigned>(operations)));
    Promised promised;
    record_until_fault(disk, promised);
    for (int again = 0; again < 3; ++again) {
      disk.restart(chance);
      disk.cut_at(1 + static_cast<int>(chance() % 6));
      // Whether it opens before the power goes is chance; it must not harm anything.
      test::fault_of([&] { const RecordStore store(kFile, {.vfs = disk.name()}); });
    }
    disk.restart(chance);
    const RecordStore store(kFile, {.vfs = disk.name()});
    expect_kept(store, promised);
  }
}

class FailingDisk : public testing::TestWithParam<std::pair<int, const char*>> {};

/// A disk that is full, or broken, from any write on; with room again the store goes on.
TEST_P(FailingDisk, IsAFaultAndNothingIsInvented) {
  const auto [code, fault] = GetParam();
  const int operations = whole_recording();
  std::mt19937_64 chance(13);
  for (int round = 0; round < rounds(40); ++round) {
    SCOPED_TRACE(round);
    test::PowerCutDisk disk("failing-disk");
    Promised promised;
    {
      // The store is there already; its disk fails later.
      const RecordStore created(kFile, {.vfs = disk.name()});
    }
    disk.fail_from(1 + static_cast<int>(chance() % static_cast<unsigned>(operations / 2)), code);
    EXPECT_EQ(record_until_fault(disk, promised), fault);
    disk.fail_from(1, 0);
    const RecordStore store(kFile, {.vfs = disk.name()});
    expect_kept(store, promised);
  }
}

INSTANTIATE_TEST_SUITE_P(Codes, FailingDisk,
                         testing::Values(std::pair{SQLITE_FULL, "store.full"},
                                         std::pair{SQLITE_IOERR_WRITE, "store.io"},
                                         std::pair{SQLITE_IOERR_FSYNC, "store.io"}));

/// The disk is what the test takes it for: without a sync nothing is promised.
TEST(PowerCutDisk, ForgetsWhatWasNotSynced) {
  std::mt19937_64 chance(14);
  int lost = 0;
  for (int round = 0; round < 50; ++round) {
    test::PowerCutDisk disk("forgetful");
    {
      sqlite::Database database(kFile, sqlite::Access::write, std::chrono::seconds{1}, disk.name());
      database.execute("PRAGMA journal_mode = WAL");
      database.execute("PRAGMA synchronous = OFF");
      database.execute("CREATE TABLE t (x)");
      for (int i = 0; i < 5; ++i) database.execute("INSERT INTO t VALUES (randomblob(3000))");
      disk.cut_at(1);
    }
    disk.restart(chance);
    int rows = 0;
    test::fault_of([&] {
      sqlite::Database database(kFile, sqlite::Access::write, std::chrono::seconds{1}, disk.name());
      auto count = database.prepare("SELECT count(*) FROM t");
      if (count.step()) rows = count.small(0);
    });
    if (rows < 5) ++lost;
  }
  EXPECT_GT(lost, 25);
}

}  // namespace
}  // namespace plugrig
