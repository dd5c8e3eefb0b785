#include "sequences/steps/tasmota_value.hpp"

#include <gtest/gtest.h>

namespace plugrig::steps {
namespace {

using nlohmann::json;

std::string problem(std::string_view name, std::string_view value) {
  return value_problem(find_setting(name).value(), value);
}

bool is(std::string_view name, const std::string& answer, std::string_view value) {
  return setting_is(json::parse(answer), find_setting(name).value(), value);
}

TEST(TasmotaValue, ALeadingZeroWouldBeOctal) {
  EXPECT_EQ(problem("VoltageCal", "1950"), "");
  EXPECT_EQ(problem("VoltRes", "0"), "");
  EXPECT_NE(problem("VoltageCal", "01950").find("octal"), std::string::npos);
  EXPECT_NE(problem("Timezone", "+08:00").find("octal"), std::string::npos);
  EXPECT_NE(problem("Timezone", "-09:30").find("octal"), std::string::npos);
  EXPECT_EQ(problem("Timezone", "9:30"), "");
  EXPECT_EQ(problem("Timezone", "-3"), "");
  EXPECT_EQ(problem("Timezone", "99"), "");
}

TEST(TasmotaValue, WhatIsNoNumberIsRefused) {
  for (const auto* value : {"", "x", "1x", "0x10", "1.5", "1e3", " 1", "99999999999"})
    EXPECT_NE(problem("VoltRes", value), "") << value;
  for (const auto* value : {"", "15", "1:60", "1:", ":30", "noon"})
    EXPECT_NE(problem("Timezone", value), "") << value;
}

TEST(TasmotaValue, SingleCharactersOfATextMeanSomethingElse) {
  for (const auto* value :
       {"0", "1", "2", "\"", "?", "", " x", "x ", "caf\xC3\xA9", "a\nb", "a\tb"})
    EXPECT_NE(problem("DeviceName", value), "") << value;
  for (const auto* value : {"3", "00", "Lamp 1", "~"}) EXPECT_EQ(problem("DeviceName", value), "");
}

TEST(TasmotaValue, ALineOfTheConsoleHasAnEnd) {
  EXPECT_EQ(argument_problem(std::string(799, 'x')), "");
  EXPECT_NE(argument_problem(std::string(800, 'x')), "");
}

TEST(TasmotaValue, SettingsAreFoundInAnyCaseAndUnknownOnesAreNot) {
  EXPECT_TRUE(find_setting("teleperiod"));
  EXPECT_FALSE(find_setting("TelePeriodd"));
  EXPECT_TRUE(find_setting("MqttHost")->restarts);
  EXPECT_FALSE(find_setting("VoltRes")->restarts);
  EXPECT_TRUE(find_setting("SetOption3")->restarts);
  EXPECT_FALSE(find_setting("SetOption65")->restarts);
  for (const auto* name :
       {"SetOption", "SetOption183", "SetOption065", "SetOption-1", "SetOptionX"})
    EXPECT_FALSE(find_setting(name)) << name;
}

TEST(TasmotaValue, EveryShapeOfAnswerIsCompared) {
  EXPECT_TRUE(is("VoltRes", R"({"VoltRes":1})", "1"));
  EXPECT_FALSE(is("VoltRes", R"({"VoltRes":1})", "0"));
  EXPECT_TRUE(is("SetOption65", R"({"SetOption65":"ON"})", "1"));
  EXPECT_FALSE(is("SetOption65", R"({"SetOption65":"OFF"})", "1"));
  EXPECT_TRUE(is("SetOption36", R"({"SetOption36":1})", "1"));
  EXPECT_TRUE(is("WifiConfig", R"({"WifiConfig":{"4":"Retry"}})", "4"));
  EXPECT_FALSE(is("WifiConfig", R"({"WifiConfig":{"4":"Retry"}})", "2"));
  EXPECT_TRUE(is("FriendlyName1", R"({"FriendlyName1":"Lamp"})", "Lamp"));
  EXPECT_FALSE(is("FriendlyName1", R"({"FriendlyName1":"Lamp "})", "Lamp"));
  EXPECT_TRUE(is("SSId1", R"({"SSId1":"5"})", "5"));
  EXPECT_FALSE(is("SSId1", R"({"SSId1":5})", "5"));
  EXPECT_TRUE(is("Timezone", R"({"Timezone":"+09:30"})", "9:30"));
  EXPECT_FALSE(is("Timezone", R"({"Timezone":"+00:00"})", "9"));
  EXPECT_TRUE(is("Timezone", R"({"Timezone":99})", "99"));
  EXPECT_FALSE(is("VoltRes", R"({"WattRes":1})", "1"));
  EXPECT_FALSE(is("VoltRes", R"({"VoltRes":{"1":"a","2":"b"}})", "1"));
  EXPECT_FALSE(is("VoltRes", "[]", "1"));
}

TEST(TasmotaValue, ASubsetOfAnAnswerIsFoundAtAnyDepth) {
  const auto whole = json::parse(R"({"a":{"b":1,"c":[1,2]},"d":"x"})");
  for (const auto* part : {R"({})", R"({"a":{}})", R"({"a":{"b":1.0}})", R"({"a":{"c":[1,2]}})"})
    EXPECT_TRUE(contains_json(whole, json::parse(part))) << part;
  for (const auto* part :
       {R"({"a":{"b":2}})", R"({"e":1})", R"({"a":{"c":[1]}})", R"({"d":"X"})", R"({"d":{}})"})
    EXPECT_FALSE(contains_json(whole, json::parse(part))) << part;
}

}  // namespace
}  // namespace plugrig::steps
