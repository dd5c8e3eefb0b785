#include "rig/engine/resume.hpp"

#include <gtest/gtest.h>

namespace plugrig {
namespace {

using Names = std::vector<std::string>;

const StepType& step_type(bool provable) {
  static const StepType with = [] {
    StepType type;
    type.name = "with.proof";
    type.prove = [](StepContext&) {};
    return type;
  }();
  static const StepType without = [] {
    StepType type;
    type.name = "without.proof";
    return type;
  }();
  return provable ? with : without;
}

struct Stage {
  std::string name;
  bool mains_on = false;
  bool provable = true;
};

/// One step a stage, with the stage's name.
Sequence sequence(const std::vector<Stage>& stages) {
  Sequence sequence;
  for (const Stage& stage : stages) {
    SequenceStep step;
    step.index = static_cast<int>(sequence.stages.size());
    step.stage = step.name = stage.name;
    step.type = &step_type(stage.provable);
    sequence.stages.push_back({stage.name, stage.mains_on, {step}});
  }
  return sequence;
}

const Sequence kWhole =
    sequence({{"flash"}, {"configure"}, {"calibrate", true}, {"certify", true}});

UnitRecord unit(const std::vector<Verdict>& steps, const std::string& mac = "48:55:19:00:00:01") {
  UnitRecord record;
  record.unit_id = "R-F1-7";
  record.slot = "F1";
  if (!mac.empty()) record.facts["mac"] = mac;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    AttemptRecord attempt;
    attempt.step_index = static_cast<int>(i);
    attempt.verdict = steps[i];
    attempt.slot = "F1";
    record.attempts.push_back(attempt);
  }
  return record;
}

LeftRun left(const Sequence& sequence, const UnitRecord& record,
             const std::set<std::string>& contacts = {"F1"}) {
  return what_is_left(sequence, "R", {record}, contacts);
}

constexpr auto kPass = Verdict::pass;

TEST(WhatIsLeft, BeginsAtTheFirstStageThatIsNotFinished) {
  const LeftRun run = left(kWhole, unit({kPass}));
  ASSERT_EQ(run.units.size(), 1U);
  EXPECT_EQ(run.units[0].slot, "F1");
  EXPECT_EQ(run.units[0].work.number, 7);
  EXPECT_EQ(run.units[0].work.proven, Names{"flash"});
  EXPECT_EQ(*run.units[0].work.stages, (Names{"configure", "calibrate", "certify"}));
  EXPECT_EQ(run.begun, std::set<int>{7});
}

TEST(WhatIsLeft, StagesWithMainsBeginAtTheFirstOfThem) {
  const LeftRun run = left(kWhole, unit({kPass, kPass, kPass}));
  EXPECT_EQ(run.units.at(0).work.proven, (Names{"flash", "configure"}));
  EXPECT_EQ(*run.units.at(0).work.stages, (Names{"calibrate", "certify"}));
}

TEST(WhatIsLeft, AStageWithoutProofIsRunAgainWithAllThatFollow) {
  const Sequence measured =
      sequence({{"flash"}, {"measure", false, false}, {"configure"}, {"certify", true}});
  const LeftRun run = left(measured, unit({kPass, kPass, kPass}));
  EXPECT_EQ(run.units.at(0).work.proven, Names{"flash"});
  EXPECT_EQ(*run.units.at(0).work.stages, (Names{"measure", "configure", "certify"}));
}

TEST(WhatIsLeft, WithoutContactsThePlugsOwnAnswersAreTheProof) {
  UnitRecord moved = unit({kPass, kPass, kPass});
  moved.facts[std::string(kContinuedIn)] = "M1";
  const LeftRun run = left(kWhole, moved);
  EXPECT_EQ(run.units.at(0).slot, "M1");
  EXPECT_EQ(run.units.at(0).work.proven, Names{});
  EXPECT_EQ(*run.units.at(0).work.stages, (Names{"calibrate", "certify"}));
}

TEST(WhatIsLeft, WhereAllIsFinishedOnlyTheVerdictIs) {
  const LeftRun run = left(kWhole, unit({kPass, kPass, kPass, kPass}));
  EXPECT_TRUE(run.units.at(0).work.stages->empty());
  EXPECT_EQ(run.units.at(0).work.proven, (Names{"flash", "configure"}));
}

TEST(WhatIsLeft, AUnitWithAVerdictIsLeftAlone) {
  UnitRecord finished = unit({kPass});
  finished.ended = UtcTime{1};
  const LeftRun run = left(kWhole, finished);
  EXPECT_TRUE(run.units.empty() && run.waiting.empty() && run.lost.empty());
  EXPECT_EQ(run.begun, std::set<int>{7});
  EXPECT_EQ(run.replaced, 0);
}

TEST(WhatIsLeft, AUnitOfWhichNoMacIsKnownIsReplaced) {
  const LeftRun run = left(kWhole, unit({}, ""));
  ASSERT_EQ(run.lost.size(), 1U);
  EXPECT_EQ(run.lost[0].why.id(), kUnknownUnit);
  EXPECT_EQ(run.replaced, 1);
}

TEST(WhatIsLeft, AUnitThatHadFailedForGoodIsNotTriedAgain) {
  const LeftRun run = left(kWhole, unit({kPass, Verdict::fail}));
  ASSERT_EQ(run.lost.size(), 1U);
  EXPECT_EQ(run.lost[0].why.id(), "resume.decided");
  EXPECT_EQ(run.replaced, 0);
}

TEST(WhatIsLeft, AFailWithARetryLeftAndAFaultOfTheRigAreTriedAgain) {
  Sequence with_retry = kWhole;
  with_retry.stages[1].steps[0].retries = 1;
  EXPECT_EQ(left(with_retry, unit({kPass, Verdict::fail})).units.size(), 1U);
  EXPECT_EQ(left(kWhole, unit({kPass, Verdict::error})).units.size(), 1U);
  EXPECT_EQ(left(kWhole, unit({kPass, Verdict::aborted})).units.size(), 1U);
}

TEST(WhatIsLeft, AUnitBetweenTwoSlotsWaitsAgain) {
  UnitRecord waiting = unit({kPass, kPass});
  waiting.facts[std::string(kWaitsFor)] = std::string(kWaitsForMains);
  const LeftRun run = left(kWhole, waiting);
  EXPECT_TRUE(run.units.empty());
  ASSERT_EQ(run.waiting.size(), 1U);
  EXPECT_EQ(run.waiting[0].slot, "F1");
}

TEST(ChangedFiles, NamesWhatIsNotTheSame) {
  const auto changed =
      changed_files({{"bench_sha256", "a"}, {"firmware_sha256", "b"}, {"seed", "1"}},
                    {{"bench_sha256", "a"}, {"seed", "2"}});
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_NE(changed[0].find("firmware_sha256"), std::string::npos);
}

}  // namespace
}  // namespace plugrig
