#include "rig/engine/exit_code.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace plugrig {
namespace {

const UnitOutcome kPass{Verdict::pass, true, "", ""};
const UnitOutcome kFail{Verdict::fail, true, "test.fault", "unit"};
const UnitOutcome kUnsure{Verdict::inconclusive, true, "", ""};
const UnitOutcome kRig{Verdict::error, true, "test.fault", "fixture"};
const UnitOutcome kConfig{Verdict::error, true, "test.fault", "config"};
const UnitOutcome kAborted{Verdict::aborted, true, "", ""};
const UnitOutcome kSafety{Verdict::error, true, "safety.off_not_confirmed", "fixture"};
const UnitOutcome kNotRecorded{Verdict::fail, false, "test.fault", "unit"};

int code(const std::vector<UnitOutcome>& units, StopReason stop = StopReason::none) {
  return exit_code_of_run(units, stop);
}

TEST(ExitCode, TellsWhoseFaultItIs) {
  EXPECT_EQ(code({kPass}), 0);
  EXPECT_EQ(code({kFail}), 1);
  EXPECT_EQ(code({kUnsure}), 1);
  EXPECT_EQ(code({kConfig}), 2);
  EXPECT_EQ(code({kRig}), 3);
  EXPECT_EQ(code({kAborted}), 4);
  EXPECT_EQ(code({kSafety}), 5);
  EXPECT_EQ(code({kPass}, StopReason::request), 4);
  EXPECT_EQ(code({kPass}, StopReason::interrupt), 130);
}

TEST(ExitCode, ANotRecordedUnitIsABenchFault) { EXPECT_EQ(code({kNotRecorded}), 3); }

TEST(ExitCode, ARunWithoutAUnitIsNoSuccess) {
  EXPECT_EQ(code({}), 3);
  EXPECT_EQ(code({}, StopReason::request), 4);
}

TEST(ExitCode, WhenSeveralApplyTheGravestCounts) {
  // In falling order: each row wins against every row after it, whatever their order.
  const std::vector<std::pair<UnitOutcome, int>> order{{kSafety, 5}, {kRig, 3},  {kAborted, 4},
                                                       {kConfig, 2}, {kFail, 1}, {kPass, 0}};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i; j < order.size(); ++j) {
      EXPECT_EQ(code({order[i].first, order[j].first}), order[i].second);
      EXPECT_EQ(code({order[j].first, order[i].first}), order[i].second);
    }
  }
  EXPECT_EQ(code({kAborted, kFail}, StopReason::interrupt), 130);
  EXPECT_EQ(code({kRig}, StopReason::interrupt), 3);
}

TEST(ExitCode, ASafetyFaultCountsBesideAFail) {
  EXPECT_EQ(code({{Verdict::fail, true, "safety.refused", "unit"}}), 5);
}

}  // namespace
}  // namespace plugrig
