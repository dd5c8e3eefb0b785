#include "drivers/tasmota/answer_rules.hpp"

#include <gtest/gtest.h>

namespace plugrig::tasmota {
namespace {

using nlohmann::json;

struct Case {
  const char* name;
  const char* argument;
  const char* payload;
  const char* picked;
};

/// Which members of a message answer a command.
const std::vector<Case> cases{
    {"VoltageCal", "", R"({"VoltageCal":1950})", R"({"VoltageCal":1950})"},
    {"voltagecal", "1580", R"({"VoltageCal":1580,"POWER":"ON"})", R"({"VoltageCal":1580})"},
    {"cmnd/x/VoltageCal", "", R"({"VoltageCal":1})", R"({"VoltageCal":1})"},
    {"SSId1", "", R"({"SSId1":"x"})", R"({"SSId1":"x"})"},
    {"SSId", "", R"({"SSId1":"x"})", R"({"SSId1":"x"})"},
    {"SSId2", "", R"({"SSId1":"x"})", "{}"},
    {"SetOption65", "1", R"({"SetOption65":"ON"})", R"({"SetOption65":"ON"})"},
    {"SO65", "1", R"({"SetOption65":"ON"})", R"({"SetOption65":"ON"})"},
    {"SetOption6", "1", R"({"SetOption65":"ON"})", "{}"},
    {"Power", "ON", R"({"POWER":"ON"})", R"({"POWER":"ON"})"},
    {"Power1", "ON", R"({"POWER":"ON"})", R"({"POWER":"ON"})"},
    {"Password3", "x", R"({"Password1":"****"})", R"({"Password1":"****"})"},
    {"WebPassword2", "x", R"({"WebPassword":"****"})", R"({"WebPassword":"****"})"},
    {"Upload", "1", R"({"Upgrade":"Version 15"})", R"({"Upgrade":"Version 15"})"},
    {"EnergyToday", "0", R"({"EnergyTotal":{"Total":0}})", R"({"EnergyTotal":{"Total":0}})"},
    {"Status", "", R"({"Status":{"Module":0}})", R"({"Status":{"Module":0}})"},
    {"Status", "5", R"({"StatusNET":{},"StatusSNS":{}})", R"({"StatusNET":{}})"},
    {"Status", "8", R"({"StatusSNS":{}})", R"({"StatusSNS":{}})"},
    {"Status", "10", R"({"StatusSNS":{}})", R"({"StatusSNS":{}})"},
    {"Status", "1", R"({"StatusSNS":{}})", "{}"},
    {"Status0", "", R"({"Status":{},"StatusNET":{},"X":1})", R"({"Status":{},"StatusNET":{}})"},
    {"Module", "0", R"({"Module":{"0":"Gosund EP2"}})", R"({"Module":{"0":"Gosund EP2"}})"},
    {"Template", "", R"({"NAME":"n","GPIO":[],"ARCH":"x"})",
     R"({"NAME":"n","GPIO":[],"ARCH":"x"})"},
    {"Template", "", R"({"NAME":"n"})", "{}"},
    {"VoltageCal", "", "[1]", "{}"},
    {"VoltageCal", "", "{}", "{}"},
};

TEST(AnswerRules, PickTheMembersThatBelong) {
  for (const Case& c : cases) {
    EXPECT_EQ(AnswerRules(c.name, c.argument).pick("RESULT", json::parse(c.payload)),
              json::parse(c.picked))
        << c.name << " " << c.argument;
  }
}

TEST(AnswerRules, RefusalsAreThoseOfThisCommand) {
  using Refusal = AnswerRules::Refusal;
  const AnswerRules rules("SSId2", "x");
  const auto said = [&](const char* text) { return rules.refusal(json::parse(text)); };
  EXPECT_EQ(said(R"({"Command":"Unknown","Input":"SSID2 x"})"), Refusal::unknown);
  EXPECT_EQ(said(R"({"Command":"Error","Input":"SSID2"})"), Refusal::error);
  EXPECT_EQ(said(R"({"Command":"Unknown"})"), Refusal::unknown);
  EXPECT_EQ(said(R"({"Command":"Unknown","Input":"SSID x"})"), Refusal::none);
  EXPECT_EQ(said(R"({"Command":"Unknown","Input":"SSIDX2"})"), Refusal::none);
  EXPECT_EQ(said(R"({"Command":7,"Input":"SSID2"})"), Refusal::none);
  EXPECT_EQ(said(R"({"Command":"Unknown","Input":7})"), Refusal::unknown);
  EXPECT_EQ(said(R"({"SSId2":"x"})"), Refusal::none);
  EXPECT_EQ(
      AnswerRules("Power1", "").refusal(json::parse(R"({"Command":"Error","Input":"POWER"})")),
      Refusal::error);
}

TEST(AnswerRules, KnowsWhatHasNoAnswer) {
  EXPECT_TRUE(AnswerRules("Backlog", "A;B").unanswered());
  EXPECT_TRUE(AnswerRules("backlog0", "A").unanswered());
  EXPECT_TRUE(AnswerRules("_Power", "1").unanswered());
  EXPECT_FALSE(AnswerRules("Backlog", " ").unanswered());
  EXPECT_EQ(AnswerRules("Backlog", "").pick("RESULT", json::parse(R"({"Backlog":"Empty"})")),
            json::parse(R"({"Backlog":"Empty"})"));
}

TEST(CommandNames, AreTakenApart) {
  EXPECT_EQ(parse_command_name("cmnd/x/_SetOption65").stem, "setoption");
  EXPECT_EQ(parse_command_name("SetOption65").index, 65);
  EXPECT_EQ(parse_command_name("Status0").index, 0);
  EXPECT_FALSE(parse_command_name("Status").index);
  EXPECT_FALSE(parse_command_name("X99999999999999").index) << "too large to be one";
  EXPECT_TRUE(parse_command_name("").stem.empty());
}

}  // namespace
}  // namespace plugrig::tasmota
