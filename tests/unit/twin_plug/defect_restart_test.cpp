#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_plug/defect_host.hpp"

// Builds that restart, and builds that forget something when they do.

namespace plugrig::twin::test {
namespace {

using testing::HasSubstr;
using testing::Not;

int count(const std::string& what, const std::string& text) {
  int found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST(DefectRestart, UnderLoad) {
  // 1242.9 W are shown.
  const auto good = metered("");
  const auto strong = metered("resets_under_load=1300 W");
  const auto weak = metered("resets_under_load=1200 W");
  for (PlugHost* host : {good.get(), strong.get(), weak.get()}) {
    host->pass(10s);
    host->take_text();
    load(*host);
    host->pass(5s);
  }
  EXPECT_THAT(good->take_text(), Not(HasSubstr("Project tasmota")));
  EXPECT_THAT(strong->take_text(), Not(HasSubstr("Project tasmota")));
  const std::string text = weak->take_text();
  EXPECT_THAT(text, HasSubstr("\r\nException ("));
  EXPECT_THAT(text, HasSubstr("Project tasmota"));
  EXPECT_THAT(text, Not(HasSubstr("QPC")));
  EXPECT_THAT(weak->ask("Status 1"), HasSubstr(R"("RestartReason":"Exception")"));
}

TEST(DefectRestart, UnderLoadAgainAndAgainButThePlugStaysWhatItIs) {
  const auto host = metered("resets_under_load=1200 W");
  load(*host);
  host->pass(150s);
  const std::string text = host->take_text();
  EXPECT_GT(count("Exception (", text), 5);
  EXPECT_THAT(text, Not(HasSubstr("FRC:")));
  EXPECT_EQ(host->result("Module"), R"({"Module":{"0":"Gosund EP2"}})");
  // Without the load, peace; the next restart has a cause of its own.
  host->board.power_period = {};
  host->pass(30s);
  host->take_text();
  host->pass(60s);
  EXPECT_THAT(host->take_text(), Not(HasSubstr("Exception (")));
  host->ask("Restart 1", 6s);
  EXPECT_THAT(host->ask("Status 1"), HasSubstr("Software/System restart"));
}

TEST(DefectRestart, WatchdogEveryMinute) {
  PlugHost good;
  PlugHost bad(plug_options(), "watchdog_every=1 min");
  for (PlugHost* host : {&good, &bad}) {
    host->pass(10s);
    host->ask("DeviceName Lamp");
    host->pass(200s);
  }
  EXPECT_EQ(count("Project tasmota", good.take_text()), 0);
  const std::string text = bad.take_text();
  EXPECT_EQ(count("Project tasmota", text), 3);
  EXPECT_THAT(text, Not(HasSubstr("Exception")));
  EXPECT_THAT(bad.ask("Status 1"), HasSubstr(R"("RestartReason":"Hardware Watchdog")"));
  EXPECT_EQ(bad.result("DeviceName"), R"({"DeviceName":"Lamp"})");
}

TEST(DefectRestart, AHangingPlugAnswersNothing) {
  PlugHost bad(plug_options(), "watchdog_every=1 min");
  ASSERT_LT(time_to("Project tasmota", bad), 5s);
  bad.pass(60s);
  EXPECT_EQ(bad.ask("Power"), "");
}

TEST(DefectRestart, ForgetsSettings) {
  PlugHost good;
  PlugHost bad(plug_options(), "forgets_settings");
  for (PlugHost* host : {&good, &bad}) {
    host->pass(6s);
    host->ask("DeviceName Lamp");
    host->pass(5s);
    EXPECT_EQ(host->result("DeviceName"), R"({"DeviceName":"Lamp"})");
    host->take_text();
    host->ask("Restart 1", 8s);
  }
  EXPECT_EQ(good.result("DeviceName"), R"({"DeviceName":"Lamp"})");
  EXPECT_EQ(bad.result("DeviceName"), R"({"DeviceName":"Tasmota"})");
  bad.power_cycle();
  bad.pass(6s);
  EXPECT_THAT(bad.take_text(), HasSubstr("CFG: Use defaults"));
}

TEST(DefectRestart, TemplateLost) {
  const auto good = metered("");
  const auto bad = metered("template_lost");
  load(*good);
  load(*bad);
  EXPECT_EQ(good->result("Module"), R"({"Module":{"0":"Gosund EP2"}})");
  EXPECT_EQ(bad->result("Module"), R"({"Module":{"1":"Sonoff Basic"}})");
  EXPECT_THAT(bad->result("Template"), Not(HasSubstr("Gosund")));
  EXPECT_EQ(energy(*good)["Power"], 1242.9);
  EXPECT_TRUE(energy(*bad).is_null());
  // Only the template.
  EXPECT_EQ(bad->result("SetOption21"), good->result("SetOption21"));
  bad->ask("DeviceName Lamp", 5s);
  bad->ask("Restart 1", 8s);
  EXPECT_EQ(bad->result("DeviceName"), R"({"DeviceName":"Lamp"})");
}

}  // namespace
}  // namespace plugrig::twin::test
