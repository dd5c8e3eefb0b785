#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/twin_plug/defect_host.hpp"

// What a plug shows and when it answers while the image in its flash has a seeded defect: each test
// looks at the same thing with a good build and with the defective one.

namespace plugrig::twin::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

TEST(DefectBuild, BootSlower) {
  PlugHost good;
  PlugHost slow(plug_options(), "boot_slower=2 s");
  const Duration usual = time_to("Project tasmota", good);
  EXPECT_EQ(time_to("Project tasmota", slow) - usual, 2s);
  const Duration web = time_to("Web server active", good) + usual;
  EXPECT_NEAR(static_cast<double>((time_to("Web server active", slow) + usual - web).count()), 0,
              2e7);
}

TEST(DefectBuild, HttpLate) {
  const auto good = joined("");
  const auto late = joined("http_late=1500 ms");
  const auto time_of_answer = [](PlugHost& host) {
    const Duration start = host.slot.now();
    EXPECT_TRUE(host.get("/cm?cmnd=Power"));
    return host.slot.now() - start;
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_LT(time_of_answer(*good), 200ms);
    EXPECT_GE(time_of_answer(*late), 1500ms);
  }
}

TEST(DefectBuild, PowerGain) {
  const auto good = metered("");
  const auto high = metered("power_gain=0.3 %");
  load(*good);
  load(*high);
  const json right = energy(*good);
  const json wrong = energy(*high);
  EXPECT_EQ(right["Power"], 1242.9);
  EXPECT_NEAR(wrong["Power"].get<double>(), 1242.9 * 1.003, 0.11);
  EXPECT_EQ(wrong["Voltage"], right["Voltage"]);
  EXPECT_EQ(wrong["Current"], right["Current"]);
  // The constant itself is what was set.
  EXPECT_EQ(high->result("PowerCal"), R"({"PowerCal":12530})");
}

TEST(DefectBuild, PowerGainIsThereAfterPowerSet) {
  const auto host = metered("power_gain=-2 %");
  load(*host);
  EXPECT_EQ(host->result("PowerSet 1000.00"), R"({"PowerSetCal":10080})");
  host->pass(4s);
  EXPECT_NEAR(energy(*host)["Power"].get<double>(), 980, 0.5);
}

TEST(DefectBuild, LowCurrent) {
  const auto good = metered("");
  const auto bad = metered("low_current=5 %");
  for (PlugHost* host : {good.get(), bad.get()}) load(*host);
  EXPECT_EQ(energy(*bad)["Current"], energy(*good)["Current"]);
  // 0.12 A.
  for (PlugHost* host : {good.get(), bad.get()}) {
    host->board.current_period = 96ms;
    host->pass(20s);
  }
  const double right = energy(*good)["Current"].get<double>();
  ASSERT_LT(right, 0.2);
  ASSERT_GT(right, 0.1);
  EXPECT_NEAR(energy(*bad)["Current"].get<double>(), right * 1.05, 0.0011);
}

TEST(DefectBuild, SlowMetering) {
  const auto good = metered("");
  const auto slow = metered("slow_metering=4 s");
  for (PlugHost* host : {good.get(), slow.get()}) load(*host);
  EXPECT_NEAR(energy(*slow)["Power"].get<double>(), energy(*good)["Power"].get<double>(), 0.11)
      << "the same in the end";
  for (PlugHost* host : {good.get(), slow.get()}) {
    host->board.power_period *= 2;
    host->pass(2s);
  }
  EXPECT_NEAR(energy(*good)["Power"].get<double>(), 621.5, 0.6);
  const double half_way = energy(*slow)["Power"].get<double>();
  EXPECT_GT(half_way, 750);
  EXPECT_LT(half_way, 1100);
  slow->pass(3s);
  EXPECT_NEAR(energy(*slow)["Power"].get<double>(), 621.5, 0.6);
}

TEST(DefectBuild, RelayLatency) {
  const auto at_once = metered("");
  const auto late = metered("relay_latency=400 ms");
  for (PlugHost* host : {at_once.get(), late.get()}) {
    EXPECT_EQ(host->result("Power ON", 200ms), R"({"POWER":"ON"})");
  }
  EXPECT_TRUE(at_once->board.relay);
  EXPECT_FALSE(late->board.relay);
  late->pass(400ms);
  EXPECT_TRUE(late->board.relay);
  late->ask("Power OFF", 200ms);
  EXPECT_TRUE(late->board.relay);
  late->pass(400ms);
  EXPECT_FALSE(late->board.relay);
}

TEST(DefectBuild, JsonKeyRenamed) {
  const auto good = metered("");
  const auto bad = metered("json_key_renamed");
  load(*good);
  load(*bad);
  const json right = energy(*good);
  const json wrong = energy(*bad);
  EXPECT_FALSE(right.contains("Amps"));
  EXPECT_FALSE(wrong.contains("Current"));
  EXPECT_EQ(wrong.at("Amps"), right.at("Current"));
  EXPECT_THAT(bad->ask("TelePeriod 10", 25s), HasSubstr("\"Amps\":"));
}

/// Time until the plug is on the network again after it was without it for a minute.
Duration return_of(PlugHost& host) {
  host.take_text();
  host.network.alive = false;
  host.pass(60s);
  EXPECT_FALSE(host.slot.on_network());
  host.network.alive = true;
  const Duration back = host.slot.now();
  while (!host.slot.on_network() && host.slot.now() - back < 120s) host.pass(100ms);
  return host.slot.now() - back;
}

TEST(DefectBuild, WifiSlowReturn) {
  const auto good = joined("");
  const auto late = joined("wifi_slow_return=20 s");
  const Duration usual = return_of(*good);
  EXPECT_LT(usual, 15s);
  EXPECT_NEAR(std::chrono::duration<double>(return_of(*late) - usual).count(), 20, 1);
  EXPECT_THAT(late->take_text(), Not(HasSubstr("Project tasmota")));
}

TEST(DefectBuild, WifiLossRestarts) {
  for (const bool defective : {false, true}) {
    const auto host = joined(defective ? "wifi_loss_restarts" : "");
    host->ask("Power ON");
    host->pass(15s);
    host->take_text();
    return_of(*host);
    const std::string text = host->take_text();
    EXPECT_EQ(text.find("Project tasmota") != std::string::npos, defective);
    EXPECT_TRUE(host->slot.on_network());
    EXPECT_THAT(host->ask("Power"), HasSubstr(R"({"POWER":"ON"})"));
  }
}

TEST(DefectBuild, WifiRefusalRestarts) {
  for (const bool defective : {false, true}) {
    const auto host = joined(defective ? "wifi_refusal_restarts" : "");
    host->ask("Backlog Password3 not the right one; SSId1 bench");
    host->pass(3s);
    host->take_text();
    host->pass(30s);
    const std::string text = host->take_text();
    EXPECT_THAT(text, HasSubstr("WIF: Connect failed"));
    EXPECT_EQ(text.find("Project tasmota") != std::string::npos, defective);
  }
}

TEST(DefectBuild, HeapLeak) {
  PlugHost good;
  PlugHost bad(plug_options(), "heap_leak=2 kB");
  for (PlugHost* host : {&good, &bad}) {
    host->pass(10s);
    host->ask("SetOption130 1");
    host->pass(300s);
  }
  EXPECT_THAT(good.ask("Status 4"), HasSubstr("\"Heap\":27,"));
  EXPECT_THAT(good.ask("Status 11"), HasSubstr("\"Heap\":27,"));
  EXPECT_THAT(bad.ask("Status 4"), HasSubstr("\"Heap\":16,"));
  const std::string text = bad.ask("Status 11");
  EXPECT_THAT(text, HasSubstr("\"Heap\":16,"));
  EXPECT_THAT(text, HasSubstr("-016 RSL:"));
  // Two thirds of the way to the end of the heap, then over it.
  bad.pass(180s);
  EXPECT_THAT(bad.take_text(), Not(HasSubstr("Exception")));
  bad.pass(300s);
  EXPECT_THAT(bad.ask("Status 1"), HasSubstr(R"("RestartReason":"Exception")"));
}

/// A short press; what the console says within the next second.
std::string pressed(PlugHost& host, Duration listen = 1s) {
  host.take_text();
  host.board.pressed = true;
  host.pass(150ms);
  host.board.pressed = false;
  host.pass(listen);
  return host.take_text();
}

TEST(DefectBuild, ButtonDead) {
  const auto good = metered("");
  const auto dead = metered("button_dead");
  EXPECT_THAT(pressed(*good), HasSubstr("POWER = ON"));
  EXPECT_THAT(pressed(*dead), Not(HasSubstr("POWER")));
  EXPECT_FALSE(dead->board.relay);
}

TEST(DefectBuild, ButtonSlow) {
  const auto good = metered("");
  const auto slow = metered("button_slow=600 ms");
  EXPECT_THAT(pressed(*good, 600ms), HasSubstr("POWER = ON"));
  EXPECT_THAT(pressed(*slow, 600ms), Not(HasSubstr("POWER")));
  slow->pass(600ms);
  EXPECT_THAT(slow->take_text(), HasSubstr("POWER = ON"));
}

TEST(DefectBuild, LedInverted) {
  const auto good = metered("");
  const auto bad = metered("led_inverted");
  EXPECT_FALSE(good->board.leds[1]);
  EXPECT_TRUE(bad->board.leds[1]);
  for (PlugHost* host : {good.get(), bad.get()}) host->ask("Power ON", 400ms);
  EXPECT_TRUE(good->board.leds[1]);
  EXPECT_FALSE(bad->board.leds[1]);
}

TEST(DefectBuild, LedSlow) {
  const auto good = metered("");
  const auto slow = metered("led_slow=600 ms");
  for (PlugHost* host : {good.get(), slow.get()}) host->ask("Power ON", 400ms);
  EXPECT_TRUE(good->board.leds[1]);
  EXPECT_FALSE(slow->board.leds[1]);
  slow->pass(600ms);
  EXPECT_TRUE(slow->board.leds[1]);
}

TEST(DefectBuild, AnUnknownDefectInAnImageIsIgnored) {
  Bytes flash = flashed("15.2.0", "power_gain,boot_slower=3 s");
  const std::string name = "power_gain";
  const auto at = std::search(flash.begin(), flash.end(), name.begin(), name.end());
  ASSERT_NE(at, flash.end());
  // Two letters change places, so that the checksum stays right.
  std::iter_swap(at, at + 1);
  PlugHost host;
  host.slot.load_flash(0, flash);
  host.power_cycle();
  const Duration start = time_to("Project tasmota", host);
  EXPECT_GE(start, 3s);
  EXPECT_LT(start, 6s);
}

TEST(DefectBuild, TheDefectGoesWithTheImage) {
  PlugHost host(plug_options(), "boot_slower=3 s");
  EXPECT_GE(time_to("Project tasmota", host), 3s);
  host.slot.load_flash(0, flashed());
  host.power_cycle();
  EXPECT_LT(time_to("Project tasmota", host), 3s);
}

}  // namespace
}  // namespace plugrig::twin::test
