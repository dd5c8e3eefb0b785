#include "fixtures/twin/world/network.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace plugrig::twin {
namespace {

using bench::LoadPathKind;
using bench::MeterPlace;

PlugBranch feeding(double siemens, double tare_W = 1.2) {
  return {.fed = true,
          .present = true,
          .closed = true,
          .contact_ohm = 0.02,
          .tare_W = tare_W,
          .load_siemens = siemens};
}

NetworkWires wires(LoadPathKind path) {
  return {.path = path, .source_ohm = 0.15, .lead_ohm = 0.02};
}

std::vector<BranchState> solved(const NetworkWires& wire, const std::vector<PlugBranch>& plugs) {
  std::vector<BranchState> states;
  solve_network(wire, 230, plugs, states);
  return states;
}

TEST(Network, OnePlugIsOneSeriesCircuitWhateverThePath) {
  const double current = 230 / (0.15 + 0.02 + 0.02 + 52.9);
  for (const auto path :
       {LoadPathKind::multiplexed, LoadPathKind::per_slot, LoadPathKind::chained}) {
    const auto state = solved(wires(path), {feeding(1 / 52.9)}).front();
    EXPECT_NEAR(state.shunt_A, current, 1e-9);
    EXPECT_NEAR(state.pins_V, 230 - current * 0.15, 1e-9);
    EXPECT_NEAR(state.outlet_V, state.pins_V - current * 0.02, 1e-9);
    EXPECT_NEAR(state.load_V, current * 52.9, 1e-9);
    EXPECT_NEAR(state.shunt_W, state.pins_V * current, 1e-9);
  }
}

TEST(Network, OpenContactsLeaveVoltageAtThePinsOnly) {
  auto plug = feeding(1 / 52.9);
  plug.closed = false;
  for (const auto path :
       {LoadPathKind::multiplexed, LoadPathKind::per_slot, LoadPathKind::chained}) {
    const auto state = solved(wires(path), {plug}).front();
    EXPECT_DOUBLE_EQ(state.pins_V, 230);
    EXPECT_EQ(state.outlet_V, 0);
    EXPECT_EQ(state.shunt_A, 0);
  }
}

TEST(Network, NothingFedIsAllZero) {
  auto plug = feeding(1 / 52.9);
  plug.fed = false;
  for (const auto path :
       {LoadPathKind::multiplexed, LoadPathKind::per_slot, LoadPathKind::chained}) {
    const auto state = solved(wires(path), {plug, plug}).back();
    EXPECT_EQ(state.pins_V + state.shunt_A + state.shunt_W + state.load_V, 0);
  }
}

TEST(Network, TwoPlugsOnOneLoadShareItsCurrentByTheirContacts) {
  auto better = feeding(1 / 52.9);
  better.contact_ohm = 0.01;
  const auto states = solved(wires(LoadPathKind::multiplexed), {feeding(1 / 52.9), better});
  EXPECT_NEAR(states[1].shunt_A / states[0].shunt_A, 2, 1e-9);
  EXPECT_NEAR(states[0].shunt_A + states[1].shunt_A, 230 / (0.15 + 0.02 / 3 + 0.02 + 52.9), 1e-9);
  EXPECT_NEAR(states[0].outlet_V, states[1].outlet_V, 1e-9);
}

TEST(Network, SlotsWithTheirOwnLoadsMeetOnlyInTheSource) {
  const auto alone = solved(wires(LoadPathKind::per_slot), {feeding(1 / 52.9)});
  const auto both = solved(wires(LoadPathKind::per_slot), {feeding(1 / 52.9), feeding(1 / 26.45)});
  EXPECT_NEAR(both[1].shunt_A / both[0].shunt_A, 2, 0.01);
  EXPECT_NEAR(alone[0].pins_V - both[0].pins_V, both[1].shunt_A * 0.15, 0.02);
}

TEST(Network, EarlierPlugsOfAChainCarryTheConsumptionOfLaterOnes) {
  const auto states = solved(wires(LoadPathKind::chained),
                             {feeding(1 / 52.9, 1), feeding(1 / 52.9, 1.5), feeding(1 / 52.9, 2)});
  EXPECT_NEAR(states[0].shunt_W - states[0].pins_V * states[2].shunt_A, 3.5, 1e-9);
  EXPECT_NEAR(states[1].shunt_W - states[1].pins_V * states[2].shunt_A, 2, 1e-9);
  EXPECT_GT(states[0].shunt_A, states[2].shunt_A);
  EXPECT_LT(states[2].pins_V, states[1].pins_V);
  EXPECT_LT(states[1].pins_V, states[0].pins_V);
}

TEST(Network, AnOpenPlugOfAChainCutsOffWhatIsBehindIt) {
  auto open = feeding(1 / 52.9);
  open.closed = false;
  const auto states =
      solved(wires(LoadPathKind::chained), {feeding(1 / 52.9), open, feeding(1 / 52.9)});
  EXPECT_GT(states[1].pins_V, 229);
  EXPECT_EQ(states[2].pins_V, 0);
  EXPECT_NEAR(states[0].shunt_W, 1.2, 1e-9);
}

TEST(Network, ASocketOfAChainThatIsNotFedIsBridged) {
  auto off = feeding(1 / 52.9, 3);
  off.fed = false;
  const auto wire = wires(LoadPathKind::chained);
  const std::vector<PlugBranch> plugs{off, feeding(1 / 52.9), off};
  const auto states = solved(wire, plugs);
  const auto alone = solved(wire, {feeding(1 / 52.9)}).front();
  EXPECT_EQ(states[0].pins_V, 0);
  EXPECT_EQ(states[2].pins_V, 0);
  EXPECT_EQ(states[0].shunt_A, 0);
  EXPECT_NEAR(states[1].shunt_W, alone.shunt_W, 1e-9);  // nobody's consumption beside the load
  const std::vector<std::size_t> members{0, 1, 2};
  const auto seen = metered(wire, MeterPlace::upstream, plugs, states, members);
  EXPECT_NEAR(seen.power_W, alone.shunt_W + 1.2, 1e-9);
  const auto behind = metered(wire, MeterPlace::downstream, plugs, states, members);
  EXPECT_NEAR(behind.voltage_V, alone.outlet_V, 1e-9);
}

TEST(Network, UpstreamMeterSeesLoadAndConsumption) {
  const auto wire = wires(LoadPathKind::multiplexed);
  auto idle = feeding(1 / 52.9, 0.9);
  idle.closed = false;
  const std::vector<PlugBranch> plugs{feeding(1 / 52.9), idle};
  const auto states = solved(wire, plugs);
  const std::vector<std::size_t> members{0, 1};
  const auto seen = metered(wire, MeterPlace::upstream, plugs, states, members);
  EXPECT_NEAR(seen.power_W, states[0].shunt_W + 1.2 + 0.9, 1e-9);
  EXPECT_DOUBLE_EQ(seen.voltage_V, states[0].pins_V);
  EXPECT_GT(seen.current_A, states[0].shunt_A + 2.1 / 230.1);
  EXPECT_LT(seen.current_A, states[0].shunt_A + 2.1 / 229 + 0.0001);
}

TEST(Network, UpstreamMeterOfAChainCountsEverythingOnce) {
  const auto wire = wires(LoadPathKind::chained);
  const std::vector<PlugBranch> plugs{feeding(1 / 52.9, 1), feeding(1 / 52.9, 2)};
  const auto states = solved(wire, plugs);
  const std::vector<std::size_t> members{0, 1};
  const auto seen = metered(wire, MeterPlace::upstream, plugs, states, members);
  EXPECT_NEAR(seen.power_W, states[0].pins_V * states[1].shunt_A + 3, 1e-9);
}

TEST(Network, DownstreamMeterSeesTheOutlet) {
  const auto wire = wires(LoadPathKind::multiplexed);
  const std::vector<PlugBranch> plugs{feeding(1 / 52.9)};
  const auto states = solved(wire, plugs);
  const std::vector<std::size_t> members{0};
  const auto seen = metered(wire, MeterPlace::downstream, plugs, states, members);
  EXPECT_DOUBLE_EQ(seen.voltage_V, states[0].outlet_V);
  EXPECT_DOUBLE_EQ(seen.current_A, states[0].shunt_A);
  EXPECT_NEAR(seen.power_W, states[0].shunt_W - states[0].shunt_A * states[0].shunt_A * 0.02, 1e-9);
}

TEST(Network, OwnConsumptionHasItsPowerFactor) {
  const auto tare = tare_current(1.2, 230);
  EXPECT_NEAR(1.2 / (230 * std::hypot(tare.active_A, tare.reactive_A)), 0.55, 1e-9);
  EXPECT_EQ(tare_current(1.2, 0).active_A, 0);
}

}  // namespace
}  // namespace plugrig::twin
