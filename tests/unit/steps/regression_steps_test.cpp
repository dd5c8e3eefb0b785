#include "tests/unit/steps/regression_bench.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

using PlugTimes = RegressionBench;

TEST_F(PlugTimes, AreCountedFromMainsOn) {
  odd.replies_after = milliseconds{4200};
  odd.answers_after = milliseconds{6300};
  EXPECT_EQ(run_odd("plug.times", "{requests: 10}"), "");
  EXPECT_NEAR(value("plug.wifi_time"), 4.2, 0.6);
  EXPECT_NEAR(value("plug.http_time"), 6.3, 0.7);
  EXPECT_EQ(measured("plug.wifi_time")->unit, "s");
  EXPECT_EQ(mains.times_on, 2);
}

TEST_F(PlugTimes, ABuildThatIsLaterShows) {
  ASSERT_EQ(run_odd("plug.times"), "");
  const auto before_s = value("plug.http_time");
  odd.replies_after = odd.answers_after = seconds{9};
  ASSERT_EQ(run_odd("plug.times"), "");
  EXPECT_NEAR(value("plug.http_time") - before_s, 5, 1);
}

TEST_F(PlugTimes, LatencyIsOfEveryRequest) {
  odd.latency = milliseconds{80};
  ASSERT_EQ(run_odd("plug.times", "{requests: 25}"), "");
  EXPECT_NEAR(value("plug.http_latency"), 80, 1);
  EXPECT_NEAR(value("plug.http_latency_worst"), 80, 1);
  EXPECT_EQ(measured("plug.http_latency")->samples.size(), 25U);
}

TEST_F(PlugTimes, APlugThatDoesNotComeBackIsTheBuildsFault) {
  clock().sleep_for(seconds{600}, {});
  odd.replies_after = odd.answers_after = seconds{500};
  EXPECT_EQ(run_odd("plug.times", "{within: 30 s}"), "plug.not_found/unit");
  EXPECT_EQ(measured("plug.http_time"), nullptr) << "no time is no long time";
}

TEST_F(PlugTimes, APlugWithoutMainsForATimeIsBoundAgain) {
  facts["binding"] = "";
  ASSERT_EQ(run_odd("plug.times"), "");
  EXPECT_EQ(facts["binding"], "shown");
}

TEST_F(PlugTimes, AnswersThatAreSlowMakeNoLateReturn) {
  odd.latency = milliseconds{900};
  ASSERT_EQ(run_odd("plug.times"), "");
  EXPECT_NEAR(value("plug.http_latency"), 900, 1);
  EXPECT_LT(value("plug.wifi_time"), 4 + 3 * 0.9 + 0.5);
}

using PlugSwitchings = RegressionBench;

TEST_F(PlugSwitchings, AreTimedAndConfirmed) {
  EXPECT_EQ(run_odd("plug.switchings", "{count: 20, seen: 6}"), "");
  EXPECT_NEAR(value("relay.latency", "command to answer"), 50, 1);
  EXPECT_EQ(measured("relay.latency", "command to answer")->samples.size(), 20U);
  EXPECT_EQ(value("relay.missed"), 0);
  EXPECT_EQ(value("relay.unseen"), 0);
  EXPECT_EQ(mains.load_W, 0) << "the load goes off with the turn";
}

TEST_F(PlugSwitchings, WhatTheMeterShowsBeforeTheAnswerHasNoTime) {
  EXPECT_EQ(run_odd("plug.switchings", "{count: 4, seen: 6}"), "");
  EXPECT_EQ(measured("relay.latency", "command to reference meter"), nullptr);
  EXPECT_TRUE(said("0 of 6 switchings timed"));
}

TEST_F(PlugSwitchings, TheWorstIsNotTheMean) {
  int asked = 0;
  odd.instead = [&](const std::string& command) -> std::optional<json> {
    if (command == "Power ON" && ++asked == 3) clock().sleep_for(milliseconds{900}, {});
    return std::nullopt;
  };
  ASSERT_EQ(run_odd("plug.switchings", "{count: 20, seen: 0}"), "");
  EXPECT_NEAR(value("relay.latency_worst"), 950, 1);
  EXPECT_NEAR(value("relay.latency"), 95, 1);
}

TEST_F(PlugSwitchings, AMissIsCountedAndNoFault) {
  int asked = 0;
  odd.instead = [&](const std::string& command) -> std::optional<json> {
    if (command == "Power ON" && ++asked % 5 == 0) return json{{"POWER", "ON"}};
    return std::nullopt;
  };
  EXPECT_EQ(run_odd("plug.switchings", "{count: 100, seen: 0}"), "");
  EXPECT_EQ(value("relay.missed"), 10) << "said that it did, and had not";
}

TEST_F(PlugSwitchings, APlugThatDoesNoneIsBroken) {
  odd.instead = [](const std::string& command) -> std::optional<json> {
    if (command.starts_with("Power")) return json{{"POWER", "?"}};
    return std::nullopt;
  };
  EXPECT_EQ(run_odd("plug.switchings", "{count: 10}"), "plug.relay/unit");
  EXPECT_EQ(value("relay.missed"), 10);
}

TEST_F(PlugSwitchings, ARelayThatSaysItSwitchesAndDoesNotIsBroken) {
  plug.relay_stuck_on = true;
  std::string state;
  odd.instead = [&](const std::string& command) -> std::optional<json> {
    if (!command.starts_with("Power")) return std::nullopt;
    if (command.size() > 6) state = command.substr(6);
    return json{{"POWER", state}};
  };
  EXPECT_EQ(run_odd("plug.switchings", "{count: 10}"), "plug.relay/unit");
}

class PlugRestarts : public RegressionBench {
 protected:
  PlugRestarts() {
    odd.instead = [this](const std::string& command) -> std::optional<json> {
      if (command != "Status 1") return std::nullopt;
      return json{{"StatusPRM", {{"BootCount", boot_count}, {"RestartReason", "Exception"}}}};
    };
  }
  int boot_count = 12;
};

TEST_F(PlugRestarts, AreCountedFromWhereTheyWereNoted) {
  EXPECT_EQ(run_odd("plug.restarts", "{since: now}"), "");
  EXPECT_TRUE(last->measurements.empty());
  EXPECT_EQ(run_odd("plug.restarts"), "");
  EXPECT_EQ(value("boot.restarts"), 0);
  boot_count = 14;
  EXPECT_EQ(run_odd("plug.restarts"), "");
  EXPECT_EQ(value("boot.restarts"), 2);
  EXPECT_TRUE(said("Exception"));
}

TEST_F(PlugRestarts, WaitUntilThePlugHasCountedItsStart) {
  plug.boot(clock().now(), "");
  const auto began = clock().now();
  EXPECT_EQ(run_odd("plug.restarts", "{since: now}"), "");
  EXPECT_GE(clock().now() - began, seconds{10});
}

TEST_F(PlugRestarts, CannotBeToldFromNowhere) {
  EXPECT_EQ(run_odd("plug.restarts"), "plug.restarts_not_noted/config");
}

using SettingsSurvive = RegressionBench;

constexpr const char* kSettings = "{settings: [TelePeriod 617, VoltRes 2, SetOption65 1]}";

TEST_F(SettingsSurvive, ARestart) {
  plug.settings["voltres"] = "1";
  EXPECT_EQ(run_odd("plug.settings_survive", kSettings), "");
  EXPECT_EQ(value("settings.lost"), 0);
  EXPECT_EQ(plug.settings["voltres"], "1") << "given back";
}

TEST_F(SettingsSurvive, WhatIsForgottenIsCountedAndNamed) {
  odd.on_restart = [this] { plug.settings["voltres"] = "0"; };
  EXPECT_EQ(run_odd("plug.settings_survive", kSettings), "");
  EXPECT_EQ(value("settings.lost"), 1);
  EXPECT_TRUE(said("lost: VoltRes"));
}

TEST_F(SettingsSurvive, APlugThatForgetsItsTemplateOrModuleIsBroken) {
  plug.running_template = {{"NAME", "Gosund EP2"}};
  odd.on_restart = [this] { plug.running_template = {{"NAME", "Sonoff"}}; };
  EXPECT_EQ(run_odd("plug.settings_survive", kSettings), "plug.settings_lost/unit");
  odd.on_restart = [this] { plug.settings["module"] = "5"; };
  EXPECT_EQ(run_odd("plug.settings_survive", kSettings), "plug.settings_lost/unit");
}

TEST_F(SettingsSurvive, APlugThatDoesNotRestartShowsNothing) {
  clock().sleep_for(seconds{100}, {});
  odd.restarts = false;
  EXPECT_EQ(run_odd("plug.settings_survive", kSettings), "plug.no_restart/unit");
  EXPECT_EQ(measured("settings.lost"), nullptr);
}

TEST_F(SettingsSurvive, ASettingThatRestartsThePlugIsRefused) {
  EXPECT_EQ(run_odd("plug.settings_survive", "{settings: [Hostname x]}"), "tasmota.value/config");
}

TEST_F(SettingsSurvive, APlugThatCameBackUnderAnotherAddressIsTheNetworksDoing) {
  odd.address_after = "10.0.0.99";
  EXPECT_EQ(run_odd("plug.settings_survive", "{settings: [VoltRes 2], within: 20 s}"),
            "plug.other_address/fixture");
}

}  // namespace
}  // namespace plugrig::steps
