#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "tests/unit/twin_plug/plug_host.hpp"

// What a plug does otherwise while the image in its flash has a seeded defect: each test looks at
// the same thing with a good build and with the defective one.

namespace plugrig::twin::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// Time from power-on to the first sight of `text` on the console.
Duration time_to(const std::string& text, PlugHost& host) {
  const Duration start = host.slot.now();
  std::string said;
  while (host.slot.now() < start + 60s) {
    host.pass(10ms);
    said += host.take_text();
    if (said.find(text) != std::string::npos) return host.slot.now() - start;
  }
  return Duration::max();
}

/// A plug with the EP2's template, 230.0 V, 1000 W at the defaults' scale.
std::unique_ptr<PlugHost> metered(const std::string& defects) {
  auto host = std::make_unique<PlugHost>(plug_options(), defects);
  host->board.voltage_period = 565us;
  host->board.current_period = 2698us;
  host->board.power_period = 1373us;
  host->pass(5s + 1s);
  host->send("Backlog Template " + kEp2Template + ";Module 0;VoltRes 1;WattRes 1");
  host->pass(14s);
  return host;
}

json energy(PlugHost& host) {
  const std::string text = host.ask("Status 10", 500ms);
  const auto at = text.find("STATUS10 = ");
  if (at == std::string::npos) return {};
  return json::parse(text.substr(at + 11, text.find("\r\n", at) - at - 11))["StatusSNS"]["ENERGY"];
}

void load(PlugHost& host) {
  host.ask("Power ON");
  host.pass(8s);
}

/// A plug that has joined the network.
std::unique_ptr<PlugHost> joined(const std::string& defects) {
  auto host = std::make_unique<PlugHost>(plug_options(), defects);
  host->pass(6s);
  host->send("Backlog Password1 correct horse;SSId1 bench");
  host->pass(25s);
  return host;
}

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

TEST(DefectBuild, AnUnknownDefectInAnImageIsIgnored) {
  Bytes flash = flashed("15.2.0", "http_late=1500 ms,power_gain");
  const std::string name = "power_gain";
  const auto at = std::search(flash.begin(), flash.end(), name.begin(), name.end());
  ASSERT_NE(at, flash.end());
  // Two letters change places, so that the checksum stays right.
  std::iter_swap(at, at + 1);
  PlugHost host;
  host.slot.load_flash(0, flash);
  host.power_cycle();
  EXPECT_LT(time_to("Project tasmota", host), 3s);
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
