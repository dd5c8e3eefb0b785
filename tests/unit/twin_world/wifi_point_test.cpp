#include "fixtures/twin/world/wifi_point.hpp"

#include <gtest/gtest.h>

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using enum AccessPoint::Answer;

TEST(WifiPoint, LetsInWhoKnowsThePasswordAndIsKnown) {
  WifiPoint point("bench", "secret");
  point.know("A", {.address = "127.0.1.1"});
  EXPECT_EQ(point.join("A", "bench", "secret", 0s), joined);
  EXPECT_EQ(point.join("A", "other", "secret", 0s), no_such_network);
  EXPECT_EQ(point.join("A", "bench", "guess", 0s), wrong_password);
  EXPECT_EQ(point.join("B", "bench", "secret", 0s), no_address);
  EXPECT_EQ(point.address_of("A"), "127.0.1.1");
  EXPECT_EQ(point.address_of("B"), "");
  EXPECT_TRUE(point.up("A", 1h));
  EXPECT_FALSE(point.up("B", 1h));
}

TEST(WifiPoint, RefusesWhomItIsToldTo) {
  WifiPoint point("bench", "secret");
  point.know("A", {.address = "127.0.1.1", .refused = true});
  EXPECT_EQ(point.join("A", "bench", "secret", 0s), refused);
}

TEST(WifiPoint, WithoutItsSupplyNobodyIsThereAndThenItStartsFirst) {
  WifiPoint point("bench", "secret");
  point.know("A", {.address = "127.0.1.1"});
  point.set_powered(true, 1s);
  EXPECT_TRUE(point.up("A", 1s)) << "it had been powered all along";
  point.set_powered(false, 10s);
  EXPECT_FALSE(point.up("A", 10s));
  EXPECT_EQ(point.join("A", "bench", "secret", 1h), no_such_network);
  point.set_powered(true, 20s);
  EXPECT_FALSE(point.up("A", 30s));
  EXPECT_TRUE(point.up("A", 33s));
  EXPECT_EQ(point.join("A", "bench", "secret", 33s), joined);
}

TEST(WifiPoint, DropsAFifthOfTheTimeOnceAMinuteBySeed) {
  WifiPoint point("bench", "secret");
  point.know("A", {.address = "127.0.1.1", .drops = true, .seed = 3});
  int lost = 0;
  int changes = 0;
  bool before = true;
  for (Duration at{}; at < 1h; at += 100ms) {
    const bool up = point.up("A", at);
    lost += up ? 0 : 1;
    changes += up != before ? 1 : 0;
    before = up;
  }
  EXPECT_NEAR(lost, 36000 / 5, 10);
  EXPECT_NEAR(changes, 120, 10);
}

}  // namespace
}  // namespace plugrig::twin
