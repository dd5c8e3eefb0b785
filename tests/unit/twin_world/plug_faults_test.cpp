#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_world/benches.hpp"
#include "tests/unit/twin_world/joined_bench.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;

constexpr const char* kAddress = "127.0.1.1";

/// One slot with one fault, by the bench language.
bench::BenchSpec with_fault(const std::string& name, const std::string& text,
                            std::optional<double> number = {}) {
  auto spec = two_position_bench(1);
  spec.slots[0].twin->faults.set(name, {.text = text, .number = number, .items = {}, .place = {}});
  return spec;
}

/// Under a load of 1 kW, relay commanded on.
struct LoadedBench : JoinedBench {
  explicit LoadedBench(const bench::BenchSpec& spec) : JoinedBench(spec) {
    driven().relay(2, 3, true);
    http(kAddress, "/cm?cmnd=Power%20On");
    driven().wait(15s);
  }
};

TEST(PlugFaults, RelayThatDoesNotCloseIsSeenByNobodyButTheMeter) {
  LoadedBench joined(with_fault("relay_stuck_off", "true"));
  EXPECT_NE(joined.http(kAddress, "/cm?cmnd=Power").find("ON"), std::string::npos);
  EXPECT_FALSE(joined.bench().truth("F1").relay_closed);
  EXPECT_LT(joined.driven().reference(0x0C), 2);
}

TEST(PlugFaults, WeldedRelayFeedsTheLoadWhateverThePlugSays) {
  LoadedBench joined(with_fault("relay_stuck_on", "true"));
  joined.http(kAddress, "/cm?cmnd=Power%20Off");
  joined.driven().wait(5s);
  EXPECT_NE(joined.http(kAddress, "/cm?cmnd=Power").find("OFF"), std::string::npos);
  EXPECT_GT(joined.driven().reference(0x0C), 900);
}

TEST(PlugFaults, SwappedSelShowsCurrentAsVoltage) {
  LoadedBench joined(with_fault("swapped_sel", "true"));
  const auto energy = joined.energy(kAddress);
  ASSERT_TRUE(energy.contains("Voltage"));
  EXPECT_LT(energy["Voltage"].get<double>(), 70);
  EXPECT_GT(energy["Current"].get<double>(), 15);
}

TEST(PlugFaults, DriftMovesTheReadingsWithTime) {
  LoadedBench joined(with_fault("drift", "10 %", 0.1));
  const auto ratio = [&] {
    return joined.energy(kAddress)["Power"].get<double>() / joined.bench().truth("F1").power_W;
  };
  const double before = ratio();
  joined.driven().wait(300s);
  EXPECT_NEAR(ratio() / before, 1.05, 0.01);
}

TEST(PlugFaults, RefusedPlugNeverJoins) {
  JoinedBench joined(with_fault("wifi_refuses", "true"));
  joined.driven().wait(60s);
  EXPECT_EQ(joined.bench().at_address(kAddress), nullptr);
}

TEST(PlugFaults, DroppedPlugComesBack) {
  JoinedBench joined(with_fault("wifi_drops", "true"));
  int away = 0;
  for (int i = 0; i < 240; ++i) {
    joined.driven().wait(1s);
    away += joined.bench().at_address(kAddress) == nullptr ? 1 : 0;
  }
  EXPECT_GT(away, 4 * 8);
  EXPECT_LT(away, 4 * 30);
}

TEST(PlugFaults, WebServerRefusesWhenToldTo) {
  LoadedBench joined(with_fault("http_401", "true"));
  EXPECT_FALSE(joined.bench().truth("F1").relay_closed);
}

TEST(PlugFaults, PlugWithoutFaultsHasNoneOfThem) {
  LoadedBench joined(two_position_bench(1));
  EXPECT_TRUE(joined.bench().truth("F1").relay_closed);
  EXPECT_GT(joined.driven().reference(0x0C), 900);
  EXPECT_GT(joined.energy(kAddress)["Voltage"].get<double>(), 260);
}

}  // namespace
}  // namespace plugrig::twin
