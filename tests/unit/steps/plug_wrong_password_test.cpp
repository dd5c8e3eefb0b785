#include "tests/unit/steps/odd_console.hpp"
#include "tests/unit/steps/regression_bench.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr const char* kWhile = "while the password was wrong";

/// A plug in its jig that has joined the network.
class PlugWrongPassword : public RegressionBench {
 protected:
  PlugWrongPassword() {
    plug.settings["ssid1"] = "bench";
    plug.settings["module"] = "0";
    plug.running_template = {{"NAME", "Gosund EP2"}};
    plug.wifi_password = "correct horse";
    facts["address"] = plug.address;
  }
  std::string run_wrong(const std::string& more = "") {
    return run_with("plug.wrong_password", "{ssid: bench, password: correct horse" + more + "}",
                    &line);
  }
  [[nodiscard]] bool has_wrong_password() const {
    return plug.wifi_password != plug.wifi_password_on_air;
  }

  OddConsole line{plug, clock()};
};

TEST_F(PlugWrongPassword, IsLeftAndTheRightOneJoins) {
  EXPECT_EQ(run_wrong(), "") << (last_fault ? last_fault->what() : "");
  EXPECT_EQ(plug.wifi_password, "correct horse");
  EXPECT_EQ(plug.restarts_seen, 2);
  EXPECT_EQ(value("boot.restarts", kWhile), 0);
  EXPECT_EQ(value("settings.lost"), 0);
  // 1.5 s to the restart, 4 s to the address.
  EXPECT_NEAR(value("wifi.recovery_time"), 5.5, 0.3);
}

TEST_F(PlugWrongPassword, ASlowerBuildShows) {
  ASSERT_EQ(run_wrong(), "");
  const auto before_s = value("wifi.recovery_time");
  bool wrong_before = false;
  line.instead = [&](const std::string& command) -> std::optional<json> {
    if (command.starts_with("Backlog") && std::exchange(wrong_before, true))
      clock().sleep_for(seconds{3}, {});
    return std::nullopt;
  };
  ASSERT_EQ(run_wrong(), "");
  EXPECT_NEAR(value("wifi.recovery_time") - before_s, 3, 0.2);
}

TEST_F(PlugWrongPassword, TheRightOneIsASecretAndTheWrongOneIsMadeUp) {
  EXPECT_EQ(run_wrong(), "");
  EXPECT_NE(std::ranges::find(last->secrets, "correct horse"), last->secrets.end());
  EXPECT_EQ(all_traces().find("correct horse"), std::string::npos);
  plug.wifi_password_on_air = "plugrig-has-made-this-up";
  EXPECT_EQ(
      run_with("plug.wrong_password", "{ssid: bench, password: plugrig-has-made-this-up}", &line),
      "");
}

TEST_F(PlugWrongPassword, NothingIsKnownOfAPlugThatNeverJoined) {
  facts.erase("address");
  EXPECT_EQ(run_wrong(), "plug.not_joined/config");
  EXPECT_EQ(plug.restarts_seen, 0) << "nothing was changed";
}

TEST_F(PlugWrongPassword, ABuildThatKeepsTheOldOneJoins) {
  plug.deaf.insert("password3");
  EXPECT_EQ(run_wrong(), "plug.wifi.wrong_taken/unit");
  EXPECT_EQ(measured("wifi.recovery_time"), nullptr);
}

TEST_F(PlugWrongPassword, ARestartByItselfIsCountedAndFound) {
  line.not_before = 2;  // the first time the banner is awaited
  line.meanwhile = [&] {
    clock().sleep_for(seconds{16}, {});
    plug.boot(clock().now(), "CFG: Loaded from flash at F9, Count 12");
  };
  EXPECT_EQ(run_wrong(), "plug.wifi.restarts/unit");
  EXPECT_EQ(value("boot.restarts", kWhile), 1);
}

TEST_F(PlugWrongPassword, APlugThatAnswersNothingHangs) {
  line.instead = [&](const std::string&) -> std::optional<json> {
    if (has_wrong_password()) throw Fault("plug.silent", Blame::contact, "No answer.", "Look.");
    return std::nullopt;
  };
  EXPECT_EQ(run_wrong(), "plug.wifi.hangs/unit");
}

TEST_F(PlugWrongPassword, ABuildThatCannotBeMendedIsFound) {
  line.meanwhile = [&] { plug.deaf.insert("password3"); };
  EXPECT_EQ(run_wrong(), "plug.wifi.no_recovery/unit");
  EXPECT_EQ(measured("wifi.recovery_time"), nullptr) << "no time is no long time";
}

TEST_F(PlugWrongPassword, ANetworkThatIsGoneIsNotTheBuilds) {
  line.meanwhile = [&] { plug.ssid_on_air = "another"; };
  EXPECT_EQ(run_wrong(), "plug.wifi.no_network/config");
}

TEST_F(PlugWrongPassword, WhatThePlugForgetsIsCounted) {
  line.meanwhile = [&] { plug.settings["teleperiod"] = "10"; };
  EXPECT_EQ(run_wrong(), "");
  EXPECT_EQ(value("settings.lost"), 1);
  EXPECT_TRUE(said("lost: TelePeriod was 300 and is 10"));
  line.meanwhile = [&] { plug.running_template = json::object(); };
  EXPECT_EQ(run_wrong(), "plug.settings_lost/unit");
}

}  // namespace
}  // namespace plugrig::steps
