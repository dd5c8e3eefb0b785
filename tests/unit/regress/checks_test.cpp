#include "rig/regress/checks.hpp"

#include <gtest/gtest.h>

namespace plugrig::regress {
namespace {

Trial trial(int build, std::string unit, double at_s, bool passed) {
  Trial trial;
  trial.build = build;
  trial.unit = std::move(unit);
  trial.begun_s = at_s;
  trial.outcome = passed ? Outcome::passed : Outcome::unit_failed;
  trial.checks.push_back(
      {"boot.wait", passed, passed ? "" : "boot.none", passed ? "" : "No banner."});
  return trial;
}

CheckDecision decision_of(const std::vector<Trial>& trials) {
  const auto all = decide_checks(trials, 1);
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? CheckDecision{} : all.front();
}

TEST(Checks, PassedByBothAreTheSame) {
  EXPECT_EQ(decision_of({trial(0, "a", 0, true), trial(1, "a", 1, true)}).change, Change::same);
}

TEST(Checks, TwoFailsWhereTheBaselinePassedAreWorse) {
  const auto found =
      decision_of({trial(0, "a", 0, true), trial(1, "a", 1, false), trial(1, "a", 2, false)});
  EXPECT_EQ(found.change, Change::worse);
  EXPECT_EQ(found.fault_id, "boot.none");
  EXPECT_EQ(found.failed_units, std::vector<std::string>{"a"});
  EXPECT_EQ(decision_of({trial(0, "a", 0, true), trial(0, "b", 0, true), trial(1, "a", 1, false),
                         trial(1, "b", 1, false)})
                .change,
            Change::worse)
      << "on two units";
}

TEST(Checks, OneFailAsksForARepeatAndIsForgottenAfterTwoPasses) {
  std::vector<Trial> trials{trial(0, "a", 0, true), trial(1, "a", 1, false)};
  EXPECT_EQ(decision_of(trials).change, Change::inconclusive);
  EXPECT_TRUE(decision_of(trials).needs_repeat);
  trials.push_back(trial(1, "a", 2, true));
  EXPECT_TRUE(decision_of(trials).needs_repeat);
  trials.push_back(trial(1, "a", 3, true));
  EXPECT_EQ(decision_of(trials).change, Change::same);
  EXPECT_FALSE(decision_of(trials).needs_repeat);
  trials.push_back(trial(1, "a", 4, false));
  EXPECT_EQ(decision_of(trials).change, Change::worse);
}

TEST(Checks, AFailOfTheBaselineOnThatUnitCountsAgainstNobody) {
  std::vector<Trial> trials{trial(0, "a", 0, false), trial(1, "a", 1, false),
                            trial(1, "a", 2, false), trial(0, "a", 2.5, true)};
  EXPECT_EQ(decision_of(trials).change, Change::same);
  EXPECT_TRUE(decision_of(trials).failed_units.empty());
  // Another unit is another matter.
  trials.push_back(trial(0, "b", 3, true));
  trials.push_back(trial(1, "b", 4, false));
  trials.push_back(trial(1, "b", 5, false));
  EXPECT_EQ(decision_of(trials).change, Change::worse);
}

TEST(Checks, WhatNeitherEverPassesIsOpenForABadBuildCouldHideBehindIt) {
  const auto found = decision_of({trial(0, "a", 0, false), trial(1, "a", 1, false)});
  EXPECT_EQ(found.change, Change::inconclusive);
  EXPECT_TRUE(found.never_passed);
  EXPECT_FALSE(found.needs_repeat) << "more trials would fail there too";
}

TEST(Checks, FailsWithoutABaselineAskForARepeat) {
  const auto found = decision_of({trial(1, "a", 1, false), trial(1, "a", 2, false)});
  EXPECT_EQ(found.change, Change::inconclusive);
  EXPECT_TRUE(found.needs_repeat);
}

TEST(Checks, RigFaultsStopsAndControlsDoNotCount) {
  std::vector<Trial> trials{trial(0, "a", 0, true), trial(1, "a", 1, true), trial(1, "a", 2, false),
                            trial(1, "a", 3, false), trial(0, "c", 3, false)};
  trials[2].outcome = Outcome::rig_fault;
  trials[3].outcome = Outcome::aborted;
  trials[4].control = true;
  const auto found = decision_of(trials);
  EXPECT_EQ(found.change, Change::same);
  EXPECT_EQ(found.candidate_failed, 0);
  EXPECT_EQ(found.baseline_failed, 0);
}

TEST(Checks, WhatTheBaselineFailedAndTheCandidatePassesIsBetter) {
  EXPECT_EQ(decision_of({trial(0, "a", 0, false), trial(0, "a", 1, false), trial(1, "a", 2, true),
                         trial(1, "a", 3, true)})
                .change,
            Change::better);
}

TEST(Checks, OfRetriesTheLastCounts) {
  auto retried = trial(1, "a", 1, false);
  retried.checks.push_back({"boot.wait", true, "", ""});
  const auto found = decision_of({trial(0, "a", 0, true), retried, retried});
  EXPECT_EQ(found.change, Change::same);
  EXPECT_EQ(found.candidate_passed, 2);
}

TEST(Checks, OtherCandidatesDoNotMatter) {
  EXPECT_EQ(decision_of({trial(0, "a", 0, true), trial(1, "a", 1, true), trial(2, "a", 2, false),
                         trial(2, "a", 3, false)})
                .change,
            Change::same);
}

}  // namespace
}  // namespace plugrig::regress
