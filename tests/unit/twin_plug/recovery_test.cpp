#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_plug/plug_host.hpp"

// Quick power cycling, boot loops, the button. Source: Tasmota notes, restart, reset, recovery.

namespace plugrig::twin::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class QuickPowerCycle : public testing::Test {
 protected:
  void SetUp() override {
    host.pass(3s);
    host.ask("DeviceName mine", 9s);
  }
  /// One short run: its text.
  std::string short_run(Duration time = 3s) {
    host.power_cycle();
    host.pass(time);
    return host.take_text();
  }
  PlugHost host;
};

TEST_F(QuickPowerCycle, SixShortRunsAreHarmlessTheSeventhWipes) {
  for (int n = 1; n <= 6; ++n) {
    const std::string text = short_run();
    EXPECT_THAT(text, HasSubstr("QPC: Count " + std::to_string(n) + "\r\n"));
    EXPECT_THAT(text, HasSubstr(" - mine Version "));
  }
  const std::string text = short_run(9s);
  EXPECT_THAT(text, HasSubstr("CFG: Use defaults"));
  EXPECT_THAT(text, Not(HasSubstr(" - mine Version ")));
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"Tasmota"})");
}

TEST_F(QuickPowerCycle, ARunThatEndsBeforeUptimeEightLeavesItsMark) {
  short_run(6900ms);
  EXPECT_THAT(short_run(), HasSubstr("QPC: Count 2\r\n"));
}

TEST_F(QuickPowerCycle, LongRunsInBetweenReset) {
  for (int n = 1; n <= 5; ++n) short_run();
  EXPECT_THAT(short_run(9s), HasSubstr(" QPC: Reset\r\n"));
  EXPECT_THAT(short_run(), HasSubstr("QPC: Count 1\r\n"));
}

TEST_F(QuickPowerCycle, RestartsDoNotCount) {
  for (int n = 0; n < 3; ++n) host.ask("Restart 99", 3s);
  EXPECT_THAT(short_run(), HasSubstr("QPC: Count 1\r\n"));
}

TEST_F(QuickPowerCycle, SetOption65SwitchesItOff) {
  host.ask("SetOption65 1", 3s);
  for (int n = 1; n <= 9; ++n) EXPECT_THAT(short_run(), Not(HasSubstr("QPC")));
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"mine"})");
}

class BootLoop : public testing::Test {
 protected:
  void SetUp() override {
    host.pass(3s);
    host.send("Backlog Template " + kEp2Template + ";Module 0");
    host.pass(16s);
    host.take_text();
  }
  std::string quick_restart() {
    host.take_text();
    return host.ask("Restart 99", 4s);
  }
  PlugHost host;
};

TEST_F(BootLoop, ModuleFallsBackAfterFiveRestartsWithoutTenSeconds) {
  host.power_cycle();
  host.pass(3s);
  for (int starts = 2; starts <= 5; ++starts) {
    EXPECT_THAT(quick_restart(), HasSubstr("FRC: Some settings have been reset (" +
                                           std::to_string(starts) + ")\r\n"));
    EXPECT_EQ(host.result("Module"), R"({"Module":{"0":"Gosund EP2"}})") << starts;
  }
  EXPECT_THAT(quick_restart(), HasSubstr("FRC: Some settings have been reset (6)\r\n"));
  EXPECT_EQ(host.result("Module"), R"({"Module":{"1":"Sonoff Basic"}})");
}

TEST_F(BootLoop, TenSecondsOfUptimeClearTheCounter) {
  for (int i = 0; i < 8; ++i) {
    quick_restart();
    host.pass(8s);
  }
  EXPECT_EQ(host.result("Module"), R"({"Module":{"0":"Gosund EP2"}})");
}

TEST_F(BootLoop, PowerLossClearsTheCounter) {
  for (int i = 0; i < 4; ++i) quick_restart();
  host.power_cycle();
  host.pass(3s);
  EXPECT_THAT(host.take_text(), Not(HasSubstr("FRC")));
}

TEST_F(BootLoop, SetOption36ZeroSwitchesItOff) {
  host.ask("SetOption36 0", 3s);
  for (int i = 0; i < 8; ++i) EXPECT_THAT(quick_restart(), Not(HasSubstr("FRC")));
}

class Button : public BootLoop {
 protected:
  void press(Duration time, Duration pause = 200ms) {
    host.board.pressed = true;
    host.pass(time);
    host.board.pressed = false;
    host.pass(pause);
  }
};

TEST_F(Button, ShortPressTogglesTheRelay) {
  press(100ms, 1s);
  EXPECT_THAT(host.take_text(), HasSubstr("RSL: POWER = ON\r\n"));
  EXPECT_TRUE(host.board.relay);
  press(100ms, 1s);
  EXPECT_FALSE(host.board.relay);
}

TEST_F(Button, ActsHalfASecondAfterThePress) {
  press(150ms, 300ms);
  EXPECT_THAT(host.take_text(), Not(HasSubstr("POWER")));
  host.pass(250ms);
  EXPECT_THAT(host.take_text(), HasSubstr("RSL: POWER = ON\r\n"));
}

TEST_F(Button, IsDebounced) {
  press(20ms, 1s);
  EXPECT_THAT(host.take_text(), Not(HasSubstr("POWER")));
}

TEST_F(Button, TwoPressesInTheWindowAreNoToggle) {
  press(100ms);
  press(100ms, 1s);
  EXPECT_THAT(host.take_text(), Not(HasSubstr("POWER")));
  press(100ms, 600ms);
  press(100ms, 1s);
  EXPECT_EQ(host.board.relay_history, (std::vector<bool>{true, false}));
}

TEST_F(Button, IsNotHeardInTheFirstSeconds) {
  host.power_cycle();
  host.pass(2500ms);
  press(100ms, 1s);
  EXPECT_THAT(host.take_text(), Not(HasSubstr("POWER = ")));
  host.pass(2s);
  press(100ms, 1s);
  EXPECT_THAT(host.take_text(), HasSubstr("POWER = "));
}

TEST_F(Button, AHoldIsNoToggle) {
  press(5s, 1s);
  EXPECT_THAT(host.take_text(), Not(HasSubstr("POWER")));
  EXPECT_FALSE(host.board.relay);
}

TEST_F(Button, DetachedItOnlyTellsWhatWasDone) {
  host.ask("SetOption73 1");
  host.take_text();
  press(150ms, 1s);
  EXPECT_THAT(host.take_text(), HasSubstr(R"(RSL: RESULT = {"Button1":{"Action":"SINGLE"}})"));
  press(100ms);
  press(100ms, 1s);
  EXPECT_THAT(host.take_text(), HasSubstr(R"({"Button1":{"Action":"DOUBLE"}})"));
  press(3900ms, 0ms);
  EXPECT_THAT(host.take_text(), Not(HasSubstr("Action")));
  press(0ms, 2s);
  host.take_text();
  press(4200ms, 0ms);
  EXPECT_THAT(host.take_text(), HasSubstr(R"({"Button1":{"Action":"HOLD"}})"));
  host.pass(300ms);
  EXPECT_THAT(host.take_text(), HasSubstr(R"({"Button1":{"Action":"CLEAR"}})"));
  EXPECT_FALSE(host.board.relay);
}

TEST_F(Button, TheHoldTimeIsSetOption32) {
  host.ask("Backlog SetOption73 1;SetOption32 10");
  host.pass(1s);
  host.take_text();
  press(1200ms, 0ms);
  EXPECT_THAT(host.take_text(), HasSubstr(R"("HOLD")"));
}

TEST_F(Button, TheLedFollowsTheRelayWithinAQuarterOfASecond) {
  for (const bool on : {true, false, true}) {
    press(100ms, 900ms);
    EXPECT_EQ(host.board.leds[1], on);
  }
  host.ask("LedState 0");
  host.pass(500ms);
  EXPECT_FALSE(host.board.leds[1]);
}

TEST_F(Button, FortySecondsReset) {
  host.ask("DeviceName mine");
  press(41s, 8s);
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"Tasmota"})");
}

TEST_F(Button, SetOption1BlocksTheResetHold) {
  host.ask("Backlog SetOption1 1;DeviceName mine");
  press(45s, 8s);
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"mine"})");
}

TEST_F(Button, SetOption13HoldOnlyClearsItself) {
  host.ask("Backlog SetOption13 1;DeviceName mine", 1s);
  press(45s, 8s);
  EXPECT_EQ(host.result("SetOption13"), R"({"SetOption13":"OFF"})");
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"mine"})");
}

TEST_F(Button, SixPressesOpenTheWifiManager) {
  for (int i = 0; i < 6; ++i) press(100ms);
  host.pass(2s);
  EXPECT_THAT(host.take_text(), HasSubstr("WIF: WifiManager active for 3 minutes\r\n"));
}

TEST_F(Button, IsWiredByTheTemplate) {
  host.ask("Module 1", 12s);
  press(100ms, 1s);
  EXPECT_FALSE(host.board.relay);
  EXPECT_THAT(host.take_text(), Not(HasSubstr("POWER")));
}

TEST_F(Button, RelayOfAnotherTemplateIsNotThisBoards) {
  EXPECT_THAT(host.ask("Power ON"), HasSubstr("POWER = ON"));
  EXPECT_TRUE(host.board.relay);
  host.ask("Module 1", 12s);
  EXPECT_THAT(host.ask("Power ON"), HasSubstr("POWER = ON"));
  EXPECT_FALSE(host.board.relay);
}

TEST_F(Button, ATemplateThatTakesTheConsolePinsTakesTheConsole) {
  host.ask(R"(Template {"NAME":"deaf","GPIO":[0,0,0,160,0,0,0,0,0,32,0,224,0,0]})", 12s);
  EXPECT_EQ(host.ask("Status"), "");
  // TX still speaks.
  press(100ms, 1s);
  EXPECT_THAT(host.take_text(), HasSubstr("POWER = ON"));
}

TEST_F(Button, HaltStopsEverything) {
  EXPECT_EQ(host.result("Restart 2"), R"({"Restart":"Halted"})");
  host.pass(30s);
  EXPECT_EQ(host.ask("Status"), "");
}

TEST_F(Button, RelaySurvivesACrashRightAfterItWasSwitched) {
  host.ask("Power ON", 100ms);
  host.ask("Restart 99", 4s);
  EXPECT_TRUE(host.board.relay);
}

TEST_F(Button, LedShowsTheRelay) {
  EXPECT_FALSE(host.board.leds[1]);
  host.ask("Power ON");
  EXPECT_TRUE(host.board.leds[1]);
  host.ask("Backlog LedState 0;Power OFF;LedPower 1", 1s);
  EXPECT_TRUE(host.board.leds[1]);
}

}  // namespace
}  // namespace plugrig::twin::test
