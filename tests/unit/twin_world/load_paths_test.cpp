#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_world/benches.hpp"
#include "tests/unit/twin_world/driven_bench.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::IsEmpty;
using testing::Not;

constexpr int kLoadBoard = 2;
constexpr int kSelector1 = 5, kSelector2 = 6;  // of the load's board
constexpr const char* kTwoOnLoad = "bench: two slots on one load";

bench::BenchSpec with_selectors() {
  auto spec = two_position_bench(2);
  for (int n = 0; n < 2; ++n) {
    auto& slot = spec.slots[static_cast<std::size_t>(n)];
    slot.selector = bench::BoardPin{.board = "board2", .number = kSelector1 + n};
    slot.twin->faults.set("relay_stuck_on",
                          {.text = "true", .number = 1, .items = {}, .place = {}});
  }
  return spec;
}

/// Both slots live, plugs on, 1 kW of load.
struct Selected {
  Selected() : bench(with_selectors()) {
    bench.relay(1, Driven::kContactor, true);
    bench.relay(1, 1, true);
    bench.relay(1, 2, true);
    bench.relay(kLoadBoard, 3, true);
  }
  void select(int selector, bool on) {
    bench.relay(kLoadBoard, selector, on);
    bench.wait(3s);
  }
  [[nodiscard]] double watts(const char* slot) { return bench.bench.truth(slot).power_W; }
  double meter_W() { return bench.reference(0x0C); }
  Driven bench;
};

TEST(Selectors, WithoutOneNobodyFeedsTheLoadAndTheMeterSeesNobody) {
  Selected bench;
  bench.bench.wait(3s);
  EXPECT_TRUE(bench.bench.bench.truth("F1").live);
  EXPECT_EQ(bench.watts("F1"), 0);
  EXPECT_EQ(bench.watts("F2"), 0);
  EXPECT_NEAR(bench.meter_W(), 0, 0.01);
  EXPECT_NEAR(bench.bench.reference(0), 0, 0.01);  // volts: it hangs on nothing
}

TEST(Selectors, OneConnectsItsSlotAlone) {
  Selected bench;
  bench.select(kSelector2, true);
  EXPECT_EQ(bench.watts("F1"), 0);
  EXPECT_GT(bench.watts("F2"), 900);
  EXPECT_NEAR(bench.meter_W(), bench.watts("F2"), 0.01 * bench.watts("F2"));
  bench.select(kSelector2, false);
  bench.select(kSelector1, true);
  EXPECT_GT(bench.watts("F1"), 900);
  EXPECT_EQ(bench.watts("F2"), 0);
  EXPECT_THAT(bench.bench.bench.accidents(), IsEmpty());
}

TEST(Selectors, TwoAtOncePutTwoSlotsOnOneLoad) {
  Selected bench;
  bench.select(kSelector1, true);
  const double alone = bench.watts("F1");
  bench.select(kSelector2, true);
  EXPECT_NEAR(bench.watts("F1") + bench.watts("F2"), alone, 0.02 * alone);
  EXPECT_GT(bench.watts("F1"), 0.2 * alone);
  EXPECT_GT(bench.watts("F2"), 0.2 * alone);
  EXPECT_THAT(bench.bench.bench.accidents(), Contains(kTwoOnLoad));
}

TEST(Selectors, ADeadSlotOnTheLoadHarmsNobody) {
  Selected bench;
  bench.bench.relay(1, 2, false);
  bench.select(kSelector1, true);
  bench.select(kSelector2, true);
  EXPECT_GT(bench.watts("F1"), 900);
  EXPECT_THAT(bench.bench.bench.accidents(), Not(Contains(kTwoOnLoad)));
}

TEST(PerSlot, EachSlotHasItsOwnLoadAndMeter) {
  auto spec = with_selectors();
  spec.load_path = bench::LoadPathKind::per_slot;
  for (auto& slot : spec.slots) {
    slot.selector.reset();
    slot.load = spec.load;
  }
  for (auto& element : spec.slots[1].load->elements) element.relay += 4;
  spec.load.reset();
  spec.slots[1].reference = "meter2";
  auto meter = spec.instruments[0];
  meter.name = "meter2";
  meter.address = "line2";
  spec.instruments.push_back(meter);
  Driven bench(spec);
  bench.mains(1, true);
  bench.relay(1, 2, true);
  bench.relay(kLoadBoard, 3, true);      // 1 kW for F1
  bench.relay(kLoadBoard, 4 + 2, true);  // 500 W for F2
  bench.wait(3s);
  EXPECT_NEAR(bench.bench.truth("F1").power_W, 1000, 60);
  EXPECT_NEAR(bench.bench.truth("F2").power_W, 500, 30);
  EXPECT_NEAR(bench.reference(0x0C), bench.bench.truth("F1").power_W, 5);
}

TEST(EmergencyStop, OpensTheContactorAndKeepsItOpen) {
  auto spec = two_position_bench(1);
  spec.hardwired_interlock = true;
  spec.mains->emergency_stop = bench::BoardPin{.board = "board1", .number = 7, .input = true};
  Driven bench(spec);
  bench.mains(1, true);
  EXPECT_TRUE(bench.input(7));
  bench.bench.press_emergency_stop(true);
  EXPECT_FALSE(bench.bench.truth("F1").live);
  EXPECT_FALSE(bench.input(7));
  EXPECT_FALSE(bench.input(8));  // the contactor's own contact
  bench.relay(1, Driven::kContactor, true);
  EXPECT_FALSE(bench.bench.truth("F1").live);
  bench.bench.press_emergency_stop(false);
  EXPECT_TRUE(bench.input(7));
  EXPECT_FALSE(bench.bench.truth("F1").live);  // not by itself
}

TEST(EmergencyStop, OnlyAHardWiredOneActsByItself) {
  auto spec = two_position_bench(1);
  spec.mains->emergency_stop = bench::BoardPin{.board = "board1", .number = 7, .input = true};
  spec.twin.emergency_stop_at = 10s;
  Driven bench(spec);
  bench.mains(1, true);
  bench.wait(9s);
  EXPECT_TRUE(bench.input(7));
  bench.wait(1s);
  EXPECT_FALSE(bench.input(7));
  EXPECT_TRUE(bench.bench.truth("F1").live);
}

TEST(Thermostat, OpensWhenTheLoadHadPowerForLong) {
  auto spec = two_position_bench(1);
  spec.load->cool = bench::BoardPin{.board = "board1", .number = 6, .input = true};
  spec.twin.load_hot_after = 60s;
  spec.slots[0].twin->faults.set("relay_stuck_on",
                                 {.text = "true", .number = 1, .items = {}, .place = {}});
  Driven bench(spec);
  bench.mains(1, true);
  bench.wait(100s);
  EXPECT_TRUE(bench.input(6));  // nothing took power
  bench.relay(kLoadBoard, 3, true);
  bench.wait(50s);
  EXPECT_TRUE(bench.input(6));
  bench.wait(11s);
  EXPECT_FALSE(bench.input(6));
}

}  // namespace
}  // namespace plugrig::twin
