#include "rig/engine/verdict.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <vector>

namespace plugrig {
namespace {

constexpr std::array kAll{Verdict::not_run, Verdict::pass,    Verdict::inconclusive,
                          Verdict::fail,    Verdict::aborted, Verdict::error};

/// Calls `body` with every list of verdicts of up to `longest` entries.
void for_each_list(std::size_t longest,
                   const std::function<void(const std::vector<Verdict>&)>& body) {
  std::vector<Verdict> list;
  const std::function<void()> grow = [&] {
    body(list);
    if (list.size() == longest) return;
    for (const Verdict verdict : kAll) {
      list.push_back(verdict);
      grow();
      list.pop_back();
    }
  };
  grow();
}

bool has(const std::vector<Verdict>& list, Verdict wanted) {
  for (const Verdict verdict : list) {
    if (verdict == wanted) return true;
  }
  return false;
}

bool all_pass(const std::vector<Verdict>& list) {
  for (const Verdict verdict : list) {
    if (verdict != Verdict::pass) return false;
  }
  return true;
}

TEST(StepVerdict, IsPassOnlyWhenTheLastAttemptPassed) {
  for_each_list(4, [](const std::vector<Verdict>& attempts) {
    const bool passed = !attempts.empty() && attempts.back() == Verdict::pass;
    EXPECT_EQ(step_verdict(attempts) == Verdict::pass, passed);
  });
}

TEST(StepVerdict, AFailStaysUnlessARetryPassed) {
  for_each_list(4, [](const std::vector<Verdict>& attempts) {
    if (!has(attempts, Verdict::fail) || attempts.back() == Verdict::pass) return;
    EXPECT_EQ(step_verdict(attempts), Verdict::fail);
  });
}

TEST(StepVerdict, WithoutAFailTheWorstWins) {
  using V = Verdict;
  EXPECT_EQ(step_verdict({}), V::not_run);
  const std::array aborted{V::inconclusive, V::aborted};
  EXPECT_EQ(step_verdict(aborted), V::aborted);
  const std::array error{V::error, V::aborted};
  EXPECT_EQ(step_verdict(error), V::error);
  const std::array unsure{V::pass, V::inconclusive};
  EXPECT_EQ(step_verdict(unsure), V::inconclusive);
}

TEST(UnitVerdict, IsPassOnlyWhenThereAreStepsAndAllPassed) {
  for_each_list(4, [](const std::vector<Verdict>& required) {
    const bool expected = !required.empty() && all_pass(required);
    EXPECT_EQ(unit_verdict(required) == Verdict::pass, expected);
    for (const Verdict other : kAll) {
      const std::array others{other};
      EXPECT_EQ(unit_verdict(required, others) == Verdict::pass,
                expected && other == Verdict::pass);
    }
  });
}

TEST(UnitVerdict, AFailIsNeverOverwritten) {
  for_each_list(4, [](const std::vector<Verdict>& required) {
    for (const Verdict other : kAll) {
      const std::array others{other};
      const bool failed = has(required, Verdict::fail) || other == Verdict::fail;
      EXPECT_EQ(unit_verdict(required, others) == Verdict::fail, failed);
    }
  });
}

TEST(UnitVerdict, ANotRunStepMakesTheUnitAbortedOrWorse) {
  for_each_list(4, [](const std::vector<Verdict>& required) {
    if (has(required, Verdict::not_run)) {
      EXPECT_GE(unit_verdict(required), Verdict::fail);
      if (!has(required, Verdict::fail) && !has(required, Verdict::error)) {
        EXPECT_EQ(unit_verdict(required), Verdict::aborted);
      }
    }
  });
}

TEST(UnitVerdict, ARigFaultIsAnErrorUnlessTheUnitFailed) {
  for_each_list(4, [](const std::vector<Verdict>& required) {
    if (has(required, Verdict::error) && !has(required, Verdict::fail)) {
      EXPECT_EQ(unit_verdict(required), Verdict::error);
    }
  });
}

TEST(BlameVerdict, OnlyTheUnitFails) {
  EXPECT_EQ(verdict_of(Blame::unit), Verdict::fail);
  for (const Blame blame : {Blame::contact, Blame::fixture, Blame::instrument, Blame::host,
                            Blame::operator_, Blame::config, Blame::software}) {
    EXPECT_EQ(verdict_of(blame), Verdict::error);
  }
}

TEST(MeasurementVerdict, LimitsAreInclusiveAndNeverImprove) {
  Measurement m;
  m.low = 1.0;
  m.high = 2.0;
  const std::array<std::pair<double, Verdict>, 4> rows{
      {{0.999, Verdict::fail}, {1.0, Verdict::pass}, {2.0, Verdict::pass}, {2.001, Verdict::fail}}};
  for (const auto& [value, verdict] : rows) {
    m.value = value;
    EXPECT_EQ(verdict_of(m), verdict) << value;
  }
  m.value = 1.5;
  m.verdict = Verdict::inconclusive;
  EXPECT_EQ(verdict_of(m), Verdict::inconclusive);
  m.low.reset();
  m.high.reset();
  m.verdict = Verdict::pass;
  EXPECT_EQ(verdict_of(m), Verdict::pass);
}

AttemptRecord attempt_of(int step, int number, Verdict verdict) {
  AttemptRecord attempt;
  attempt.step_index = step;
  attempt.attempt = number;
  attempt.verdict = verdict;
  return attempt;
}

TEST(DecidingAttempt, IsTheFirstFailThenTheFirstErrorOfStepsThatDidNotPass) {
  std::vector<AttemptRecord> attempts{attempt_of(0, 1, Verdict::fail),
                                      attempt_of(0, 2, Verdict::pass)};
  EXPECT_EQ(deciding_attempt(attempts), nullptr);
  attempts.push_back(attempt_of(1, 1, Verdict::aborted));
  EXPECT_EQ(deciding_attempt(attempts)->step_index, 1);
  attempts.push_back(attempt_of(2, 1, Verdict::error));
  EXPECT_EQ(deciding_attempt(attempts)->step_index, 2);
  attempts.push_back(attempt_of(3, 1, Verdict::fail));
  attempts.push_back(attempt_of(3, 2, Verdict::error));
  EXPECT_EQ(deciding_attempt(attempts)->step_index, 3);
  EXPECT_EQ(deciding_attempt(attempts)->attempt, 1);
}

}  // namespace
}  // namespace plugrig
