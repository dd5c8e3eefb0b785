#include "fixtures/twin/world/twin_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "tests/unit/twin_world/benches.hpp"
#include "tests/unit/twin_world/driven_bench.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(TwinBench, HasThePlugsAndBusesOfItsFile) {
  Driven two(two_position_bench(2));
  EXPECT_THAT(two.bench.slots(), ElementsAre("F1", "F2"));
  EXPECT_THAT(two.bench.buses(), ElementsAre("line", "rs485"));
  EXPECT_EQ(two.bench.address_of("F2"), "127.0.1.2");
  EXPECT_NE(two.bench.slot("F1").mac(), two.bench.slot("F2").mac());
  EXPECT_THROW((void)two.bench.slot("F3"), std::out_of_range);
  EXPECT_EQ(two.bench.at_address("127.0.1.1"), nullptr);  // nobody has joined
}

TEST(TwinBench, UnknownInstrumentIsRefused) {
  auto spec = two_position_bench(1);
  spec.instruments[0].profile = "no-such-meter";
  EXPECT_THROW(TwinBench(spec, 1), std::invalid_argument);
}

TEST(TwinBench, RelaysBringMainsAndInputsShowIt) {
  Driven bench(two_position_bench(2));
  EXPECT_FALSE(bench.input(3));
  EXPECT_FALSE(bench.input(8));
  bench.relay(1, Driven::kContactor, true);
  EXPECT_TRUE(bench.input(8));
  EXPECT_FALSE(bench.input(3));
  bench.relay(1, 1, true);
  EXPECT_TRUE(bench.input(3));
  EXPECT_FALSE(bench.input(6));  // the other slot
  EXPECT_TRUE(bench.bench.truth("F1").live);
  EXPECT_FALSE(bench.bench.truth("F2").live);
  bench.relay(1, Driven::kContactor, false);
  EXPECT_FALSE(bench.input(3));
  EXPECT_FALSE(bench.bench.truth("F1").live);
  EXPECT_THAT(bench.bench.accidents(), IsEmpty());
}

TEST(TwinBench, TimedPulseEndsAtItsOwnTimeNotAtTheCalls) {
  Driven bench(two_position_bench(1));
  bench.relay(1, 1, true);
  const Duration began = bench.now;
  bench.pulse(1, Driven::kContactor, 10);
  bench.wait(5s);
  EXPECT_FALSE(bench.bench.truth("F1").live);
  const auto mean = bench.bench.mean_truth("F1", began, began + 4s);
  EXPECT_NEAR(mean.voltage_V * 4 / 230, 1.0, 0.06);  // one second of four
}

TEST(TwinBench, ContactsFollowThePort) {
  Driven bench(two_position_bench(1));
  EXPECT_TRUE(bench.input(1));
  bench.bench.set_port_open("F1", true, bench.now);
  EXPECT_FALSE(bench.input(1));
  bench.wait(1s);
  bench.bench.set_port_open("F1", false, bench.now);
  EXPECT_FALSE(bench.input(1));  // still on their way
  bench.wait(250ms);
  EXPECT_TRUE(bench.input(1));
}

TEST(TwinBench, PortOpenedAgainOnTheWayBackStaysForward) {
  Driven bench(two_position_bench(1));
  bench.bench.set_port_open("F1", true, bench.now);
  bench.wait(1s);
  bench.bench.set_port_open("F1", false, bench.now);
  bench.wait(100ms);
  bench.bench.set_port_open("F1", true, bench.now);
  bench.wait(1s);
  EXPECT_FALSE(bench.input(1));
}

TEST(TwinBench, MainsOnTouchingContactsIsAnAccident) {
  Driven bench(two_position_bench(1));
  bench.bench.set_port_open("F1", true, bench.now);
  bench.mains(1, true);
  EXPECT_THAT(bench.bench.accidents(), ElementsAre("F1: mains on while UART contacts touch"));
  bench.mains(1, false);
  bench.mains(1, true);
  EXPECT_EQ(bench.bench.accidents().size(), 2U);
}

TEST(TwinBench, ContactsOnALiveSlotAreAnAccidentToo) {
  Driven bench(two_position_bench(1));
  bench.mains(1, true);
  EXPECT_THAT(bench.bench.accidents(), IsEmpty());
  bench.bench.set_port_open("F1", true, bench.now);
  EXPECT_THAT(bench.bench.accidents(), ElementsAre("F1: mains on while UART contacts touch"));
}

TEST(TwinBench, MainsBeforeContactsAreBackIsAnAccident) {
  Driven bench(two_position_bench(1));
  bench.relay(1, 1, true);
  bench.bench.set_port_open("F1", true, bench.now);
  bench.wait(1s);
  bench.bench.set_port_open("F1", false, bench.now);
  bench.relay(1, Driven::kContactor, true);
  EXPECT_EQ(bench.bench.accidents().size(), 1U);
}

TEST(TwinBench, OpenGuardOnALiveSlotIsAnAccident) {
  Driven bench(two_position_bench(1));
  EXPECT_TRUE(bench.input(2));
  bench.bench.set_guard("F1", false);
  EXPECT_FALSE(bench.input(2));
  EXPECT_THAT(bench.bench.accidents(), IsEmpty());
  bench.mains(1, true);
  EXPECT_THAT(bench.bench.accidents(), ElementsAre("F1: mains on while the guard is open"));
}

TEST(TwinBench, IsolatedContactsMayStayOnMains) {
  auto spec = two_position_bench(1);
  spec.slots[0].uart_contacts = "isolated";
  Driven bench(spec);
  bench.bench.set_port_open("F1", true, bench.now);
  bench.mains(1, true);
  EXPECT_THAT(bench.bench.accidents(), IsEmpty());
}

TEST(TwinBench, IdealMeterReadsTruthAndOwnConsumption) {
  auto spec = two_position_bench(1);
  spec.slots[0].twin->faults.set("relay_stuck_on",
                                 {.text = "true", .number = {}, .items = {}, .place = {}});
  Driven bench(spec);
  bench.mains(1, true);
  bench.relay(2, 3, true);
  bench.wait(120s);
  double seen = 0;
  const Duration begin = bench.now;
  constexpr int n = 40;
  for (int i = 0; i < n; ++i) {
    bench.wait(500ms);
    seen += bench.reference(0x0C) / n;
  }
  const auto truth = bench.bench.mean_truth("F1", begin, bench.now);
  EXPECT_GT(truth.power_W, 900);
  EXPECT_NEAR(seen - truth.power_W, 1.25, 0.7);
  EXPECT_NEAR(bench.reference(0x00), bench.bench.truth("F1").voltage_V, 1.0);
  EXPECT_TRUE(bench.bench.truth("F1").relay_closed);
}

TEST(TwinBench, MeterSeesNothingWithoutMains) {
  Driven bench(two_position_bench(1));
  bench.wait(10s);
  EXPECT_LT(bench.reference(0x00), 1.0);
  EXPECT_EQ(bench.reference(0x0C), 0.0);
}

TEST(TwinBench, OneSeedOneResult) {
  const auto readings = [](std::uint64_t seed) {
    Driven bench(two_position_bench(1), seed);
    bench.mains(1, true);
    std::vector<double> result;
    for (int i = 0; i < 10; ++i) {
      bench.wait(700ms);
      result.push_back(bench.reference(0x00));
      result.push_back(static_cast<double>(bench.now.count()));
    }
    return result;
  };
  EXPECT_EQ(readings(1), readings(1));
  EXPECT_NE(readings(1), readings(2));
}

TEST(TwinBench, AdvancingInOneStepOrManyIsTheSame) {
  const auto voltage = [](Duration step) {
    Driven bench(two_position_bench(1));
    bench.mains(1, true);
    const Duration end = 30s;
    while (bench.now + step < end) bench.wait(step);
    bench.wait(end - bench.now);
    return bench.bench.mean_truth("F1", 10s, end).voltage_V;
  };
  EXPECT_NEAR(voltage(17ms), voltage(9s), 1e-6);
}

TEST(TwinBench, SwappedPlugsTakeTheirMacAndAddressAlong) {
  Driven bench(two_position_bench(2));
  const auto first = bench.bench.slot("F1").mac();
  const auto second = bench.bench.slot("F2").mac();
  bench.mains(1, true);
  bench.wait(1s);
  bench.bench.swap_plugs("F1", "F2");
  EXPECT_EQ(bench.bench.slot("F1").mac(), second);
  EXPECT_EQ(bench.bench.slot("F2").mac(), first);
  EXPECT_EQ(bench.bench.address_of("F1"), "127.0.1.2");
  EXPECT_TRUE(bench.bench.truth("F1").live);
  EXPECT_FALSE(bench.bench.truth("F2").live);
  bench.wait(1s);
  EXPECT_GE(bench.bench.slot("F1").now(), bench.now - 1ms);
}

TEST(TwinBench, PlugMovesIntoAnEmptySlot) {
  auto spec = two_position_bench(2);
  spec.slots[0].kind = bench::SlotKind::flash;
  spec.slots[0].uart_contacts.clear();
  spec.slots[0].mains.reset();
  spec.slots[1].kind = bench::SlotKind::mains;
  spec.slots[1].has_port = false;
  spec.slots[1].uart_contacts.clear();
  spec.slots[1].twin.reset();
  Driven bench(spec);
  EXPECT_THAT(bench.bench.slots(), ElementsAre("F1"));
  EXPECT_THROW((void)bench.bench.slot("F2"), std::out_of_range);
  const auto mac = bench.bench.slot("F1").mac();
  bench.bench.swap_plugs("F1", "F2");
  EXPECT_EQ(bench.bench.slot("F2").mac(), mac);
  bench.mains(2, true);
  EXPECT_TRUE(bench.bench.truth("F2").live);
  EXPECT_THAT(bench.bench.accidents(), IsEmpty());
}

TEST(TwinBench, PersonPlugsInOnABenchWithoutRelays) {
  auto spec = two_position_bench(1);
  spec.mains.reset();
  spec.instruments.clear();
  spec.load.reset();
  spec.slots[0].mains.reset();
  Driven bench(spec);
  EXPECT_FALSE(bench.bench.truth("F1").live);
  bench.bench.plug_in("F1", true);
  EXPECT_TRUE(bench.bench.truth("F1").live);
  bench.bench.plug_in("F1", false);
  EXPECT_FALSE(bench.bench.truth("F1").live);
}

}  // namespace
}  // namespace plugrig::twin
