#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/twin_plug/plug_host.hpp"

// Readings and calibration over the console. Numbers: Tasmota notes, calibration commands (worked
// example: pulse lengths 565, 2698 and 1373 µs at 230.0 V, 4.3478 A, 1000.0 W).

namespace plugrig::twin::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Metering : public testing::Test {
 protected:
  void SetUp() override { start(kEp2Template); }
  void start(const std::string& template_json, const TwinSlotOptions& options = plug_options()) {
    host.emplace(options);
    host->board.voltage_period = 565us;
    host->board.current_period = 2698us;
    host->board.power_period = 1373us;
    host->pass(3s);
    host->send("Backlog Template " + template_json + ";Module 0;VoltRes 1;WattRes 1");
    host->pass(14s);
  }
  json energy() {
    const std::string text = host->ask("Status 10", 500ms);
    const auto at = text.find("STATUS10 = ");
    if (at == std::string::npos) return {};
    return json::parse(
        text.substr(at + 11, text.find("\r\n", at) - at - 11))["StatusSNS"]["ENERGY"];
  }
  void load() {
    host->ask("Power ON");
    host->pass(8s);
  }
  std::optional<PlugHost> host;
};

TEST_F(Metering, DefaultsShowWhatTheNotesSay) {
  load();
  const json shown = energy();
  EXPECT_EQ(shown["Voltage"], 283.6);
  EXPECT_EQ(shown["Current"], 4.280);
  EXPECT_EQ(shown["Power"], 1242.9);
  EXPECT_THAT(host->ask("Status 9"), HasSubstr("STATUS9 = {\"StatusPTH\":{\"PowerDelta\""));
}

TEST_F(Metering, WorkedExample) {
  load();
  EXPECT_EQ(host->result("VoltageSet 230.00"), R"({"VoltageSetCal":1580})");
  EXPECT_EQ(host->result("CurrentSet 4347.80"), R"({"CurrentSetCal":3554})");
  EXPECT_EQ(host->result("PowerSet 1000.00"), R"({"PowerSetCal":10080})");
  host->pass(7s);
  const json shown = energy();
  EXPECT_EQ(shown["Voltage"], 229.8);
  EXPECT_EQ(shown["Power"], 999.9);
}

TEST_F(Metering, NothingWithoutRelayExceptWithSetOption21) {
  host->pass(7s);
  EXPECT_EQ(energy()["Voltage"], 0);
  host->ask("SetOption21 1", 8s);
  EXPECT_EQ(energy()["Voltage"], 283.6);
}

struct CalibrationRow {
  const char* line;
  const char* answer;
};

class CalibrationCommands : public Metering, public testing::WithParamInterface<CalibrationRow> {};

TEST_P(CalibrationCommands, WithoutLoad) {
  EXPECT_EQ(host->result(GetParam().line), GetParam().answer);
}

INSTANTIATE_TEST_SUITE_P(
    Table, CalibrationCommands,
    testing::Values(
        CalibrationRow{"VoltageCal", R"({"VoltageCal":1950})"},
        CalibrationRow{"CurrentCal", R"({"CurrentCal":3500})"},
        CalibrationRow{"PowerCal", R"({"PowerCal":12530})"},
        CalibrationRow{"VoltageCal 1580", R"({"VoltageCal":1580})"},
        CalibrationRow{"VoltageCal 03000", R"({"VoltageCal":1536})"},
        CalibrationRow{"VoltageCal 01950", R"({"VoltageCal":1950})"},
        CalibrationRow{"VoltageCal 99", R"({"VoltageCal":1950})"},
        CalibrationRow{"VoltageCal 100", R"({"VoltageCal":100})"},
        CalibrationRow{"PowerCal -5", R"({"PowerCal":12530})"},
        CalibrationRow{"PowerCal abc", R"({"PowerCal":12530})"},
        CalibrationRow{"PowerCal 99999", R"({"PowerCal":99999})"},
        CalibrationRow{"CurrentCal3 3600", R"({"CurrentCal":3600})"},
        CalibrationRow{"VoltageSet", R"({"VoltageSetCal":1950})"},
        // No load: the number that was typed is stored.
        CalibrationRow{"CurrentSet 263", R"({"CurrentSetCal":263})"},
        CalibrationRow{"PowerSet 100.5", R"({"PowerSetCal":100})"},
        CalibrationRow{"PowerSet 60", R"({"PowerSetCal":12530})"},
        CalibrationRow{"FrequencySet 50", R"({"Command":"Error","Input":"FREQUENCYSET 50"})"},
        CalibrationRow{"ModuleAddress 1", R"({"Command":"Error","Input":"MODULEADDRESS 1"})"},
        CalibrationRow{"EnergyConfig", ""},
        CalibrationRow{"EnergyTotal 0", R"({"EnergyTotal":{"Total":0.000,"Yesterday":0.000,)"
                                        R"("Today":0.000}})"}));

TEST_F(Metering, RatedLoadSetsBothConstants) {
  load();
  host->ask("VoltageSet 230.00", 7s);
  EXPECT_EQ(host->result("PowerSet 1000,230"), R"({"PowerSetCal":10062})");
  EXPECT_EQ(host->result("CurrentCal"), R"({"CurrentCal":3551})");
}

TEST_F(Metering, WrongChipCodeMakesWrongConstants) {
  // 133 = HLW8012 instead of 134 = BL0937.
  std::string wrong = kEp2Template;
  wrong.replace(wrong.find("134"), 3, "133");
  start(wrong);
  load();
  EXPECT_EQ(host->result("PowerSet 1000.00"), R"({"PowerSetCal":1373})");
  EXPECT_EQ(host->result("VoltageSet 230.00"), R"({"VoltageSetCal":590})");
}

TEST_F(Metering, SwappedSelSwapsVoltageAndCurrent) {
  std::string wrong = kEp2Template;
  wrong.replace(wrong.find("131"), 3, "130");
  start(wrong);
  load();
  const json shown = energy();
  EXPECT_LT(shown["Voltage"].get<double>(), 70);
  EXPECT_GT(shown["Current"].get<double>(), 15);
}

TEST_F(Metering, PulsesOnOtherPinsAreNotSeen) {
  start(R"({"NAME":"X","GPIO":[320,1,576,1,2656,0,0,0,2624,32,2720,224,0,0],"FLAG":0,"BASE":18})");
  load();
  EXPECT_EQ(energy()["Power"], 0);
}

TEST_F(Metering, EnergyCounts) {
  host->board.power_period = 1373us;
  load();
  const double before = energy()["Total"].get<double>();
  host->pass(3600s);
  const double after = energy()["Total"].get<double>();
  EXPECT_NEAR(after - before, 1.2429, 0.01);
}

TEST_F(Metering, EnergySurvivesARestartButNotTheSupply) {
  load();
  host->pass(600s);
  const double before = energy()["Total"].get<double>();
  ASSERT_GT(before, 0.15);
  host->ask("Restart 99", 4s);
  EXPECT_NEAR(energy()["Total"].get<double>(), before, 0.002);
  host->power_cycle();
  host->pass(4s);
  EXPECT_LT(energy()["Total"].get<double>(), 0.05);
}

TEST_F(Metering, PeriodicSensorWithPeriod) {
  load();
  host->ask("TelePeriod 10", 25s);
  EXPECT_THAT(host->ask("VoltRes", 12s), HasSubstr("\"Period\":"));
}

TEST_F(Metering, ConstantsSurviveAPowerCycle) {
  host->ask("Backlog PowerCal 10080;VoltageCal 1580;CurrentCal 3554", 4s);
  host->power_cycle();
  host->pass(4s);
  EXPECT_EQ(host->result("PowerCal"), R"({"PowerCal":10080})");
  EXPECT_EQ(host->result("VoltageCal"), R"({"VoltageCal":1580})");
  EXPECT_EQ(host->result("CurrentCal"), R"({"CurrentCal":3554})");
}

TEST_F(Metering, RestartDuringCalibrationFault) {
  TwinSlotOptions options = plug_options();
  options.plug.restart_during_calibration = 500ms;
  start(kEp2Template, options);
  host->ask("PowerCal 10080", 300ms);
  host->take_text();
  host->pass(4s);
  EXPECT_THAT(host->take_text(), HasSubstr("Project tasmota"));
  // Nothing was saved before it, and it happens once.
  EXPECT_EQ(host->result("PowerCal"), R"({"PowerCal":12530})");
  host->ask("PowerCal 10080", 4s);
  EXPECT_EQ(host->result("PowerCal"), R"({"PowerCal":10080})");
}

}  // namespace
}  // namespace plugrig::twin::test
