#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_plug/plug_host.hpp"

// What the console says after power-on, restart and reset. Texts and times: Tasmota notes, boot
// sequence.

namespace plugrig::twin::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string tail(const std::string& mac) {
  std::string digits;
  for (const char c : mac.substr(9)) {
    if (c != ':') digits.push_back(c);
  }
  return digits;
}

std::string default_host_name(const std::string& mac) {
  const std::string digits = tail(mac);
  const auto chip = std::stoul(digits, nullptr, 16);
  std::string number = std::to_string(chip & 0x1FFF);
  number.insert(0, 4 - std::min<std::size_t>(4, number.size()), '0');
  return "tasmota-" + digits + "-" + number;
}

TEST(BootText, FirstBootAfterErase) {
  PlugHost host;
  host.pass(6s);
  const std::string text = host.take_text();
  const auto begin = text.find("\r\n\r\n00:00:00.");
  ASSERT_NE(begin, std::string::npos);
  const std::string log = text.substr(begin + 4);
  EXPECT_TRUE(well_framed(log)) << log;
  EXPECT_THAT(log, StartsWith("00:00:00.001 HDW: ESP8285N08\r\n"));
  const std::string host_name = default_host_name(host.slot.mac());
  EXPECT_THAT(messages(log),
              ElementsAre("ESP8285N08", "Use defaults", "Reset",
                          StartsWith("Project tasmota - Tasmota Version "
                                     "15.2.0(release-tasmota)-2_7_8("),
                          "WifiManager active for 3 minutes",
                          "Web server active on " + host_name + " with IP address 192.168.4.1"));
}

TEST(BootText, GarbageAtTheRomsRateComesFirst) {
  PlugHost host;
  host.pass(100ms);
  bool other_rate = false;
  while (const auto byte = host.slot.take()) other_rate = other_rate || byte->bit_per_s < 80'000;
  EXPECT_TRUE(other_rate);
}

TEST(BootText, SecondPowerOnLoadsWhatTheFirstStored) {
  PlugHost host;
  host.pass(10s);
  host.power_cycle();
  host.pass(5s);
  const std::string text = host.take_text();
  EXPECT_THAT(text, HasSubstr(" CFG: Loaded from flash at F"));
  EXPECT_THAT(text, HasSubstr(" QPC: Count 1\r\n"));
  host.pass(4s);
  EXPECT_THAT(host.take_text(), HasSubstr("00:00:07.0"));
}

TEST(BootText, SoftwareRestartSaysSoAndIsNoPowerOn) {
  PlugHost host;
  host.pass(10s);
  host.take_text();
  EXPECT_EQ(host.result("Restart 1"), R"({"Restart":"Restarting"})");
  host.pass(5s);
  const std::string text = host.take_text();
  EXPECT_THAT(text, HasSubstr(" APP: Restarting\r\n"));
  EXPECT_THAT(text, HasSubstr(" CFG: Loaded from flash at F"));
  EXPECT_THAT(text, Not(HasSubstr("QPC")));
  EXPECT_THAT(host.ask("Status 1"), HasSubstr(R"("RestartReason":"Software/System restart")"));
}

TEST(BootText, ResetPinIsNoPowerOn) {
  TwinSlotOptions options = plug_options();
  options.wiring.circuit = bench::Circuit::direct;
  PlugHost host(options);
  host.pass(12s);
  host.reset_pin();
  host.pass(3s);
  const std::string text = host.take_text();
  EXPECT_THAT(text, Not(HasSubstr("QPC")));
  EXPECT_THAT(host.ask("Status 1"), HasSubstr(R"("RestartReason":"External System")"));
}

TEST(BootText, MeteringDriverSpeaksUpWithItsTemplate) {
  PlugHost host;
  host.pass(3s);
  host.send("Backlog Template " + kEp2Template + ";Module 0");
  host.pass(12s);
  EXPECT_THAT(host.take_text(), HasSubstr(" NRG: Init driver 1\r\n"));
  EXPECT_EQ(host.result("Module"), R"({"Module":{"0":"Gosund EP2"}})");
}

TEST(BootText, StationBoot) {
  PlugHost host;
  host.pass(3s);
  host.send("Backlog Password1 correct horse;SSId1 bench");
  host.pass(16s);
  const std::string text = host.take_text();
  const std::string name = default_host_name(host.slot.mac());
  EXPECT_THAT(text, HasSubstr(" WIF: Connecting to AP1 bench in mode 11n as " + name + "...\r\n"));
  const auto connected = text.find(" WIF: Connected\r\n");
  ASSERT_NE(connected, std::string::npos);
  EXPECT_THAT(text.substr(connected), HasSubstr(" HTP: Web server active on " + name +
                                                " with IP address 192.168.7.31\r\n"));
  EXPECT_THAT(text.substr(connected), HasSubstr(R"( RSL: INFO1 = {"Info1":{"Module":)"));
  EXPECT_THAT(text.substr(connected), HasSubstr(R"( RSL: RESULT = {"POWER":"OFF"})"));
  EXPECT_THAT(text.substr(connected), HasSubstr(" RSL: POWER = OFF\r\n"));
  EXPECT_THAT(text.substr(connected), HasSubstr(R"( RSL: STATE = {"Time":"1970-01-01T00:00:)"));
  EXPECT_TRUE(host.slot.on_network());
  EXPECT_EQ(host.slot.host_name(), name);
}

}  // namespace
}  // namespace plugrig::twin::test
