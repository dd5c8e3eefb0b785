#include "rig/cli/commands/trial_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "rig/cli/commands/trials.hpp"

namespace plugrig::cli {
namespace {

using regress::Outcome;
using regress::Trial;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A desk whose trials are written down by the test.
class Desk {
 public:
  explicit Desk(TrialPlan plan, int builds = 2)
      : desk_(
            std::move(plan), kept(builds), [this] { return trials; },
            [this](const std::vector<Trial>& seen) {
              asked.push_back(static_cast<int>(seen.size()));
              return seen.size() < decided_after;
            }) {}

  /// Runs what the desk says until it says no more, at most so many; what was run, as
  /// "build.block".
  std::vector<std::string> run(const std::string& slot, int most = 100) {
    std::vector<std::string> ran;
    for (int i = 0; i < most; ++i) {
      const auto ready = desk_.wait(slot, {});
      if (!desk_.goes_on(slot)) break;
      Trial trial;
      trial.slot = slot;
      trial.build = std::stoi(ready.facts.at(kBuildFact));
      trial.repeat = std::stoi(ready.facts.at(kBlockFact));
      trial.outcome = outcome;
      trials.push_back(trial);
      ran.push_back(ready.facts.at(kBuildFact) + "." + ready.facts.at(kBlockFact));
    }
    return ran;
  }
  TrialDesk& desk() { return desk_; }

  std::vector<Trial> trials;
  std::vector<int> asked;
  std::size_t decided_after = 0;  ///< trials
  Outcome outcome = Outcome::passed;

 private:
  static std::vector<KeptBuild> kept(int builds) {
    std::vector<KeptBuild> list;
    for (int i = 0; i < builds; ++i)
      list.push_back({{std::string(1, static_cast<char>('A' + i)), std::string(64, 'a'), ""},
                      "/builds/x.bin"});
    return list;
  }
  TrialDesk desk_;
};

TEST(TrialDesk, RunsEveryBuildOnceABlock) {
  Desk desk({.seed = 3, .blocks = 2, .most_blocks = 2});
  EXPECT_THAT(desk.run("S1"), UnorderedElementsAre("0.0", "1.0", "0.1", "1.1"));
}

TEST(TrialDesk, TellsTheBuildToTheUnit) {
  Desk desk({.blocks = 1, .most_blocks = 1});
  const auto ready = desk.desk().wait("S1", {});
  EXPECT_EQ(ready.facts.at(kBuildFileFact), "/builds/x.bin");
  EXPECT_EQ(ready.facts.at(kBaselineFileFact), "/builds/x.bin");
  EXPECT_EQ(ready.facts.at(kBuildDigestFact), std::string(64, 'a'));
  EXPECT_EQ(ready.facts.count(kControlFact), 0U);
}

TEST(TrialDesk, TheControlRunsTheBaselineAllAlong) {
  Desk desk({.blocks = 2, .most_blocks = 2, .control = "S2"});
  EXPECT_THAT(desk.run("S2"), ElementsAre("0.0", "0.0", "0.1", "0.1"));
}

TEST(TrialDesk, WhatTheRigEndedIsRunAgain) {
  Desk desk({.blocks = 1, .most_blocks = 1});
  desk.outcome = Outcome::aborted;
  const auto first = desk.run("S1", 1);
  EXPECT_EQ(desk.run("S1", 1), first);
  desk.outcome = Outcome::rig_fault;
  EXPECT_EQ(desk.run("S1", 1), first);
  desk.outcome = Outcome::unit_failed;
  const auto other = desk.run("S1", 1);  // first the one that has not been tried
  EXPECT_NE(other, first);
  EXPECT_EQ(desk.run("S1", 1), first);
  EXPECT_THAT(desk.run("S1", 1), IsEmpty());
}

TEST(TrialDesk, ATrialIsNotTriedForEver) {
  Desk desk({.blocks = 1, .most_blocks = 1}, 1);
  desk.outcome = Outcome::rig_fault;
  EXPECT_EQ(desk.run("S1").size(), static_cast<std::size_t>(kMostFaults));
}

TEST(TrialDesk, ASlotThatDoesNothingButFailIsLeftAlone) {
  Desk desk({.blocks = 3, .most_blocks = 3});
  desk.outcome = Outcome::rig_fault;
  EXPECT_EQ(desk.run("S1").size(), static_cast<std::size_t>(kMostFaultsInARow));
  desk.outcome = Outcome::passed;
  EXPECT_EQ(desk.run("S2").size(), 6U);
}

TEST(TrialDesk, AnUndecidedComparisonTakesMoreBlocksWithinItsBudget) {
  Desk desk({.blocks = 1, .most_blocks = 4});
  desk.decided_after = 100;
  EXPECT_EQ(desk.run("S1").size(), 8U);
  EXPECT_THAT(desk.asked, ElementsAre(2, 4, 6, 8));
}

TEST(TrialDesk, WhatOtherSlotsMeasureMeanwhileMayDecideIt) {
  Desk desk({.blocks = 1, .most_blocks = 10, .control = "S2"});
  desk.decided_after = 6;
  EXPECT_EQ(desk.run("S2", 3).size(), 3U);  // in its second block
  EXPECT_EQ(desk.run("S1").size(), 4U);
  EXPECT_EQ(desk.run("S2").size(), 1U);  // ends that block, and no more
}

TEST(TrialDesk, AnotherDeskAsksOnceAndGoesOnBehindAllBlocksThatWereRun) {
  Desk first({.seed = 5, .blocks = 1, .most_blocks = 4});
  first.decided_after = 100;
  const auto all = first.run("S1");
  Desk rest({.seed = 5, .blocks = 1, .most_blocks = 4});
  rest.decided_after = 100;
  rest.trials.assign(first.trials.begin(), first.trials.begin() + 6);
  EXPECT_THAT(rest.run("S1"), ElementsAre(all[6], all[7]));
  EXPECT_THAT(rest.asked, ElementsAre(6, 8));
}

TEST(TrialDesk, ADecidedOneTakesNoMore) {
  Desk desk({.blocks = 1, .most_blocks = 4});
  EXPECT_EQ(desk.run("S1").size(), 2U);
  EXPECT_THAT(desk.asked, ElementsAre(2));
}

TEST(TrialDesk, AnotherDeskGoesOnWhereTheTrialsEnd) {
  Desk first({.seed = 5, .blocks = 3, .most_blocks = 3}, 3);
  const auto all = first.run("S1");
  Desk half({.seed = 5, .blocks = 3, .most_blocks = 3}, 3);
  auto ran = half.run("S1", 4);
  Desk rest({.seed = 5, .blocks = 3, .most_blocks = 3}, 3);
  rest.trials = half.trials;
  for (const auto& item : rest.run("S1")) ran.push_back(item);
  EXPECT_EQ(ran, all);
}

TEST(TrialDesk, AStopIsHeard) {
  Desk desk({.blocks = 1, .most_blocks = 1});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(desk.desk().wait("S1", {Instant::max(), stop.get_token()}), Stopped);
}

UnitRecord record(const std::string& slot, Verdict verdict) {
  UnitRecord made;
  made.slot = slot;
  made.verdict = verdict;
  made.ended = UtcTime{1};
  made.facts = {{kBuildFact, "1"}, {kBlockFact, "2"}, {"mac", "AA:BB"}};
  return made;
}

AttemptRecord attempt(int index, const std::string& step, Verdict verdict) {
  AttemptRecord made;
  made.stage = "measure";
  made.step = step;
  made.step_index = index;
  made.verdict = verdict;
  return made;
}

TEST(Trials, AreReadFromTheRecords) {
  auto first = record("S1", Verdict::pass);
  first.attempts = {attempt(0, "power.as_found", Verdict::error),
                    attempt(0, "power.as_found", Verdict::pass)};
  Measurement error;
  error.id = "power.as_found.P";
  error.condition = "230 V, 500 W";
  error.value = 0.3;
  error.unit = "%";
  first.attempts[1].measurements.push_back(error);
  const auto trials = trials_of({first});
  ASSERT_EQ(trials.size(), 1U);
  EXPECT_EQ(trials[0].build, 1);
  EXPECT_EQ(trials[0].repeat, 2);
  EXPECT_EQ(trials[0].unit, "AA:BB");
  ASSERT_EQ(trials[0].checks.size(), 1U);
  EXPECT_TRUE(trials[0].checks[0].passed);
  ASSERT_EQ(trials[0].readings.size(), 1U);
  EXPECT_EQ(trials[0].readings[0].quantity, "power.as_found.P");
  EXPECT_DOUBLE_EQ(trials[0].readings[0].value, 0.3);
}

TEST(Trials, KnowTheVersionOfABuildThatIsNotTheLastThatRan) {
  auto made = record("S1", Verdict::pass);
  made.facts["firmware_version"] = "15.1.0(release-tasmota)";
  EXPECT_EQ(version_seen({made}, 1), "15.1.0(release-tasmota)");
  made.facts[kBuildVersionFact] = "15.2.0(release-tasmota)";
  EXPECT_EQ(version_seen({made}, 1), "15.2.0(release-tasmota)");
  EXPECT_EQ(version_seen({made}, 0), "");
}

TEST(Trials, TellTheRigsFaultsFromTheBuilds) {
  auto open = record("S1", Verdict::not_run);
  open.ended.reset();
  const auto trials =
      trials_of({record("S1", Verdict::pass), record("S1", Verdict::fail),
                 record("S1", Verdict::error), record("S1", Verdict::aborted), open});
  std::vector<Outcome> outcomes;
  for (const auto& trial : trials) outcomes.push_back(trial.outcome);
  EXPECT_THAT(outcomes, ElementsAre(Outcome::passed, Outcome::unit_failed, Outcome::rig_fault,
                                    Outcome::aborted, Outcome::aborted));
}

TEST(Trials, OtherRecordsAreNone) {
  UnitRecord other;
  other.facts = {{"mac", "AA"}};
  EXPECT_THAT(trials_of({other}), IsEmpty());
}

TEST(Trials, AStepThatStandsTwiceIsToldApart) {
  auto unit = record("S1", Verdict::fail);
  unit.attempts = {attempt(0, "tasmota.setting", Verdict::pass),
                   attempt(1, "tasmota.setting", Verdict::fail)};
  const auto trials = trials_of({unit});
  ASSERT_EQ(trials[0].checks.size(), 2U);
  EXPECT_NE(trials[0].checks[0].step, trials[0].checks[1].step);
  EXPECT_FALSE(trials[0].checks[1].passed);
}

}  // namespace
}  // namespace plugrig::cli
