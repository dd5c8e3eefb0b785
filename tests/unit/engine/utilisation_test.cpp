#include "rig/engine/utilisation.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace plugrig {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class UtilisationTest : public testing::Test {
 protected:
  UtilisationCollector collector{{{"F1", "load"}, {"F2", "load"}}};

  void at(Duration time, const std::string& slot, event::Body body) {
    collector.on({Instant{} + time, {}, slot, std::move(body)});
  }
  void begin(Duration time, const std::string& slot) {
    at(time, slot, event::SlotStarted{"U"});
    at(time, slot, event::StageStarted{"one"});
  }
  void end(Duration time, const std::string& slot, Verdict verdict = Verdict::pass) {
    event::UnitEnded ended;
    ended.verdict = verdict;
    ended.recorded = true;
    at(time, slot, ended);
  }
  void lease(Duration from, Duration to, const std::string& slot, Duration settling,
             Duration sampling) {
    at(from, slot, event::LeaseTaken{"reference", "p", {}});
    at(to, slot, event::LeaseGiven{"reference", "p", to - from, settling, sampling});
  }
};

TEST_F(UtilisationTest, OfNothingIsNothing) {
  const auto use = collector.result();
  EXPECT_EQ(use.total(), 0s);
  EXPECT_EQ(use.units_per_hour(), 0);
  EXPECT_TRUE(use.loads.empty());
}

TEST_F(UtilisationTest, IdleHoldingIsNoUse) {
  at(0s, "", event::RunStarted{"R", "", "", "", {"F1"}});
  begin(0s, "F1");
  lease(10s, 30s, "F1", 4s, 6s);
  end(40s, "F1");
  const auto use = collector.result();
  ASSERT_EQ(use.loads.size(), 1U);
  EXPECT_EQ(use.loads[0].name, "load");
  EXPECT_EQ(use.loads[0].held, 20s);
  EXPECT_DOUBLE_EQ(use.loads[0].share, 0.5) << "10 s of the 20 s between first and last lease";
  EXPECT_DOUBLE_EQ(use.units_per_hour(), 90);
}

TEST_F(UtilisationTest, TheSteadyPartEndsWithTheBeginOfTheLastUnit) {
  begin(0s, "F1");
  lease(0s, 10s, "F1", 5s, 5s);
  end(10s, "F1");
  begin(20s, "F2");
  lease(50s, 60s, "F2", 5s, 5s);
  end(60s, "F2");
  const auto use = collector.result();
  EXPECT_EQ(use.loads[0].steady, 20s);
  EXPECT_DOUBLE_EQ(use.loads[0].steady_share, 0.5);
  EXPECT_DOUBLE_EQ(use.loads[0].share, 20.0 / 60);
}

TEST_F(UtilisationTest, ALeaseAcrossTheEndOfTheSteadyPartCountsWithItsPart) {
  begin(0s, "F1");
  lease(0s, 20s, "F1", 10s, 10s);
  begin(10s, "F2");
  const auto use = collector.result();
  EXPECT_DOUBLE_EQ(use.loads[0].steady_share, 1);
}

TEST_F(UtilisationTest, AWaitForATurnIsNotTheStepsTime) {
  begin(0s, "F1");
  at(0s, "F1", event::StepStarted{"power.as_left", 1, 1});
  at(2s, "F1", event::LeaseWaits{"reference", "F2", "p"});
  lease(12s, 15s, "F1", 1s, 1s);
  at(16s, "F1", event::StepEnded{});
  end(16s, "F1", Verdict::fail);
  const auto use = collector.result();
  ASSERT_EQ(use.steps.size(), 1U);
  EXPECT_EQ(use.steps[0].mean(), 6s);
  EXPECT_EQ(use.slots[0].waiting, 10s);
  EXPECT_EQ(use.slots[0].working, 6s);
  EXPECT_EQ(use.passed, 0);
}

TEST_F(UtilisationTest, TimeBetweenUnitsIsEmpty) {
  at(0s, "", event::RunStarted{"R", "", "", "", {"F1"}});
  begin(5s, "F1");
  end(10s, "F1");
  begin(25s, "F1");
  end(30s, "F1");
  EXPECT_EQ(collector.result().slots[0].empty, 20s);
}

TEST_F(UtilisationTest, SlotsWithALoadOfTheirOwnAreApart) {
  begin(0s, "F8");
  lease(0s, 10s, "F8", 1s, 1s);
  begin(0s, "F1");
  lease(0s, 10s, "F1", 2s, 2s);
  const auto use = collector.result();
  ASSERT_EQ(use.loads.size(), 2U);
  EXPECT_EQ(use.loads[0].name, "slot F8");
  EXPECT_DOUBLE_EQ(use.loads[1].share, 0.4);
}

TEST_F(UtilisationTest, PlanAndRunStandBesideEachOther) {
  PlanDeviation deviation;
  deviation.planned.to = Instant{} + 100s;
  deviation.planned.units = 2;
  deviation.actual.to = Instant{} + 104s;
  deviation.actual.units = 2;
  EXPECT_NEAR(deviation.time(), 0.04, 1e-9);
  EXPECT_THAT(render(deviation), HasSubstr("time in all"));
  EXPECT_THAT(render(deviation), HasSubstr("100.0 s     104.0 s      +4.0 %"));
  const auto json = nlohmann::json::parse(to_json(deviation));
  EXPECT_EQ(json.at("event"), "plan_and_run");
  EXPECT_NEAR(json.at("deviation").get<double>(), 0.04, 1e-9);
}

}  // namespace
}  // namespace plugrig
