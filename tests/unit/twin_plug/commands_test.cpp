#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/twin_plug/plug_host.hpp"

// Single commands, given and answered as the Tasmota notes have them (configuration commands,
// status JSON).

namespace plugrig::twin::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

struct CommandRow {
  const char* line;
  const char* answer;
};

class Answers : public testing::TestWithParam<CommandRow> {};

TEST_P(Answers, Row) {
  PlugHost host;
  host.pass(3s);
  EXPECT_EQ(host.result(GetParam().line), GetParam().answer);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Answers,
    testing::Values(
        CommandRow{"Module", R"({"Module":{"1":"Sonoff Basic"}})"},
        CommandRow{"SSId1 home net", R"({"SSId1":"home net"})"},
        CommandRow{"SSId2 other", R"({"SSId2":"other"})"},
        CommandRow{"Password1 secret99", R"({"Password1":"secret99"})"},
        CommandRow{"Password1 abc", R"({"Password1":"****"})"},
        CommandRow{"Password1", R"({"Password1":"****"})"},
        CommandRow{"Password3 secret99", R"({"Password3":"****"})"},
        CommandRow{"Hostname plug-7", R"({"Hostname":"plug-7"})"},
        CommandRow{"Topic a b/c+d", R"({"Topic":"a_b_c_d"})"},
        CommandRow{"FullTopic x/%topic%/%prefix%/", R"({"FullTopic":"x/%topic%/%prefix%/"})"},
        CommandRow{"GroupTopic plugs", R"({"GroupTopic":"plugs"})"},
        CommandRow{"DeviceName Kitchen", R"({"DeviceName":"Kitchen"})"},
        CommandRow{"DeviceName \"", R"({"DeviceName":""})"},
        CommandRow{"DeviceName 1", R"({"DeviceName":"Tasmota"})"},
        CommandRow{"DeviceName say \"hi\"", R"({"DeviceName":"say \"hi\""})"},
        CommandRow{"FriendlyName1 Lamp", R"({"FriendlyName1":"Lamp"})"},
        CommandRow{"MqttHost broker", R"({"MqttHost":"broker"})"},
        CommandRow{"MqttPort 8883", R"({"MqttPort":8883})"},
        CommandRow{"MqttUser me", R"({"MqttUser":"me"})"},
        CommandRow{"MqttUser", R"({"MqttUser":"DVES_USER"})"},
        CommandRow{"MqttPassword hush99", R"({"MqttPassword":"hush99"})"},
        CommandRow{"MqttPassword2 hush99", R"({"MqttPassword2":"****"})"},
        CommandRow{"MqttPassword", R"({"MqttPassword":"****"})"},
        CommandRow{"WebPassword gate", R"({"WebPassword":"gate"})"},
        CommandRow{"WebPassword2 gate", R"({"WebPassword2":"****"})"},
        CommandRow{"Timezone", R"({"Timezone":"+01:00"})"},
        CommandRow{"Timezone 2", R"({"Timezone":"+02:00"})"},
        CommandRow{"Timezone -5", R"({"Timezone":"-05:00"})"},
        CommandRow{"Timezone 9:30", R"({"Timezone":"+09:30"})"},
        CommandRow{"Timezone +08:00", R"({"Timezone":"+00:00"})"},
        CommandRow{"Timezone +09:00", R"({"Timezone":"+00:00"})"},
        CommandRow{"Timezone 99", R"({"Timezone":99})"},
        CommandRow{"Timezone 15", R"({"Timezone":99})"},
        CommandRow{"PowerOnState 0", R"({"PowerOnState":0})"},
        CommandRow{"PowerOnState", R"({"PowerOnState":3})"},
        CommandRow{"PowerOnState 9", R"({"PowerOnState":3})"},
        CommandRow{"TelePeriod 60", R"({"TelePeriod":60})"},
        CommandRow{"TelePeriod 1", R"({"TelePeriod":300})"},
        CommandRow{"TelePeriod 5", R"({"TelePeriod":10})"},
        CommandRow{"TelePeriod 4000", R"({"TelePeriod":300})"},
        CommandRow{"VoltRes 4", R"({"VoltRes":0})"}, CommandRow{"WattRes 2", R"({"WattRes":2})"},
        CommandRow{"AmpRes", R"({"AmpRes":3})"}, CommandRow{"EnergyRes 5", R"({"EnergyRes":5})"},
        CommandRow{"PowerDelta 101", R"({"PowerDelta1":101})"},
        CommandRow{"OtaUrl http://x/y.bin", R"({"OtaUrl":"http://x/y.bin"})"},
        CommandRow{"LedPower 1", R"({"LedPower1":"ON"})"},
        CommandRow{"SetOption65 1", R"({"SetOption65":"ON"})"},
        CommandRow{"SetOption36", R"({"SetOption36":1})"},
        CommandRow{"SetOption34", R"({"SetOption34":200})"},
        CommandRow{"SetOption32", R"({"SetOption32":40})"},
        CommandRow{"SetOption41", R"({"SetOption41":60})"},
        CommandRow{"SetOption128", R"({"SetOption128":"ON"})"},
        CommandRow{"SetOption0", R"({"SetOption0":"ON"})"},
        CommandRow{"WifiConfig", R"({"WifiConfig":{"4":"Retry"}})"},
        CommandRow{"WifiConfig 3", R"({"WifiConfig":{"2":"WifiManager"}})"},
        CommandRow{"WifiTest", R"({"WifiTest":"Not Started"})"},
        CommandRow{"Restart 1", R"({"Restart":"Restarting"})"},
        CommandRow{"Restart", R"({"Restart":"1 to restart, 2 to halt"})"},
        CommandRow{"Reset 1", R"({"Reset":"Reset and Restarting"})"},
        CommandRow{"Reset 5", R"({"Reset":"Erase, Reset and Restarting"})"},
        CommandRow{"Reset 99", R"({"Reset":"Done"})"},
        CommandRow{"Reset", R"({"Reset":"1 to reset"})"},
        // Without a metering template there are no energy commands.
        CommandRow{"VoltageCal", R"({"Command":"Unknown","Input":"VOLTAGECAL"})"},
        CommandRow{"Status 9", R"({"Command":"Error","Input":"STATUS 9"})"}));

/// Names of an object's members in the order of the text.
std::vector<std::string> keys(const std::string& text) {
  const auto object = nlohmann::ordered_json::parse(text);
  std::vector<std::string> names;
  for (const auto& [name, value] : object.begin().value().items()) names.push_back(name);
  return names;
}

class StatusText : public testing::Test {
 protected:
  void SetUp() override { host.pass(3s); }
  std::string status(const std::string& number) {
    const std::string text = host.ask("Status " + number, 500ms);
    const std::string name = "STATUS" + number + " = ";
    const auto at = text.find(name);
    if (at == std::string::npos) return "{\"\":{}}";
    return text.substr(at + name.size(), text.find("\r\n", at) - at - name.size());
  }
  PlugHost host;
};

TEST_F(StatusText, KeysInTheirOrder) {
  EXPECT_THAT(
      keys(status("")),
      ElementsAre("Module", "DeviceName", "FriendlyName", "Topic", "ButtonTopic", "Power",
                  "PowerLock", "PowerOnState", "LedState", "LedMask", "SaveData", "SaveState",
                  "SwitchTopic", "SwitchMode", "ButtonRetain", "SwitchRetain", "SensorRetain",
                  "PowerRetain", "InfoRetain", "StateRetain", "StatusRetain"));
  EXPECT_THAT(keys(status("1")),
              ElementsAre("Baudrate", "SerialConfig", "GroupTopic", "OtaUrl", "RestartReason",
                          "Uptime", "StartupUTC", "Sleep", "CfgHolder", "BootCount", "BCResetTime",
                          "SaveCount", "SaveAddress"));
  EXPECT_THAT(keys(status("2")), ElementsAre("Version", "BuildDateTime", "Boot", "Core", "SDK",
                                             "CpuFrequency", "Hardware", "CR"));
  EXPECT_THAT(keys(status("3")),
              ElementsAre("SerialLog", "WebLog", "MqttLog", "SysLog", "LogHost", "LogPort", "SSId",
                          "TelePeriod", "Resolution", "SetOption"));
  EXPECT_THAT(keys(status("5")),
              ElementsAre("Hostname", "IPAddress", "Gateway", "Subnetmask", "DNSServer1",
                          "DNSServer2", "Mac", "Webserver", "HTTP_API", "WifiConfig", "WifiPower"));
  EXPECT_THAT(keys(status("6")), ElementsAre("MqttHost", "MqttPort", "MqttClientMask", "MqttClient",
                                             "MqttUser", "MqttCount", "MqttTLS", "MAX_PACKET_SIZE",
                                             "KEEPALIVE", "SOCKET_TIMEOUT"));
  EXPECT_THAT(keys(status("7")),
              ElementsAre("UTC", "Local", "StartDST", "EndDST", "Timezone", "Sunrise", "Sunset"));
}

TEST_F(StatusText, Values) {
  const json firmware = json::parse(status("2"))["StatusFWR"];
  EXPECT_EQ(firmware["Version"], "15.2.0(release-tasmota)");
  EXPECT_EQ(firmware["Hardware"], "ESP8285N08");
  EXPECT_THAT(firmware["CR"].get<std::string>(), MatchesRegex("[0-9]+/699"));
  const json network = json::parse(status("5"))["StatusNET"];
  EXPECT_EQ(network["Mac"], host.slot.mac());
  EXPECT_EQ(network["Webserver"], 2);
  EXPECT_EQ(json::parse(status("1"))["StatusPRM"]["CfgHolder"], 4617);
  EXPECT_EQ(json::parse(status(""))["Status"]["Power"], "0");
  const json logging = json::parse(status("3"))["StatusLOG"];
  EXPECT_EQ(logging["Resolution"].get<std::string>().size(), 8U);
  EXPECT_EQ(logging["SetOption"].size(), 6U);
}

TEST_F(StatusText, ZeroGivesAllAsSeparateMessages) {
  const std::string text = host.ask("Status 0", 1s);
  std::vector<std::string> names;
  for (const std::string& message : messages(text)) {
    const auto equals = message.find(" = ");
    if (equals == std::string::npos) continue;
    names.push_back(message.substr(0, equals));
    EXPECT_TRUE(json::accept(message.substr(equals + 3))) << message;
  }
  EXPECT_THAT(names, ElementsAre("STATUS", "STATUS1", "STATUS2", "STATUS3", "STATUS4", "STATUS5",
                                 "STATUS6", "STATUS7", "STATUS10", "STATUS11"));
  const std::string one = host.ask("Status0", 1s);
  const auto at = one.find("STATUS0 = ");
  ASSERT_NE(at, std::string::npos);
  const json all = json::parse(one.substr(at + 10, one.find("\r\n", at) - at - 10));
  EXPECT_TRUE(all.contains("StatusPRM") && all.contains("StatusSTS"));
}

TEST_F(StatusText, MqttIsAnErrorWhenSwitchedOff) {
  host.ask("SetOption3 0", 5s);
  EXPECT_EQ(host.result("Status 6"), R"({"Command":"Error","Input":"STATUS 6"})");
}

TEST(TextPoolLimit, OverflowIsSaidAndTheOldValueStays) {
  PlugHost host;
  host.pass(3s);
  host.ask("SerialBuffer 1024");
  const json before = json::parse(host.result("OtaUrl"));
  const std::string text = host.ask("OtaUrl " + std::string(600, 'u'), 500ms);
  EXPECT_THAT(text, testing::ContainsRegex(" CFG: Text overflow by [0-9]+ char\\(s\\)\r\n"));
  EXPECT_EQ(json::parse(host.result("OtaUrl")), before);
}

}  // namespace
}  // namespace plugrig::twin::test
