#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_plug/plug_host.hpp"

// The console as a host meets it. Source: Tasmota notes, serial console, command grammar, Backlog.

namespace plugrig::twin::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Console : public testing::Test {
 protected:
  void SetUp() override {
    host.pass(3s);
    host.take_text();
  }
  void send_bytes(const std::string& bytes) {
    for (const char c : bytes) host.slot.send(static_cast<std::uint8_t>(c), 115200);
  }
  PlugHost host;
};

TEST_F(Console, EchoThenResultByteExact) {
  const std::string text = host.ask("voltres 1");
  EXPECT_TRUE(well_framed(text)) << text;
  EXPECT_THAT(text, HasSubstr(" CMD: voltres 1\r\n"));
  EXPECT_THAT(messages(text), ElementsAre("voltres 1", R"(RESULT = {"VoltRes":1})"));
}

TEST_F(Console, RelayChangeGivesTwoLines) {
  const std::string text = host.ask("Power ON");
  EXPECT_THAT(messages(text), ElementsAre("Power ON", R"(RESULT = {"POWER":"ON"})", "POWER = ON"));
  EXPECT_THAT(messages(host.ask("Power")), ElementsAre("Power", R"(RESULT = {"POWER":"ON"})"));
}

TEST_F(Console, CommandNameInsteadOfResult) {
  EXPECT_EQ(host.result("SetOption4 1"), "");
  EXPECT_THAT(host.ask("VoltRes"), HasSubstr(R"( RSL: VOLTRES = {"VoltRes":0})"));
}

TEST_F(Console, HeapInTheStamp) {
  host.ask("SetOption130 1", 1500ms);
  const std::string text = host.ask("VoltRes");
  EXPECT_TRUE(well_framed(text)) << text;
  EXPECT_EQ(text[12], '-');
}

TEST_F(Console, UnknownAndErrorNameTheirInput) {
  EXPECT_EQ(host.result("NoSuch 1"), R"({"Command":"Unknown","Input":"NOSUCH 1"})");
  EXPECT_EQ(host.result("SetOption900 1"), R"({"Command":"Error","Input":"SETOPTION900 1"})");
  EXPECT_EQ(host.result("Status 12"), R"({"Command":"Error","Input":"STATUS 12"})");
  const std::string cut = host.result("nosuch " + std::string(100, 'x'));
  EXPECT_EQ(cut, R"({"Command":"Unknown","Input":"NOSUCH )" + std::string(56, 'x') + "\"}");
}

TEST_F(Console, UnderscoreGivesNoAnswer) {
  EXPECT_THAT(messages(host.ask("_VoltRes 2")), ElementsAre("_VoltRes 2"));
  EXPECT_EQ(host.result("VoltRes"), R"({"VoltRes":2})");
}

TEST_F(Console, EmptyLineIsEchoed) {
  EXPECT_THAT(host.ask(""), HasSubstr(" CMD: \r\n"));
  EXPECT_TRUE(messages(host.ask("")) == std::vector<std::string>{""});
}

TEST_F(Console, OnlyLfEndsALine) {
  send_bytes("VoltRes 2\r");
  host.pass(500ms);
  EXPECT_EQ(host.take_text(), "");
  send_bytes("\n");
  host.pass(300ms);
  EXPECT_THAT(messages(host.take_text()), ElementsAre("VoltRes 2", R"(RESULT = {"VoltRes":2})"));
}

TEST_F(Console, AHighByteThrowsAwayWhatWasCollected) {
  send_bytes("rubbish\x80VoltRes\n");
  host.pass(300ms);
  EXPECT_THAT(messages(host.take_text()), ElementsAre("VoltRes", R"(RESULT = {"VoltRes":0})"));
}

TEST_F(Console, ControlCharactersAreIgnored) {
  send_bytes(std::string("Vo\x01lt\tRes\0\x7f\n", 13));
  host.pass(300ms);
  EXPECT_THAT(messages(host.take_text()), ElementsAre("VoltRes", R"(RESULT = {"VoltRes":0})"));
}

TEST_F(Console, LongestLine) {
  // In chunks that the receive buffer takes.
  const auto send_slowly = [&](const std::string& line) {
    for (std::size_t at = 0; at < line.size(); at += 128) {
      send_bytes(line.substr(at, 128));
      host.pass(26ms);
    }
    send_bytes("\n");
    host.pass(600ms);
    return host.take_text();
  };
  const std::string longest = "DeviceName " + std::string(799 - 11, 'x');
  EXPECT_THAT(messages(send_slowly(longest))[0], longest);
  const std::string text = send_slowly(longest + "x");
  EXPECT_THAT(messages(text), ElementsAre("Serial buffer overrun"));
  EXPECT_EQ(host.result("VoltRes"), R"({"VoltRes":0})");
}

TEST_F(Console, BlastWhileBusyOverruns) {
  // A printed status keeps the loop busy for longer than 256 bytes take.
  send_bytes("Status 0\n");
  host.pass(50ms);
  send_bytes("DeviceName " + std::string(500, 'y') + "\n");
  host.pass(2s);
  // The line's end is among what was lost: a lone LF flushes the rest.
  EXPECT_THAT(host.ask(""), HasSubstr(" CMD: Serial buffer overrun\r\n"));
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"Tasmota"})");
}

TEST_F(Console, LargerBufferTakesTheSameBlast) {
  EXPECT_EQ(host.result("SerialBuffer 1024"), R"({"SerialBuffer":1024})");
  send_bytes("Status 0\n");
  host.pass(50ms);
  send_bytes("DeviceName " + std::string(500, 'y') + "\n");
  host.pass(3s);
  EXPECT_THAT(host.take_text(), Not(HasSubstr("overrun")));
  EXPECT_THAT(host.result("DeviceName"), HasSubstr("yyyy"));
}

TEST_F(Console, SerialLogLevels) {
  EXPECT_EQ(host.result("SerialLog"), R"({"SerialLog":{"2":{"Active":"2"}}})");
  host.ask("SerialLog 0");
  // A line lifts the level again, so its answer is seen.
  EXPECT_EQ(host.result("SerialLog"), R"({"SerialLog":{"0":{"Active":"2"}}})");
}

TEST_F(Console, SerialLogEndsAfterTenMinutesUnlessItWasSet) {
  host.pass(600s);
  EXPECT_THAT(host.take_text(), HasSubstr(" APP: Serial logging disabled\r\n"));
  host.pass(400s);
  EXPECT_EQ(host.take_text(), "");
  EXPECT_EQ(host.result("VoltRes"), R"({"VoltRes":0})");

  PlugHost kept;
  kept.pass(5s);
  kept.ask("SerialLog 2");
  kept.pass(620s);
  const std::string text = kept.take_text();
  EXPECT_THAT(text, Not(HasSubstr("logging disabled")));
  EXPECT_THAT(text, HasSubstr(" RSL: STATE = "));
}

TEST_F(Console, BacklogRunsInOrderWithItsDelay) {
  const std::string text = host.ask("Backlog VoltRes 1;AmpRes 2;WattRes 1", 1s);
  EXPECT_THAT(messages(text),
              ElementsAre("Backlog VoltRes 1;AmpRes 2;WattRes 1", R"(RESULT = {"VoltRes":1})",
                          R"(RESULT = {"AmpRes":2})", R"(RESULT = {"WattRes":1})"));
  const auto ms = [&](const char* key) {
    const auto at = text.rfind("\r\n", text.find(key)) + 2;
    return std::stoi(text.substr(at + 6, 2)) * 1000 + std::stoi(text.substr(at + 9, 3));
  };
  EXPECT_NEAR(ms("AmpRes\":2") - ms("VoltRes\":1"), 200, 20);
}

TEST_F(Console, BacklogKinds) {
  EXPECT_EQ(host.result("Backlog"), R"({"Backlog":"Empty"})");
  host.send("Backlog Delay 100;VoltRes 3");
  host.pass(500ms);
  host.take_text();
  EXPECT_EQ(host.result("Backlog"), R"({"Backlog":"Aborted"})");
  EXPECT_EQ(host.result("VoltRes"), R"({"VoltRes":0})");
  const std::string fast = host.ask("Backlog0 VoltRes 1;AmpRes 2;WattRes 1;EnergyRes 4", 80ms);
  EXPECT_THAT(fast, HasSubstr("EnergyRes\":4"));
  EXPECT_EQ(messages(host.ask("Backlog2 VoltRes 2;AmpRes 1")).size(), 1U);
  EXPECT_EQ(host.result("AmpRes"), R"({"AmpRes":1})");
  EXPECT_EQ(messages(host.ask("Backlog3 VoltRes 3;AmpRes 2", 1s)).size(), 1U);
  EXPECT_EQ(host.result("AmpRes"), R"({"AmpRes":2})");
}

TEST_F(Console, ResetIsNotPossibleInABacklog) {
  host.ask("Backlog DeviceName kept;Reset 1;VoltRes 1", 8s);
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"kept"})");
}

TEST_F(Console, NoAnswerFault) {
  TwinSlotOptions options = plug_options();
  options.plug.no_answer = true;
  PlugHost mute(options);
  mute.pass(5s);
  mute.take_text();
  EXPECT_EQ(mute.ask("Status"), "");
}

}  // namespace
}  // namespace plugrig::twin::test
