#include "fixtures/twin/tasmota/configured_plug.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_plug/plug_host.hpp"

namespace plugrig::twin::test {
namespace {

using tasmota::configured_flash;
using tasmota::SettingsSeed;

SettingsSeed seed_of_a_plug() {
  SettingsSeed seed;
  seed.ssid = "bench";
  seed.password = "correct horse";
  seed.host_name = "plug-a";
  seed.template_json = kEp2Template;
  seed.web_password = "gate";
  seed.metering = {10080, 1580, 3554};
  return seed;
}

TEST(ConfiguredPlug, BootsIntoWhatWasAskedFor) {
  PlugHost host;
  host.slot.load_flash(
      0, configured_flash(make_image({.version = "15.2.0", .size_bytes = kSmallImage}),
                          seed_of_a_plug()));
  host.pass(8s);
  EXPECT_THAT(host.take_text(), testing::HasSubstr("CFG: Loaded from flash at FA, Count 20\r\n"));
  EXPECT_TRUE(host.slot.on_network());
  EXPECT_EQ(host.slot.host_name(), "plug-a");
  EXPECT_EQ(host.result("PowerCal"), R"({"PowerCal":10080})");
  EXPECT_EQ(host.get("/cm?cmnd=Module")->status, 401);
  EXPECT_EQ(host.get("/cm?cmnd=Module&user=admin&password=gate")->body,
            R"({"Module":{"0":"Gosund EP2"}})");
}

TEST(ConfiguredPlug, RefusesWhatDoesNotFit) {
  SettingsSeed seed = seed_of_a_plug();
  seed.template_json = "{";
  EXPECT_THROW(tasmota::make_settings(seed), std::invalid_argument);
  seed = seed_of_a_plug();
  seed.web_password = std::string(700, 'x');
  EXPECT_THROW(tasmota::make_settings(seed), std::invalid_argument);
  EXPECT_THROW(configured_flash(Bytes(0xF4000), seed_of_a_plug()), std::invalid_argument);
}

}  // namespace
}  // namespace plugrig::twin::test
