// Whole runs of slots that share the load by selectors.
#include <gmock/gmock.h>

#include "tests/unit/engine/harness.hpp"
#include "tests/unit/mains/fake_bench.hpp"

namespace plugrig::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr const char* kOneStage =
    "sequence: test\nplug: {ratings: {current: 16 A}}\nstages:\n"
    "  - {stage: calibrate, mains: on, steps: [{t.mains: {}}]}\n";

class LeaseRun : public testing::Test, protected Harness {
 protected:
  LeaseRun() : bench(*clock, 3) {
    bench.has_selectors = true;
    for (int i = 0; i < 3; ++i) port();
    step(
        "t.mains", [this](StepContext& c) { body(c); }, 60s);
  }
  RunResult go() {
    gate = std::make_unique<MainsGate>(bench.hardware(), *clock, MainsGateOptions{});
    options.gate = gate.get();
    return run(kOneStage, 3);
  }
  void TearDown() override { EXPECT_THAT(bench.deadly(), testing::IsEmpty()); }

  FakeBench bench;
  std::unique_ptr<MainsGate> gate;
  std::function<void(StepContext&)> body;
};

TEST_F(LeaseRun, WaitingForATurnIsNotTheStepsTime) {
  body = [](StepContext& c) {
    c.mains().energise(c.deadline());
    const auto turn =
        c.mains().lease_reference("power.as_found", {Instant::max(), c.deadline().stop});
    c.mains().load(500, c.deadline());
    c.clock().sleep_for(50s, c.deadline());  // of the 60 s that the step has
    turn->sampled(45s);
  };
  const RunResult result = go();
  EXPECT_EQ(result.exit_code, 0) << log.text();
  EXPECT_GE(clock->now() - Instant{}, 150s) << "one after the other";
  EXPECT_THAT(sink.json.lines(), Contains(HasSubstr("lease_waits")));
  EXPECT_THAT(sink.json.lines(), Contains(HasSubstr("lease_taken")));
  EXPECT_THAT(sink.json.lines(),
              Contains(testing::AllOf(HasSubstr("lease_given"), HasSubstr("power.as_found"))));
}

TEST_F(LeaseRun, AStepThatTakesTooLongInItsTurnIsStillTooLate) {
  body = [](StepContext& c) {
    c.mains().energise(c.deadline());
    const auto turn = c.mains().lease_reference("test", {Instant::max(), c.deadline().stop});
    c.clock().sleep_for(59s, {});
    c.clock().sleep_for(1500ms, {});
  };
  const RunResult result = go();
  for (const UnitResult& unit : result.units) {
    EXPECT_EQ(unit.record.verdict, Verdict::error);
    EXPECT_EQ(unit.fault_id, "step.timeout") << log.text();
  }
}

TEST_F(LeaseRun, AStepThatBreaksOffInItsTurnLetsTheOthersHaveTheirs) {
  body = [](StepContext& c) {
    c.mains().energise(c.deadline());
    const auto turn = c.mains().lease_reference("test", {Instant::max(), c.deadline().stop});
    c.mains().load(500, c.deadline());
    c.clock().sleep_for(10s, c.deadline());
    if (c.slot() == "F1") throw 1;  // NOLINT(hicpp-exception-baseclass)
  };
  const RunResult result = go();
  ASSERT_EQ(result.units.size(), 3U);
  int passed = 0;
  for (const UnitResult& unit : result.units) {
    passed += static_cast<int>(unit.record.verdict == Verdict::pass);
  }
  EXPECT_EQ(passed, 2) << log.text();
  EXPECT_EQ(bench.load_W(), 0);
}

TEST_F(LeaseRun, AStopReachesWhoHoldsAndWhoWaits) {
  body = [this](StepContext& c) {
    c.mains().energise(c.deadline());
    const auto turn = c.mains().lease_reference("test", {Instant::max(), c.deadline().stop});
    c.mains().load(500, c.deadline());
    c.clock().sleep_for(5s, c.deadline());
    active->request_stop(StopReason::interrupt);
    c.clock().sleep_for(50s, c.deadline());
  };
  const RunResult result = go();
  EXPECT_EQ(result.exit_code, 130);
  for (const UnitResult& unit : result.units) {
    EXPECT_EQ(unit.record.verdict, Verdict::aborted);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(bench.live(i));
    EXPECT_FALSE(bench.slots[i].selector);
  }
}

}  // namespace
}  // namespace plugrig::test
