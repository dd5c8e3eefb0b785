#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/steps/plug_bench.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;

class PlugSteps : public PlugBench {
 protected:
  PlugSteps() { with_console = false; }
};

TEST_F(PlugSteps, JoinFindsThePlugByWhatIsKnownOfIt) {
  facts["address"] = "10.0.0.7";
  facts["host_name"] = "tasmota-1";
  EXPECT_EQ(run("plug.join"), "");
  EXPECT_EQ(network.asked.mac, "A4:CF:12:00:00:01");
  EXPECT_EQ(network.asked.address, "10.0.0.7");
  EXPECT_EQ(network.asked.host_name, "tasmota-1");
  EXPECT_TRUE(mains.on);
  EXPECT_EQ(facts["binding"], "shown");
}

TEST_F(PlugSteps, JoinRefusesAnotherPlug) {
  network.answering_mac = "A4:CF:12:00:00:99";
  EXPECT_EQ(run("plug.join"), "plug.wrong_mac/fixture");
  network.answering_mac = "a4cf12000001";
  EXPECT_EQ(run("plug.join"), "") << "another way to write the same MAC";
}

TEST_F(PlugSteps, JoinNeedsToKnowWhichPlug) {
  facts.clear();
  EXPECT_EQ(run("plug.join"), "plug.mac_unknown/config");
  EXPECT_FALSE(mains.on) << "nothing may be switched on for an unknown plug";
  EXPECT_EQ(run("plug.join", "{mac: 'a4-cf-12-00-00-01'}"), "");
  EXPECT_EQ(run("plug.join", "{mac: 'A4:CF:12:00:00:55'}"), "plug.wrong_mac/fixture");
}

TEST_F(PlugSteps, JoinProvesTheWebPassword) {
  plug.web_password = "MARK-web";
  facts["web_password"] = "set";
  EXPECT_EQ(run("plug.join"), "plug.password_missing/config");
  EXPECT_EQ(run("plug.join", "{web_password: MARK-web}"), "");
  EXPECT_EQ(facts["web_password"], "proven");
  EXPECT_EQ(run("plug.join", "{web_password: MARK-other}"), "plug.unauthorised/config");
  plug.web_password_ignored = true;
  EXPECT_EQ(run("plug.join", "{web_password: MARK-web}"), "plug.password_open/unit");
  EXPECT_EQ(all_traces().find("MARK-"), std::string::npos);
}

TEST_F(PlugSteps, APasswordThatNobodySetIsAFormerOwners) {
  plug.web_password = "former owner";
  EXPECT_EQ(run("plug.join"), "plug.password_unexpected/unit");
}

TEST_F(PlugSteps, JoinShowsThatThePlugIsTheOneInTheSlot) {
  plug.relay_stuck_on = true;  // as if another plug were switched
  EXPECT_EQ(run("plug.join"), "plug.binding/fixture");
}

class JoinedPlugSteps : public PlugSteps {
 protected:
  JoinedPlugSteps() {
    network.find({.mac = plug.mac, .address = plug.address, .host_name = {}}, "", {});
    mains.on = true;
  }
  bool in_limits() {
    const auto& all = last->measurements;
    return std::all_of(all.begin(), all.end(), [](const Measurement& m) {
      return m.value >= m.low.value() && m.value <= m.high.value();
    });
  }
};

TEST_F(JoinedPlugSteps, TheRelayIsSeenByTheReferenceMeter) {
  EXPECT_EQ(run("plug.functional", "{load: 500 W}"), "");
  ASSERT_EQ(last->measurements.size(), 3U);
  EXPECT_TRUE(in_limits());
  EXPECT_NEAR(last->measurements[0].value, 500 * (225.0 / 230) * (225.0 / 230), 2);
  EXPECT_LT(last->measurements[1].value, 5);
  EXPECT_EQ(mains.load_W, 0);
}

TEST_F(JoinedPlugSteps, MainsThatIsLowIsNotTakenForABadRelay) {
  mains.mains_V = 200;
  EXPECT_EQ(run("plug.functional", "{load: 500 W}"), "");
  EXPECT_TRUE(in_limits());
}

TEST_F(JoinedPlugSteps, AStuckRelayIsOutsideItsLimits) {
  plug.relay_stuck_on = true;
  EXPECT_EQ(run("plug.functional", "{load: 500 W}"), "");
  EXPECT_FALSE(in_limits());
}

TEST_F(JoinedPlugSteps, AMeterWithoutPowerIsNotZero) {
  mains.measures_power = false;
  EXPECT_EQ(run("plug.functional"), "meter.no_power/instrument");
}

TEST_F(JoinedPlugSteps, TheLedIsAskedForOnlyWhenTheSequenceSaysSo) {
  ASSERT_EQ(run("plug.functional"), "");
  EXPECT_TRUE(person.asked.empty());
  ASSERT_EQ(run("plug.functional", "{led: ask}"), "");
  EXPECT_EQ(person.asked.size(), 1U);
  person.agrees = false;
  EXPECT_EQ(run("plug.functional", "{led: ask}"), "operator.refused/operator");
}

TEST_F(JoinedPlugSteps, FinishGivesBackWhatWasChangedAndZeroesTheCounters) {
  plug.settings["voltres"] = "1";
  plug.settings["setoption65"] = "1";
  facts["restore.VoltRes"] = "0";
  facts["restore.SetOption65"] = "0";
  plug.boot(clock().now(), "");
  const auto start = clock().now();
  EXPECT_EQ(run("plug.finish"), "");
  EXPECT_EQ(plug.settings["voltres"], "0");
  EXPECT_EQ(plug.settings["setoption65"], "0");
  EXPECT_EQ(plug.energy_kWh, 0);
  EXPECT_FALSE(plug.relay) << "PowerOnState 3 keeps what it was left with";
  EXPECT_FALSE(mains.on);
  EXPECT_GE(clock().now() - start, seconds{10}) << "uptime before power-off";
}

TEST_F(JoinedPlugSteps, FinishWaitsUntilThePlugHasSaved) {
  clock().sleep_for(seconds{60}, {});
  const auto start = clock().now();
  ASSERT_EQ(run("plug.finish"), "");
  EXPECT_GE(clock().now() - start, seconds{3});
}

TEST_F(JoinedPlugSteps, FinishLeavesTheRelayAsPowerOnStateSays) {
  plug.settings["poweronstate"] = "1";
  EXPECT_EQ(run("plug.finish"), "");
  EXPECT_TRUE(plug.relay);
}

TEST_F(JoinedPlugSteps, FinishFindsWhatThePlugDidNotTake) {
  plug.deaf = {"energytotal", "energytoday", "energyyesterday"};
  EXPECT_EQ(run("plug.finish"), "plug.counters/unit");
  plug.deaf = {"voltres"};
  plug.settings["voltres"] = "1";
  facts["restore.VoltRes"] = "0";
  EXPECT_EQ(run("plug.finish"), "plug.setting/unit");
  plug.settings["savedata"] = "0";
  EXPECT_EQ(run("plug.finish"), "plug.not_saving/unit");
}

TEST_F(JoinedPlugSteps, RecoveryIsSevenPowerOnsOfWhichSixAreShort) {
  EXPECT_EQ(run("plug.recover"), "");
  EXPECT_EQ(mains.times_on, 7);
  ASSERT_EQ(mains.on_times.size(), 8U) << "the run before, six short ones, the seventh";
  for (std::size_t i = 1; i < 7; ++i) {
    EXPECT_LT(mains.on_times[i], seconds{7});
    EXPECT_GT(mains.on_times[i], seconds{1});
  }
  EXPECT_GT(mains.on_times[7], seconds{10});
  EXPECT_FALSE(mains.on);
}

TEST_F(JoinedPlugSteps, RecoveryOverTheConsoleIsAReset) {
  with_console = true;
  plug.settings["ssid1"] = "mistyped";
  EXPECT_EQ(run("plug.recover"), "");
  EXPECT_EQ(plug.settings["ssid1"], "");
  EXPECT_EQ(mains.times_on, 0);
  with_console = false;
  EXPECT_EQ(run("plug.recover", "{by: console}"), "slot.no_console/config");
}

using OperatorSteps = PlugBench;

TEST_F(OperatorSteps, AConfirmationIsAskedForAtTheSlot) {
  EXPECT_EQ(run("operator.confirm", "{text: Close the case.}"), "");
  EXPECT_EQ(person.asked.at(0).text, "Close the case.");
  EXPECT_EQ(person.asked.at(0).slot, "F1");
  person.agrees = false;
  EXPECT_EQ(run("operator.confirm", "{text: Close the case.}"), "operator.refused/operator");
}

TEST_F(OperatorSteps, AValueIsMeasuredAgainstItsLimits) {
  person.answer = 0.07;
  EXPECT_EQ(run("measure.ground_bond", "{limit: 100 mOhm}"), "");
  ASSERT_EQ(last->measurements.size(), 1U);
  EXPECT_EQ(last->measurements[0].value, 0.07);
  EXPECT_DOUBLE_EQ(last->measurements[0].high.value(), 0.1);
  EXPECT_EQ(run("operator.value", "{id: leak, text: Read it., unit: mA, low: '0', high: '0.25'}"),
            "");
  EXPECT_DOUBLE_EQ(last->measurements[0].high.value(), 0.25);
  EXPECT_EQ(run("operator.value", "{id: leak, text: Read it., unit: mA, high: much}"),
            "operator.limit/config");
}

TEST_F(OperatorSteps, WithNobodyThereTheStepSaysSo) {
  last = context_for("operator.confirm", "{text: x}");
  last->devices().person = nullptr;
  EXPECT_THROW(make_registry().find("operator.confirm")->run(*last), Fault);
}

TEST_F(PlugSteps, EnergiseHoldsALoadForATimeAndPutsItOff) {
  EXPECT_EQ(run("slot.energise", "{load: 500 W, for: 30 s}"), "");
  EXPECT_EQ(mains.times_on, 1);
  EXPECT_EQ(mains.leased_for, std::vector<std::string>{"slot.energise"});
  EXPECT_TRUE(mains.on) << "the stage takes mains away, not the step";
  EXPECT_EQ(mains.load_W, 0);
  EXPECT_GE(last->clock().now().time_since_epoch(), seconds{30});
  EXPECT_LT(last->clock().now().time_since_epoch(), seconds{40});
}

TEST_F(PlugSteps, EnergiseWithoutLoadTakesNoTurnAtTheReference) {
  EXPECT_EQ(run("slot.energise", "{for: 5 s}"), "");
  EXPECT_TRUE(mains.on);
  EXPECT_TRUE(mains.leased_for.empty());
}

}  // namespace
}  // namespace plugrig::steps
