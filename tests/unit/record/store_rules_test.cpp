// The rules of an honest record: each test tries to break one, by the store's own calls and, as
// anybody with the sqlite3 shell could, past them.
#include <gtest/gtest.h>

#include <cmath>

#include "rig/record/sqlite.hpp"
#include "rig/record/store.hpp"
#include "tests/unit/record/sample_records.hpp"
#include "tests/unit/record/temp_folder.hpp"

namespace plugrig {
namespace {

using test::begin_sample_unit;
using test::ended;
using test::fault_of;
using test::sample_attempt;

class StoreRules : public testing::Test {
 protected:
  test::TempFolder folder_;
  RecordStore store_{folder_ / "runs.db"};
  std::string run_ = store_.begin_run(test::sample_run());
  std::string id_ = begin_sample_unit(store_, run_, 2);

  void attempt(int step, int number, Verdict verdict) {
    store_.append_attempt(id_, sample_attempt(step, number, verdict));
  }
  std::string finish(Verdict verdict, bool first_pass = false) {
    return fault_of([&] { store_.finish_unit(id_, ended(verdict, first_pass)); });
  }
  std::string shell(const std::string& sql) {
    return fault_of([&] {
      sqlite::Database(folder_ / "runs.db", sqlite::Access::write, std::chrono::seconds{1})
          .execute(sql);
    });
  }
};

TEST_F(StoreRules, PassNeedsEveryRequiredStep) {
  attempt(0, 1, Verdict::pass);
  EXPECT_EQ(finish(Verdict::pass), "store.refused");
  EXPECT_EQ(store_.unit(id_).verdict, Verdict::aborted);
  attempt(1, 1, Verdict::pass);
  EXPECT_EQ(finish(Verdict::pass, true), "none");
  EXPECT_EQ(store_.unit(id_).verdict, Verdict::pass);
}

TEST_F(StoreRules, PassNeedsThePassToBeTheLastAttempt) {
  attempt(0, 1, Verdict::pass);
  attempt(1, 1, Verdict::pass);
  attempt(1, 2, Verdict::error);
  EXPECT_EQ(finish(Verdict::pass), "store.refused");
}

TEST_F(StoreRules, PassIsRefusedBesideAnyOtherStepThatDidNotPass) {
  attempt(-1, 1, Verdict::error);
  attempt(0, 1, Verdict::pass);
  attempt(1, 1, Verdict::pass);
  EXPECT_EQ(finish(Verdict::pass), "store.refused");
  EXPECT_EQ(finish(Verdict::error), "none");
}

TEST_F(StoreRules, PassIsRefusedWithoutRequiredSteps) {
  id_ = begin_sample_unit(store_, run_, 0, "F2");
  attempt(0, 1, Verdict::pass);
  EXPECT_EQ(finish(Verdict::pass), "store.refused");
}

TEST_F(StoreRules, APassingRetryIsPassButNotFirstPass) {
  attempt(0, 1, Verdict::fail);
  attempt(0, 2, Verdict::pass);
  attempt(1, 1, Verdict::pass);
  EXPECT_EQ(finish(Verdict::pass, true), "store.refused");
  EXPECT_EQ(finish(Verdict::pass, false), "none");
}

TEST_F(StoreRules, AFailIsNeverHidden) {
  attempt(0, 1, Verdict::fail);
  attempt(0, 2, Verdict::error);
  for (const Verdict verdict :
       {Verdict::pass, Verdict::error, Verdict::aborted, Verdict::inconclusive, Verdict::not_run}) {
    EXPECT_EQ(finish(verdict), "store.refused") << to_string(verdict);
  }
  EXPECT_EQ(finish(Verdict::fail), "none");
}

TEST_F(StoreRules, AVerdictIsGivenOnce) {
  attempt(0, 1, Verdict::error);
  EXPECT_EQ(finish(Verdict::error), "none");
  EXPECT_EQ(finish(Verdict::aborted), "store.refused");
  EXPECT_EQ(fault_of([&] { attempt(0, 2, Verdict::pass); }), "store.refused");
}

TEST_F(StoreRules, AnAttemptIsNotReplaced) {
  attempt(0, 1, Verdict::error);
  EXPECT_EQ(fault_of([&] { attempt(0, 1, Verdict::pass); }), "store.refused");
  EXPECT_EQ(store_.unit(id_).attempts.size(), 1U);
}

TEST_F(StoreRules, APassingAttemptHasNoOtherMeasurement) {
  AttemptRecord record = sample_attempt(0, 1, Verdict::pass);
  Measurement m;
  m.id = "power";
  m.verdict = Verdict::fail;
  record.measurements = {m};
  EXPECT_EQ(fault_of([&] { store_.append_attempt(id_, record); }), "store.refused");
  EXPECT_TRUE(store_.unit(id_).attempts.empty());
}

TEST_F(StoreRules, WhatIsNoNumberIsNotRecorded) {
  for (const double value : {std::nan(""), HUGE_VAL}) {
    AttemptRecord record = sample_attempt(0, 1, Verdict::pass);
    Measurement m;
    m.id = "power";
    m.samples = {value};
    record.measurements = {m};
    EXPECT_EQ(fault_of([&] { store_.append_attempt(id_, record); }), "store.refused");
  }
}

TEST_F(StoreRules, UnknownAndRepeatedUnitsAreRefused) {
  EXPECT_EQ(fault_of([&] { store_.finish_unit("nobody", ended(Verdict::error)); }),
            "store.refused");
  EXPECT_EQ(fault_of([&] { store_.append_attempt("nobody", sample_attempt(0, 1, Verdict::pass)); }),
            "store.refused");
  EXPECT_EQ(fault_of([&] { begin_sample_unit(store_, run_, 2); }), "store.refused");
  EXPECT_EQ(fault_of([&] { (void)store_.unit("nobody"); }), "store.unknown_unit");
}

TEST_F(StoreRules, TheFileKeepsTheRulesAgainstTheShell) {
  attempt(0, 1, Verdict::fail);
  const std::vector<std::string> tricks{
      "UPDATE unit SET verdict = 'pass'",
      "UPDATE unit SET verdict = 'error'",
      "UPDATE attempt SET verdict = 'pass'",
      "DELETE FROM attempt",
      "DELETE FROM required_step",
      "UPDATE required_step SET step_index = 7",
      "DELETE FROM unit",
      "INSERT INTO unit (unit_id, run_id, slot, started_ms, verdict)"
      " SELECT 'x', run_id, 'F9', 0, 'pass' FROM run",
      "UPDATE unit SET first_pass = 1",
      "UPDATE unit SET verdict = 'great'",
  };
  for (const std::string& trick : tricks) EXPECT_EQ(shell(trick), "store.refused") << trick;
  EXPECT_EQ(shell("UPDATE unit SET verdict = 'fail'"), "none");
}

}  // namespace
}  // namespace plugrig
