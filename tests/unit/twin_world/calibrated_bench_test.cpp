#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/world/twin_bench.hpp"
#include "tests/unit/twin_world/benches.hpp"
#include "tests/unit/twin_world/driven_bench.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr const char* kTemplate =
    R"({"NAME":"Gosund EP2","GPIO":[56,255,158,255,132,134,0,0,131,17,0,21,0],"FLAG":0,"BASE":45})";

/// A plug with firmware, set up over its console and joined to the network on mains.
class JoinedBench {
 public:
  explicit JoinedBench(const bench::BenchSpec& spec, int slots = 1) : driven_(spec) {
    for (int n = 1; n <= slots; ++n) configure("F" + std::to_string(n));
    driven_.relay(1, 8, true);
    for (int n = 1; n <= slots; ++n) driven_.relay(1, n, true);
    driven_.wait(20s);
  }

  Driven& driven() { return driven_; }
  TwinBench& bench() { return driven_.bench; }

  /// Empty when nobody answers within 2 s.
  std::string http(const std::string& address, const std::string& target) {
    auto* slot = bench().at_address(address);
    if (slot == nullptr) return "";
    const auto number =
        slot->http_begin({.target = target, .host = address, .authorization = "", .body = ""});
    for (int i = 0; number != 0 && i < 200; ++i) {
      driven_.wait(10ms);
      if (auto reply = slot->http_take(number)) return reply->body;
    }
    return "";
  }
  nlohmann::json energy(const std::string& address) {
    const auto body = http(address, "/cm?cmnd=Status%2010");
    const auto json = nlohmann::json::parse(body, nullptr, false);
    return json.contains("StatusSNS") ? json["StatusSNS"]["ENERGY"] : nlohmann::json{};
  }

 private:
  void configure(const std::string& name) {
    auto& slot = bench().slot(name);
    slot.load_flash(0, std::vector<std::uint8_t>(slot.flash().size(), 0xFF));
    slot.load_flash(0, make_image({.size_bytes = kSmallImage}));
    bench().set_port_open(name, true, driven_.now);
    slot.advance(slot.now() + 12s);
    line(slot, std::string("Template ") + kTemplate);
    line(slot, "Module 0");
    slot.advance(slot.now() + 12s);
    line(slot, "Backlog SSID1 bench; Password1 correct horse");
    slot.advance(slot.now() + 15s);
    bench().set_port_open(name, false, slot.now());
    driven_.now = std::max(driven_.now, slot.now());
    driven_.wait(300ms);
  }
  static void line(TwinSlot& slot, const std::string& text) {
    for (const char c : text + "\n") slot.advance(slot.send(static_cast<std::uint8_t>(c), 115'200));
    slot.advance(slot.now() + 2s);
  }

  Driven driven_;
};

TEST(CalibratedBench, PlugJoinsSwitchesItsLoadAndReadsIt) {
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

TEST(CalibratedBench, MainsOffEndsThePlugAndOpensItsRelay) {
  JoinedBench joined(two_position_bench(1));
  joined.http("127.0.1.1", "/cm?cmnd=Power%20On");
  joined.driven().wait(1s);
  ASSERT_TRUE(joined.bench().truth("F1").relay_closed);
  joined.driven().relay(1, 8, false);
  joined.driven().wait(1s);
  EXPECT_FALSE(joined.bench().truth("F1").relay_closed);
  EXPECT_EQ(joined.bench().at_address("127.0.1.1"), nullptr);
}

TEST(CalibratedBench, SwappedPlugsAnswerAtTheirOldAddressFromTheOtherSlot) {
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
