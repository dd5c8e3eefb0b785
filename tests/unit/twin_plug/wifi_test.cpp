#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_plug/plug_host.hpp"

// The plug's radio. Source: Tasmota notes, Wi-Fi and AP mode.

namespace plugrig::twin::test {
namespace {

using testing::HasSubstr;
using testing::Not;

int count(const std::string& text, const std::string& what) {
  int found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

class Wifi : public testing::Test {
 protected:
  void start(const TwinSlotOptions& options = plug_options(), const std::string& ssid = "bench",
             const std::string& password = "correct horse") {
    host.emplace(options);
    host->pass(3s);
    host->ask("Backlog SetOption65 1;Password1 " + password + ";SSId1 " + ssid);
    host->pass(3s);
    host->take_text();
  }
  std::optional<PlugHost> host;
};

TEST_F(Wifi, JoinsWithinTheNotesTimes) {
  start();
  host->ask("", 14s);
  host->power_cycle();
  host->pass(2900ms);
  EXPECT_FALSE(host->slot.on_network());
  host->pass(3500ms);
  EXPECT_TRUE(host->slot.on_network());
}

TEST_F(Wifi, WrongNetworkRetriesForEver) {
  start(plug_options(), "elsewhere");
  host->pass(120s);
  const std::string text = host->take_text();
  const int failures = count(text, "WIF: Connect failed as AP cannot be reached\r\n");
  // Retry period 20 + (chip & 15) s.
  EXPECT_GE(failures, 3);
  EXPECT_LE(failures, 6);
  EXPECT_FALSE(host->slot.on_network());
  EXPECT_THAT(text, Not(HasSubstr("WifiManager")));
}

TEST_F(Wifi, WrongPasswordSaysSo) {
  start(plug_options(), "bench", "wrong one");
  host->pass(15s);
  const std::string text = host->take_text();
  EXPECT_THAT(text, HasSubstr("WIF: Connect failed\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("WIF: Connected")));
}

TEST_F(Wifi, SecondNetworkIsTriedHalfWay) {
  start(plug_options(), "elsewhere");
  host->ask("Backlog Password2 correct horse;SSId2 bench");
  host->pass(35s);
  const std::string text = host->take_text();
  EXPECT_THAT(text, HasSubstr("Connecting to AP2 bench "));
  EXPECT_TRUE(host->slot.on_network());
}

TEST_F(Wifi, AHundredTimeoutsRestart) {
  start(plug_options(), "elsewhere");
  host->pass(100 * 36s);
  host->ask("SerialLog 2");
  host->pass(60s);
  EXPECT_GT(host->network.joins, 90);
  EXPECT_THAT(host->ask("Status 1"), HasSubstr("Software/System restart"));
}

TEST_F(Wifi, RefusedFault) {
  TwinSlotOptions options = plug_options();
  options.plug.wifi_refuses = true;
  start(options);
  host->pass(30s);
  EXPECT_THAT(host->take_text(), HasSubstr("WIF: Connect failed with AP timeout\r\n"));
  EXPECT_FALSE(host->slot.on_network());
  EXPECT_EQ(host->network.joins, 0);
}

TEST_F(Wifi, DropsFaultComesBack) {
  TwinSlotOptions options = plug_options();
  options.plug.wifi_drops_after = 20s;
  options.plug.wifi_drop_lasts = 10s;
  start(options);
  int changes = 0;
  bool before = host->slot.on_network();
  for (int i = 0; i < 900; ++i) {
    host->pass(100ms);
    if (host->slot.on_network() != before) ++changes;
    before = host->slot.on_network();
  }
  EXPECT_GE(changes, 4);
}

TEST_F(Wifi, LostAccessPointEndsTheWebServerAndComesBack) {
  start();
  host->pass(10s);
  ASSERT_TRUE(host->get("/cm?cmnd=Power"));
  host->network.alive = false;
  host->pass(3s);
  EXPECT_FALSE(host->slot.on_network());
  EXPECT_EQ(host->slot.http_begin({}), 0U);
  host->network.alive = true;
  host->pass(25s);
  EXPECT_TRUE(host->slot.on_network());
  EXPECT_THAT(host->ask("Status 11"), HasSubstr(R"("LinkCount":2)"));
}

TEST_F(Wifi, AccessPointModeIsOutOfReach) {
  PlugHost plain;
  plain.pass(10s);
  EXPECT_FALSE(plain.slot.on_network());
  EXPECT_EQ(plain.slot.http_begin({}), 0U);
}

TEST_F(Wifi, TestOfANetworkFromAccessPointMode) {
  PlugHost plain;
  plain.pass(5s);
  EXPECT_EQ(plain.result("WifiTest3 bench+correct horse"), R"({"WifiTest":"Testing"})");
  EXPECT_EQ(plain.result("WifiTest3 bench+again"), R"({"WifiTest":"Busy"})");
  plain.pass(9s);
  EXPECT_EQ(plain.result("WifiTest"), R"({"WifiTest":"Successful"})");
  plain.ask("WifiTest3 bench+wrong", 9s);
  EXPECT_EQ(plain.result("WifiTest"), R"({"WifiTest":"Connect failed"})");
  // Test only: nothing is stored.
  EXPECT_EQ(plain.result("SSId1"), R"({"SSId1":""})");
}

TEST_F(Wifi, TestIsAnErrorInStationMode) {
  start();
  host->pass(8s);
  EXPECT_EQ(host->result("WifiTest"), R"({"Command":"Error","Input":"WIFITEST"})");
}

TEST_F(Wifi, MqttWithoutBrokerRetriesLater) {
  start();
  const std::string text = host->ask("MqttHost broker", 60s);
  EXPECT_THAT(text, HasSubstr("MQT: Connect failed to broker:1883, rc -2. Retry in 10 sec\r\n"));
  EXPECT_THAT(text, HasSubstr("Retry in 20 sec\r\n"));
}

TEST_F(Wifi, PowerLossEndsIt) {
  start();
  host->pass(10s);
  ASSERT_TRUE(host->slot.on_network());
  const std::uint64_t number = host->slot.http_begin(request_for("/cm?cmnd=Power"));
  ASSERT_NE(number, 0U);
  host->slot.set_lines(false, true);
  EXPECT_FALSE(host->slot.on_network());
  host->pass(5s);
  EXPECT_FALSE(host->slot.http_take(number));
}

}  // namespace
}  // namespace plugrig::twin::test
