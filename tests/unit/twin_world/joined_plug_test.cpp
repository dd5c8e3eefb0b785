#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_world/benches.hpp"
#include "tests/unit/twin_world/joined_bench.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

TEST(JoinedPlug, PlugJoinsSwitchesItsLoadAndReadsIt) {
  JoinedBench joined(two_position_bench(1));
  ASSERT_NE(joined.bench().at_address("127.0.1.1"), nullptr);
  joined.driven().relay(2, 3, true);
  EXPECT_NE(joined.http("127.0.1.1", "/cm?cmnd=Power%20On"), "");
  joined.driven().wait(20s);
  EXPECT_TRUE(joined.bench().truth("F1").relay_closed);
  EXPECT_GT(joined.driven().reference(0x0C), 900);
  const auto energy = joined.energy("127.0.1.1");
  ASSERT_TRUE(energy.contains("Power")) << energy.dump();
  // Factory constants on a board of this class read about a fifth high.
  EXPECT_NEAR(energy["Power"].get<double>() / joined.bench().truth("F1").power_W, 1.2, 0.08);
  EXPECT_NEAR(energy["Voltage"].get<double>() / joined.bench().truth("F1").voltage_V, 1.23, 0.04);
  EXPECT_NE(joined.http("127.0.1.1", "/cm?cmnd=Power%20Off"), "");
  joined.driven().wait(5s);
  EXPECT_LT(joined.driven().reference(0x0C), 2);
  EXPECT_THAT(joined.bench().accidents(), IsEmpty());
}

TEST(JoinedPlug, MainsOffEndsThePlugAndOpensItsRelay) {
  JoinedBench joined(two_position_bench(1));
  joined.http("127.0.1.1", "/cm?cmnd=Power%20On");
  joined.driven().wait(1s);
  ASSERT_TRUE(joined.bench().truth("F1").relay_closed);
  joined.driven().relay(1, 8, false);
  joined.driven().wait(1s);
  EXPECT_FALSE(joined.bench().truth("F1").relay_closed);
  EXPECT_EQ(joined.bench().at_address("127.0.1.1"), nullptr);
}

TEST(JoinedPlug, LosesItsNetworkWithTheAccessPointsSupplyAndKeepsItsRelay) {
  auto spec = two_position_bench(1);
  spec.access_point = bench::BoardPin{.board = "board1", .number = 6};
  JoinedBench joined(spec);
  joined.http("127.0.1.1", "/cm?cmnd=Power%20On");
  joined.driven().wait(1s);
  joined.driven().relay(1, 6, true);
  joined.driven().wait(20s);
  EXPECT_EQ(joined.bench().at_address("127.0.1.1"), nullptr);
  EXPECT_TRUE(joined.bench().truth("F1").live) << "mains has nothing to do with it";
  joined.driven().relay(1, 6, false);
  joined.driven().wait(5s);
  EXPECT_EQ(joined.bench().at_address("127.0.1.1"), nullptr) << "it has to start first";
  joined.driven().wait(30s);
  EXPECT_NE(joined.bench().at_address("127.0.1.1"), nullptr);
  EXPECT_TRUE(joined.bench().truth("F1").relay_closed);
}

TEST(JoinedPlug, SwappedPlugsAnswerAtTheirOldAddressFromTheOtherSlot) {
  JoinedBench joined(two_position_bench(2), 2);
  joined.driven().relay(1, 2, false);
  joined.driven().wait(1s);
  EXPECT_EQ(joined.bench().at_address("127.0.1.2"), nullptr);
  joined.bench().swap_plugs("F1", "F2");
  joined.driven().wait(20s);
  EXPECT_NE(joined.bench().at_address("127.0.1.2"), nullptr);
  EXPECT_EQ(joined.bench().at_address("127.0.1.1"), nullptr);
}

}  // namespace
}  // namespace plugrig::twin
