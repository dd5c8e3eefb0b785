#include "drivers/tasmota/identity.hpp"

#include <gtest/gtest.h>

#include "drivers/tasmota/neighbour_table.hpp"

namespace plugrig::tasmota {
namespace {

TEST(Identity, FollowsFromTheMac) {
  const auto identity = identity_of("48:55:19:18:3C:31");
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->topic, "tasmota_183C31");
  EXPECT_EQ(identity->host_name, "tasmota-183C31-7217");
  EXPECT_EQ(identity->access_point, "tasmota-183C31-7217");
  EXPECT_EQ(identity->mqtt_client, "DVES_183C31");
}

TEST(Identity, FillsTheNumberUp) {
  // 0x00002A & 0x1FFF = 42
  EXPECT_EQ(identity_of("A4:CF:12:00:00:2A")->host_name, "tasmota-00002A-0042");
}

TEST(Identity, HostNamesKeepOnlyWhatTheyMay) {
  EXPECT_EQ(host_name_of("48:55:19:18:3C:31", "_k\xC3\xBC#1.b"),
            "xk--"
            "-1.b-7217");
}

TEST(Identity, MacsAreWrittenInManyWays) {
  for (const char* mac : {"48:55:19:18:3C:31", "48-55-19-18-3c-31", "485519183c31"}) {
    EXPECT_EQ(normalised_mac(mac), "48:55:19:18:3C:31") << mac;
  }
  for (const char* mac : {"", "48:55:19:18:3C", "48:55:19:18:3C:3G", "48:55-19:18:3C:31",
                          "48:55:19:18:3C:31 ", "4855.1918.3c31", "48551918 3c31"}) {
    EXPECT_FALSE(normalised_mac(mac)) << mac;
    EXPECT_FALSE(identity_of(mac)) << mac;
  }
}

TEST(Neighbours, AreFoundByMacWhenComplete) {
  const std::string table =
      "IP address       HW type     Flags       HW address            Mask     Device\n"
      "192.168.1.7      0x1         0x2         48:55:19:18:3c:31     *        eth0\n"
      "192.168.1.8      0x1         0x0         00:00:00:00:00:00     *        eth0\n"
      "192.168.1.9      0x1         0x0         a4:cf:12:00:00:2a     *        eth0\n"
      "broken line\n";
  EXPECT_EQ(find_neighbour(table, "48:55:19:18:3C:31"), "192.168.1.7");
  EXPECT_FALSE(find_neighbour(table, "A4:CF:12:00:00:2A")) << "the kernel did not finish this one";
  EXPECT_FALSE(find_neighbour(table, "48:55:19:18:3C:32"));
  EXPECT_FALSE(find_neighbour("", "48:55:19:18:3C:31"));
  EXPECT_FALSE(find_neighbour(table, "no mac"));
}

}  // namespace
}  // namespace plugrig::tasmota
