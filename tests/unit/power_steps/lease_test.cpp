// A step has reference and load no longer than it measures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/power_steps/rig.hpp"

namespace plugrig::fake {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::vector<std::string> purposes(const Rig& rig) {
  std::vector<std::string> all;
  for (const Gate::Turn& turn : rig.gate.turns) all.push_back(turn.purpose);
  return all;
}

TEST(Leases, EachStepTakesItsOwn) {
  Rig rig;
  ASSERT_EQ(rig.run("power.as_found", "{points: [500 W]}").fault_id(), "");
  EXPECT_THAT(purposes(rig), ElementsAre("power.as_found"));
  rig.gate.turns.clear();
  ASSERT_EQ(rig.run("power.calibrate").fault_id(), "");
  EXPECT_THAT(purposes(rig), testing::Each("power.calibrated"));
  rig.gate.turns.clear();
  ASSERT_EQ(rig.run("power.as_left", "{points: [500 W], limits: ± 1 %}").fault_id(), "");
  EXPECT_THAT(purposes(rig), ElementsAre("binding", "power.as_left"));
  rig.gate.turns.clear();
  ASSERT_EQ(rig.run("power.persistence", "{point: 500 W}").fault_id(), "");
  EXPECT_THAT(purposes(rig), ElementsAre("binding", "power.persistence"));
}

TEST(Leases, AreHeldForSettlingAndSamplingAndLittleElse) {
  Rig rig;
  ASSERT_EQ(rig.run("power.as_found").fault_id(), "");
  ASSERT_EQ(rig.gate.turns.size(), 1U);
  const Gate::Turn& turn = rig.gate.turns[0];
  EXPECT_GT(turn.settling, 5s);
  EXPECT_GT(turn.sampling, 10s);
  EXPECT_LE(turn.settling + turn.sampling, turn.held);
  EXPECT_GT(turn.settling + turn.sampling, turn.held * 98 / 100);
}

TEST(Leases, WhatThePlugIsToldForTheWholeSeriesIsToldBefore) {
  Rig rig;
  std::size_t told_before = 0;
  rig.gate.on_lease = [&] { told_before = rig.plug.commands.size(); };
  ASSERT_EQ(rig.run("power.as_found", "{points: [500 W]}").fault_id(), "");
  EXPECT_EQ(rig.plug.commands.size(), told_before)
      << "relay and display resolution are set before other slots must wait";
}

TEST(Leases, EndWithTheLoadOffWhenAStepBreaksOff) {
  Rig rig;
  rig.meter.dies_at = rig.clock->now() + 25s;
  EXPECT_EQ(rig.run("power.as_found", "{points: [500 W]}").fault_id(), "meter.silent");
  EXPECT_EQ(rig.gate.turns.size(), 1U);
  EXPECT_EQ(rig.circuit.load_W, 0);
}

}  // namespace
}  // namespace plugrig::fake
