#include "fixtures/twin/world/circuit.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/twin_world/benches.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;

/// One plug, relay closed, everything on; the load as asked.
struct Loaded {
  explicit Loaded(std::uint64_t seed = 1, bench::BenchSpec bench = two_position_bench(1))
      : circuit(bench, seed) {
    plug.unit = draw_plug_unit(seed);
    plug.contacts_closed = true;
    circuit.put_plug(0, &plug, 0s);
    circuit.set_contactor(true, 0s);
    circuit.set_slot_mains(0, true, 0s);
  }
  PlugInCircuit plug;
  Circuit circuit;
};

TEST(Circuit, MeterPowerIsLoadAndOwnConsumption) {
  Loaded bench;
  bench.circuit.set_load_element(2, true, 1s);
  bench.circuit.reach(300s);
  const auto truth = bench.circuit.place(0).mean(10s, 300s);
  const auto seen = bench.circuit.meter("reference").mean(10s, 300s);
  EXPECT_NEAR(seen.power_W - truth.power_W, bench.plug.unit.supply_W + bench.plug.unit.relay_W,
              1e-6);
  EXPECT_DOUBLE_EQ(seen.voltage_V, truth.voltage_V);
  EXPECT_GT(truth.power_W, 900);
  EXPECT_LT(truth.power_W, 1050);
  EXPECT_NEAR(seen.frequency_Hz, 50, 0.05);
}

TEST(Circuit, DownstreamMeterSeesTheLoadAtTheOutlet) {
  auto spec = two_position_bench(1);
  spec.twin.meter = bench::MeterPlace::downstream;
  Loaded bench(1, spec);
  bench.circuit.set_load_element(2, true, 1s);
  bench.circuit.reach(100s);
  const auto truth = bench.circuit.place(0).mean(10s, 100s);
  const auto seen = bench.circuit.meter("reference").mean(10s, 100s);
  EXPECT_NEAR(truth.power_W - seen.power_W,
              truth.current_A * truth.current_A * bench.plug.unit.contact_ohm, 1e-3);
  EXPECT_DOUBLE_EQ(seen.current_A, truth.current_A);
}

TEST(Circuit, EverySwitchIsNeeded) {
  Loaded bench;
  EXPECT_TRUE(bench.circuit.live(0));
  bench.circuit.set_slot_mains(0, false, 1s);
  EXPECT_FALSE(bench.circuit.live(0));
  bench.circuit.set_slot_mains(0, true, 2s);
  bench.circuit.set_contactor(false, 3s);
  EXPECT_FALSE(bench.circuit.live(0));
  bench.circuit.set_contactor(true, 4s);
  EXPECT_TRUE(bench.circuit.live(0));
}

TEST(Circuit, SwitchingInTheMiddleOfACycleCountsExactly) {
  Loaded bench;
  bench.circuit.set_load_element(0, true, 1s);
  bench.circuit.set_load_element(0, false, 1s + 12'345'678ns);
  bench.circuit.reach(2s);
  const auto on = bench.circuit.place(0).mean(1s, 1s + 12'345'678ns);
  const auto all = bench.circuit.place(0).mean(1s, 2s);
  EXPECT_NEAR(all.power_W, on.power_W * 0.012345678, 1e-9);
}

TEST(Circuit, HowTimeIsCutDoesNotMatter) {
  Loaded whole(7);
  Loaded cut(7);
  for (auto* bench : {&whole, &cut}) bench->circuit.set_load_element(3, true, 1s);
  whole.circuit.reach(120s);
  for (Duration at = 1s; at < 120s; at += 777'777ns) cut.circuit.reach(at);
  cut.circuit.reach(120s);
  const auto a = whole.circuit.place(0).mean(60s, 120s);
  const auto b = cut.circuit.place(0).mean(60s, 120s);
  EXPECT_NEAR(a.power_W, b.power_W, a.power_W * 1e-5);
  EXPECT_NEAR(a.voltage_V, b.voltage_V, 1e-3);
  EXPECT_LT(cut.circuit.place(0).size(), 6200U);  // cells, not calls
}

TEST(Circuit, LoadWarmsUpAndDrawsLess) {
  Loaded bench;
  bench.circuit.set_load_element(2, true, 1s);
  bench.circuit.reach(600s);
  const auto ohm = [&](Duration from, Duration to) {
    const auto mean = bench.circuit.place(0).mean(from, to);
    return mean.voltage_V / mean.current_A;
  };
  const double rise = ohm(580s, 600s) / ohm(1s, 2s) - 1;
  EXPECT_GT(rise, 0.007);
  EXPECT_LT(rise, 0.052);
}

TEST(Circuit, ShuntWarmsWithTheSquareOfTheCurrent) {
  Loaded bench;
  for (std::size_t i = 1; i < 4; ++i) bench.circuit.set_load_element(i, true, 1s);
  bench.circuit.reach(400s);
  const double amperes = bench.circuit.place(0).mean(300s, 400s).current_A;
  EXPECT_GT(amperes, 9.5);
  EXPECT_NEAR(bench.plug.warmth, amperes * amperes / 100, 0.02);
}

TEST(Circuit, DeadTimeCostsNothingAndIsZero) {
  Loaded bench;
  bench.circuit.set_contactor(false, 1s);
  bench.circuit.reach(100h);
  EXPECT_LT(bench.circuit.place(0).size(), 100U);
  const auto mean = bench.circuit.meter("reference").mean(100h - 10s, 100h);
  EXPECT_EQ(mean.voltage_V + mean.current_A + mean.power_W + mean.frequency_Hz, 0);
}

TEST(Circuit, TenMinutesStayKnown) {
  Loaded bench;
  bench.circuit.reach(3600s);
  EXPECT_EQ(bench.circuit.place(0).mean(3000s, 3600s).begin, Duration{3000s});
  EXPECT_LT(bench.circuit.place(0).size(), 35'000U);
}

TEST(Circuit, OneSeedOneResultAnotherSeedAnother) {
  const auto power = [](std::uint64_t seed) {
    Loaded bench(seed);
    bench.circuit.set_load_element(2, true, 1s);
    bench.circuit.reach(30s);
    return bench.circuit.place(0).mean(10s, 30s).power_W;
  };
  EXPECT_EQ(power(3), power(3));
  EXPECT_NE(power(3), power(4));
}

TEST(Circuit, SwitchBeforeWhatAPlugHasSeenActsFromThereOn) {
  Loaded bench;
  bench.circuit.reach(5s);
  bench.circuit.set_contactor(false, 5s - 1ms);
  bench.circuit.reach(6s);
  EXPECT_GT(bench.circuit.place(0).mean(4s, 5s).voltage_V, 200);
  EXPECT_EQ(bench.circuit.place(0).mean(5s, 6s).voltage_V, 0);
}

TEST(Circuit, PersonPlugsInWhereNoRelayDoes) {
  auto spec = two_position_bench(1);
  spec.mains.reset();
  spec.slots[0].mains = bench::BoardPin{.board = "operator", .number = 0};
  Circuit circuit(spec, 1);
  EXPECT_FALSE(circuit.live(0));
  circuit.set_plugged_in(0, true, 1s);
  EXPECT_TRUE(circuit.live(0));
}

TEST(Circuit, FlashSlotNeverHasMains) {
  auto spec = two_position_bench(1);
  spec.slots[0].kind = bench::SlotKind::flash;
  Loaded bench(1, spec);
  EXPECT_FALSE(bench.circuit.live(0));
}

TEST(Circuit, PerSlotLoadsDifferAndSharedOnesDoNot) {
  const auto ohms = [](bench::LoadPathKind path) {
    auto spec = two_position_bench(2);
    spec.load_path = path;
    Circuit circuit(spec, 5);
    PlugInCircuit plugs[2];
    circuit.set_contactor(true, 0s);
    circuit.set_load_element(2, true, 0s);
    std::vector<double> result;
    for (std::size_t i = 0; i < 2; ++i) {
      plugs[i].contacts_closed = true;
      circuit.put_plug(i, &plugs[i], 0s);
      circuit.set_slot_mains(i, true, 0s);
      result.push_back(circuit.now_at(i).load_V / circuit.now_at(i).shunt_A);
      circuit.set_slot_mains(i, false, 0s);
    }
    return result;
  };
  const auto shared = ohms(bench::LoadPathKind::multiplexed);
  const auto own = ohms(bench::LoadPathKind::per_slot);
  EXPECT_NEAR(shared[0], shared[1], 1e-9);
  EXPECT_GT(std::abs(own[0] - own[1]), 0.01);
}

}  // namespace
}  // namespace plugrig::twin
