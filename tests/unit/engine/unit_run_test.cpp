// The order of events and every short circuit, one test a sentence of rig/engine/README.md.
#include <gmock/gmock.h>

#include "tests/unit/engine/harness.hpp"

namespace plugrig::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class UnitRun : public testing::Test, protected Harness {
 protected:
  void SetUp() override {
    step("t.pass", [](StepContext&) {});
    step("t.say", [](StepContext& c) { c.say(c.params().text("text")); });
    step("t.stop", [this](StepContext&) { active->request_stop(StopReason::request); });
    step("t.slow", [](StepContext& c) { c.clock().sleep_for(5s, c.deadline()); });
    step("t.clean", [](StepContext&) {});
    failing("t.fail", 99, Blame::unit);
    failing("t.rig", 99, Blame::fixture);
  }
  /// The only unit's result.
  const UnitResult& unit(const RunResult& result) {
    EXPECT_EQ(result.units.size(), 1U) << log.text();
    return result.units.at(0);
  }
  Verdict verdict(const RunResult& result) { return unit(result).record.verdict; }
};

TEST_F(UnitRun, TellsEventsInOrderAndRecordsBeforeTelling) {
  run_steps({"t.say: {text: hello}"}, {"t.clean: {}"});
  EXPECT_THAT(
      log.lines(),
      ElementsAre("  recorded: run", "run R", "  recorded: unit R-F1-1 needs 2", "F1: slot R-F1-1",
                  "F1: start slot.open 1/1", "  recorded: slot.open 1 pass",
                  "F1: end slot.open 1 pass", "F1: stage one", "F1: start t.say 1/1",
                  "F1: said hello", "  recorded: t.say 1 pass", "F1: end t.say 1 pass",
                  "F1: stage clean_up", "F1: start t.clean 1/1", "  recorded: t.clean 1 pass",
                  "F1: end t.clean 1 pass", "  closed", "  recorded: end pass",
                  "F1: unit pass first", "  recorded: run end", "ended 1/0/0"));
}

TEST_F(UnitRun, AFailedStepStopsTheStagesAndCleanUpRuns) {
  const RunResult result = run_steps({"t.fail: {}", "t.pass: {}"}, {"t.clean: {}"});
  EXPECT_EQ(verdict(result), Verdict::fail);
  EXPECT_FALSE(log.has("start t.pass"));
  EXPECT_TRUE(log.has("end t.clean 1 pass"));
  EXPECT_EQ(unit(result).fault_id, "test.fault");
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(UnitRun, OnFailContinueGoesOnAndTheUnitIsStillFail) {
  const RunResult result = run_steps({"t.fail: {}, on_fail: continue", "t.pass: {}"});
  EXPECT_TRUE(log.has("end t.pass 1 pass"));
  EXPECT_EQ(verdict(result), Verdict::fail);
}

TEST_F(UnitRun, ALaterRigFaultStandsBesideAFail) {
  const RunResult result = run_steps({"t.fail: {}, on_fail: continue", "t.rig: {}", "t.pass: {}"});
  EXPECT_EQ(verdict(result), Verdict::fail);
  EXPECT_TRUE(log.has("end t.rig 1 error test.fault fixture"));
  EXPECT_EQ(unit(result).blame, "unit");
}

TEST_F(UnitRun, ARigFaultIsAnErrorAndNotAFail) {
  const RunResult result = run_steps({"t.rig: {}", "t.pass: {}"});
  EXPECT_EQ(verdict(result), Verdict::error);
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(UnitRun, APassingRetryIsPassButNotFirstPass) {
  failing("t.once", 1, Blame::unit);
  const RunResult result = run_steps({"t.once: {}, retries: 2", "t.pass: {}"});
  EXPECT_EQ(verdict(result), Verdict::pass);
  EXPECT_FALSE(unit(result).record.first_pass);
  EXPECT_TRUE(log.has("end t.once 1 fail test.fault unit retry"));
  EXPECT_TRUE(log.has("end t.once 2 pass"));
  EXPECT_FALSE(log.has("start t.once 3"));
  EXPECT_EQ(recorder.attempts.size(), 4U) << "both attempts stay in the record";
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(UnitRun, RetriesEndAtTheirNumber) {
  const RunResult result = run_steps({"t.fail: {}, retries: 2"});
  EXPECT_EQ(verdict(result), Verdict::fail);
  EXPECT_TRUE(log.has("end t.fail 3 fail test.fault unit\n"));
  EXPECT_FALSE(log.has("start t.fail 4"));
}

TEST_F(UnitRun, AFailThenARigFaultInTheRetryStaysAFail) {
  auto count = std::make_shared<int>(0);
  step("t.both", [count](StepContext&) {
    throw Fault("test.fault", ++*count == 1 ? Blame::unit : Blame::host, "It broke.", "Mend it.");
  });
  EXPECT_EQ(verdict(run_steps({"t.both: {}, retries: 1"})), Verdict::fail);
}

TEST_F(UnitRun, ARetryMayPowerCycleFirst) {
  failing("t.once", 1, Blame::contact);
  run_steps({"t.once: {}, retries: 1, power_cycle_before_retry: true"});
  EXPECT_THAT(log.text(), HasSubstr("F1: start t.once 2/2\nF1: said Power-cycling the unit before "
                                    "the retry.\n  power-cycle\n  recorded: t.once 2 pass"));
}

TEST_F(UnitRun, APowerCycleWithoutBootControlIsAConfigFault) {
  port().has_boot = false;
  failing("t.once", 1, Blame::contact);
  const RunResult result = run_steps({"t.once: {}, retries: 1, power_cycle_before_retry: true"});
  EXPECT_TRUE(log.has("end t.once 2 error step.power_cycle config"));
  EXPECT_EQ(result.exit_code, 3) << "the first attempt's fault decides";
}

TEST_F(UnitRun, AStopAbortsTheStepSkipsTheRestAndRunsCleanUp) {
  step("t.stop_in", [this](StepContext& c) {
    active->request_stop(StopReason::interrupt);
    c.clock().sleep_for(1s, c.deadline());
  });
  const RunResult result = run_steps({"t.stop_in: {}, retries: 3", "t.pass: {}"}, {"t.slow: {}"});
  EXPECT_EQ(verdict(result), Verdict::aborted);
  EXPECT_FALSE(log.has("start t.stop_in 2"));
  EXPECT_FALSE(log.has("start t.pass"));
  EXPECT_TRUE(log.has("end t.slow 1 pass")) << "clean-up does not see the stop";
  EXPECT_EQ(result.exit_code, 130);
}

TEST_F(UnitRun, AStepThatIgnoresTheStopKeepsItsResultButNothingFollows) {
  const RunResult result = run_steps({"t.stop: {}", "t.pass: {}"}, {"t.clean: {}"});
  EXPECT_TRUE(log.has("end t.stop 1 pass"));
  EXPECT_FALSE(log.has("start t.pass"));
  EXPECT_EQ(verdict(result), Verdict::aborted) << "a half-run unit is never PASS";
  EXPECT_EQ(result.exit_code, 4);
}

TEST_F(UnitRun, AStopInTheLastStepDoesNotTakeItsPassAway) {
  const RunResult result = run_steps({"t.stop: {}"}, {"t.clean: {}"});
  EXPECT_EQ(verdict(result), Verdict::pass);
  EXPECT_EQ(result.exit_code, 4);
}

TEST_F(UnitRun, AFailBeforeAStopStays) {
  EXPECT_EQ(verdict(run_steps({"t.fail: {}, on_fail: continue", "t.stop: {}", "t.pass: {}"})),
            Verdict::fail);
}

TEST_F(UnitRun, ASecondStopDoesNotSkipCleanUp) {
  const RunResult result =
      run_steps({"t.stop: {}", "t.pass: {}"}, {"t.stop: {}", "t.slow: {}", "t.clean: {}"});
  EXPECT_TRUE(log.has("end t.slow 1 pass"));
  EXPECT_TRUE(log.has("end t.clean 1 pass"));
  EXPECT_EQ(verdict(result), Verdict::aborted);
}

TEST_F(UnitRun, CleanUpGoesOnAfterAFaultInIt) {
  const RunResult result = run_steps({"t.pass: {}"}, {"t.rig: {}", "t.clean: {}"});
  EXPECT_TRUE(log.has("end t.clean 1 pass"));
  EXPECT_EQ(verdict(result), Verdict::error) << "PASS needs clean-up too";
}

TEST_F(UnitRun, CleanUpHasABudgetForAllItsSteps) {
  const RunResult result = run_steps({"t.pass: {}"}, {"t.slow: {}", "t.slow: {}", "t.clean: {}"},
                                     "clean_up_budget: 4 s\n");
  EXPECT_TRUE(log.has("end t.slow 1 pass")) << "it gave up at the end of the budget";
  EXPECT_TRUE(log.has("end t.slow 1 error engine.clean_up_budget config"));
  EXPECT_FALSE(log.has("start t.clean"));
  EXPECT_NE(verdict(result), Verdict::pass);
}

TEST_F(UnitRun, AnUnknownExceptionIsASoftwareError) {
  step("t.throw", [](StepContext&) { throw std::runtime_error("odd"); });
  step("t.int", [](StepContext&) { throw 7; });  // NOLINT
  EXPECT_EQ(verdict(run_steps({"t.throw: {}, on_fail: continue", "t.int: {}"}, {"t.clean: {}"})),
            Verdict::error);
  EXPECT_TRUE(log.has("end t.throw 1 error engine.unexpected software"));
  EXPECT_TRUE(log.has("end t.int 1 error engine.unexpected software"));
  EXPECT_TRUE(log.has("end t.clean 1 pass"));
}

TEST_F(UnitRun, StoppedWithoutAStopIsASoftwareError) {
  step("t.liar", [](StepContext&) { throw Stopped{}; });
  EXPECT_EQ(verdict(run_steps({"t.liar: {}"})), Verdict::error);
}

TEST_F(UnitRun, AStepThatReturnsLateDidNotPass) {
  step("t.deaf", [](StepContext& c) { c.clock().sleep_for(3s, {}); });
  const RunResult result = run_steps({"t.deaf: {}, timeout: 2 s"});
  EXPECT_TRUE(log.has("end t.deaf 1 error step.timeout software"));
  EXPECT_EQ(verdict(result), Verdict::error);
}

TEST_F(UnitRun, AStepThatReturnsAtItsDeadlineIsInTime) {
  step("t.just", [](StepContext& c) { c.clock().sleep_for(2s, {}); });
  EXPECT_EQ(verdict(run_steps({"t.just: {}, timeout: 2 s"})), Verdict::pass);
}

TEST_F(UnitRun, AStepThatThrowsLateKeepsItsOwnFault) {
  step("t.late", [](StepContext& c) {
    c.clock().sleep_for(3s, {});
    throw Fault("test.silent", Blame::contact, "Nothing came.", "Press.");
  });
  run_steps({"t.late: {}, timeout: 2 s"});
  EXPECT_TRUE(log.has("end t.late 1 error test.silent contact"));
}

TEST_F(UnitRun, EachAttemptHasItsOwnTime) {
  std::vector<Duration> left;
  step("t.look", [&left](StepContext& c) {
    left.push_back(c.deadline().at - c.clock().now());
    throw Fault("test.fault", Blame::host, "It broke.", "Mend it.");
  });
  run_steps({"t.look: {}, timeout: 7 s, retries: 1"});
  EXPECT_THAT(left, ElementsAre(7s, 7s));
}

TEST_F(UnitRun, ASlotThatDoesNotOpenRunsNoStepAndNoCleanUp) {
  port().on_open = [](const Deadline&) {
    throw Fault("serial.open", Blame::host, "No port.", "Plug it in.");
  };
  const RunResult result = run_steps({"t.pass: {}"}, {"t.clean: {}"});
  EXPECT_FALSE(log.has("start t."));
  EXPECT_TRUE(log.has("  closed"));
  EXPECT_EQ(verdict(result), Verdict::error);
  EXPECT_EQ(unit(result).fault_id, "serial.open");
}

TEST_F(UnitRun, AStopWhileTheSlotOpensAbortsTheUnit) {
  port().on_open = [this](const Deadline& deadline) {
    active->request_stop(StopReason::request);
    clock->sleep_for(1s, deadline);
  };
  EXPECT_EQ(verdict(run_steps({"t.pass: {}"})), Verdict::aborted);
}

}  // namespace
}  // namespace plugrig::test
