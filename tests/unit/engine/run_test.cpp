#include "rig/engine/run.hpp"

#include <gmock/gmock.h>

#include <random>

#include "tests/unit/engine/harness.hpp"

namespace plugrig::test {
namespace {

using testing::HasSubstr;

constexpr const char* kSequence = R"(sequence: test
stages:
  - stage: one
    steps:
      - t.wait:
        retries: 3
        on_fail: continue
      - t.wait:
clean_up:
  - t.wait:
)";

/// A whole run of four slots whose steps wait, talk and fail by one seeded generator a slot.
std::string seeded_run(std::uint64_t seed) {
  Harness bench;
  bench.options.units = 8;
  std::map<std::string, std::mt19937_64, std::less<>> random;
  for (const char* slot : {"F1", "F2", "F3", "F4"}) {
    random[slot].seed(seed + static_cast<std::uint64_t>(slot[1]));
  }
  bench.step("t.wait", [&random](StepContext& c) {
    // The slot is known to a step only through its parameters; here by its first fact.
    auto& generator = random.at(c.facts().at("slot"));
    for (std::uint32_t i = 0; i < 3; ++i) {
      c.clock().sleep_for(std::chrono::milliseconds(generator() % 5), c.deadline());
      c.progress("waiting", 0, i, 3);
    }
    if (generator() % 3 == 0) throw Fault("test.fault", Blame::unit, "It broke.", "Mend it.");
  });
  bench.step("t.slot", [](StepContext& c) { c.fact("slot", c.params().text("text")); });
  std::string text = kSequence;
  text.replace(text.find("      - t.wait:"), 0, "      - t.slot: {text: '{{unit.slot}}'}\n");
  bench.run(text, 4);
  return bench.sink.json.text();
}

TEST(Run, OneSeedGivesOneEventLog) {
  const std::string first = seeded_run(7);
  EXPECT_THAT(first, HasSubstr("\"slot\":\"F4\""));
  for (int i = 0; i < 19; ++i) ASSERT_EQ(seeded_run(7), first) << "run " << i + 2;
  EXPECT_NE(seeded_run(8), first);
}

class RunTest : public testing::Test, protected Harness {};

TEST_F(RunTest, SlotsRunSideBySide) {
  step("t.wait", [](StepContext& c) { c.clock().sleep_for(4s, c.deadline()); });
  const RunResult result = run(kSequence, 4);
  EXPECT_EQ(result.units.size(), 4U);
  EXPECT_EQ(clock->now() - Instant{}, 12s) << "three steps, not twelve";
  EXPECT_TRUE(log.has("ended 4/0/0"));
  EXPECT_EQ(result.exit_code, 0);
}

std::vector<std::string> ids_of(const RunResult& result) {
  std::vector<std::string> ids;
  for (const UnitResult& unit : result.units) ids.push_back(unit.record.unit_id);
  return ids;
}

TEST_F(RunTest, UnitsAreNumberedOverTheBatchAndListedBySlot) {
  step("t.wait", [](StepContext& c) { c.clock().sleep_for(1s, c.deadline()); });
  options.units = 4;
  EXPECT_THAT(ids_of(run(kSequence, 2)),
              testing::ElementsAre("R-F1-1", "R-F1-3", "R-F2-2", "R-F2-4"));
}

TEST_F(RunTest, WithoutANumberThereIsOneUnitASlot) {
  step("t.wait", [](StepContext&) {});
  EXPECT_EQ(run(kSequence, 3).units.size(), 3U);
}

TEST_F(RunTest, ASlotThatIsReadyTakesTheNextUnit) {
  // Units of slot F1 take 9 s, those of F2 3 s: in 18 s F2 runs four of six.
  step("t.wait",
       [](StepContext& c) { c.clock().sleep_for(c.slot() == "F1" ? 3s : 1s, c.deadline()); });
  options.units = 6;
  EXPECT_THAT(ids_of(run(kSequence, 2)),
              testing::ElementsAre("R-F1-1", "R-F1-5", "R-F2-2", "R-F2-3", "R-F2-4", "R-F2-6"));
  EXPECT_EQ(clock->now() - Instant{}, 18s);
}

TEST_F(RunTest, FewerUnitsThanSlotsLeaveSlotsEmpty) {
  step("t.wait", [](StepContext& c) { c.clock().sleep_for(1s, c.deadline()); });
  options.units = 2;
  EXPECT_THAT(ids_of(run(kSequence, 4)), testing::ElementsAre("R-F1-1", "R-F2-2"));
}

TEST_F(RunTest, AUnitThatDoesNotComeIsAnotherSlots) {
  step("t.wait", [](StepContext& c) { c.clock().sleep_for(1s, c.deadline()); });
  options.units = 3;
  options.next_unit = [this](const std::string& slot, int number, const Deadline& deadline) {
    // Slot F1 finds out late that unit 1 is not there: F2 has nothing else to do by then.
    if (number == 1 && slot == "F1") clock->sleep_for(60s, deadline);
    return number != 1 || slot != "F1";
  };
  EXPECT_THAT(ids_of(run(kSequence, 2)), testing::ElementsAre("R-F2-2", "R-F2-3", "R-F2-1"));
}

TEST_F(RunTest, ASlotThatCannotBeOpenedLeavesItsShareToTheOthers) {
  step("t.wait", [](StepContext& c) { c.clock().sleep_for(1s, c.deadline()); });
  port().on_open = [](const Deadline&) {
    throw Fault("port.gone", Blame::instrument, "The adapter is gone.", "Plug it in.");
  };
  options.units = 4;
  const RunResult result = run(kSequence, 2);
  EXPECT_THAT(ids_of(result), testing::ElementsAre("R-F1-1", "R-F2-2", "R-F2-3", "R-F2-4"));
  EXPECT_TRUE(log.has("F1: waits Slot F1 takes no further unit"));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(RunTest, TheNextUnitIsWaitedForAndMayNotCome) {
  step("t.wait", [](StepContext&) {});
  options.units = 5;
  options.next_unit = [this](const std::string&, int number, const Deadline& deadline) {
    clock->sleep_for(1s, deadline);
    return number <= 2;
  };
  EXPECT_EQ(run(kSequence).units.size(), 2U);
}

TEST_F(RunTest, AStopEndsAllSlotsAndNoFurtherUnitBegins) {
  options.units = 15;
  step("t.wait", [this](StepContext& c) {
    if (c.clock().now() > Instant{} + 2s) active->request_stop(StopReason::interrupt);
    c.clock().sleep_for(1s, c.deadline());
  });
  const RunResult result = run(kSequence, 3);
  EXPECT_EQ(result.stop, StopReason::interrupt);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_LE(result.units.size(), 6U);
  for (const UnitResult& unit : result.units) {
    EXPECT_THAT(unit.record.verdict, testing::AnyOf(Verdict::aborted, Verdict::pass));
  }
}

TEST_F(RunTest, TheFirstReasonToStopCounts) {
  step("t.wait", [this](StepContext&) {
    active->request_stop(StopReason::request);
    active->request_stop(StopReason::interrupt);
  });
  EXPECT_EQ(run(kSequence).stop, StopReason::request);
}

TEST_F(RunTest, WhatBreaksBetweenUnitsIsABenchFault) {
  step("t.wait", [](StepContext&) {});
  options.next_unit = [](const std::string&, int, const Deadline&) -> bool {
    throw Fault("scan.lost", Blame::instrument, "The scanner is gone.", "Plug it in.");
  };
  const RunResult result = run(kSequence);
  ASSERT_TRUE(result.fault);
  EXPECT_EQ(result.fault->id(), "scan.lost");
  EXPECT_EQ(result.exit_code, 3);
}

}  // namespace
}  // namespace plugrig::test
