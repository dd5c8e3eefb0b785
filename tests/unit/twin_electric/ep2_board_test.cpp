#include "fixtures/twin/electric/ep2_board.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/twin_electric/flat_socket.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t all = PulseTrain::kAll;

/// A board in a socket of constant voltage and current.
struct Plugged {
  Plugged(double volts, double amperes, const Ep2Options& options = {})
      : socket(volts, amperes), board(options) {
    board.put_into(&socket, Duration{});
    board.set_supply(true, Duration{});
  }
  std::size_t power_count(Duration from, Duration to) {
    std::vector<Duration> edges;
    board.power_edges(from, to, edges);
    return edges.size();
  }
  std::size_t cf1_count(Duration from, Duration to) {
    std::vector<Duration> edges;
    board.cf1_edges(from, to, all, edges);
    return edges.size();
  }
  FlatSocket socket;
  Ep2Board board;
};

TEST(Ep2Board, NominalUnitHasTheScaleOfMeasuredBoards) {
  Plugged plug(230, 4.348);
  plug.board.set_sel(true, Duration{});
  EXPECT_NEAR(double(plug.power_count(1s, 201s)), 200 * 0.728 * 1000, 200 * 728 * 0.001);
  EXPECT_NEAR(double(plug.cf1_count(1s, 201s)), 200 * 7.695 * 230, 200 * 1770 * 0.001);
  plug.board.set_sel(false, 201s);
  EXPECT_NEAR(double(plug.cf1_count(202s, 402s)), 200 * 85.24 * 4.348, 200 * 371 * 0.001);
}

TEST(Ep2Board, CountsAreTheIntegralOfFrequency) {
  Plugged plug(230, 2, {.unit = draw_plug_unit(5), .seed = 5});
  const Bl0937 chip(draw_plug_unit(5), 5);
  double cycles = 0;
  plug.socket.history(1000s).visit(0s, 1000s, [&](const Piece& p, Duration begin, Duration end) {
    cycles += chip.power_Hz(p) * std::chrono::duration<double>(end - begin).count();
  });
  EXPECT_NEAR(double(plug.power_count(0s, 1000s)), cycles, 1.0);
}

TEST(Ep2Board, EdgesDoNotDependOnHowTheyAreAskedFor) {
  Plugged whole(231, 0.7);
  Plugged pieces(231, 0.7);
  whole.board.set_sel(true, 3s + 7ns);
  pieces.board.set_sel(true, 3s + 7ns);
  std::vector<Duration> a;
  std::vector<Duration> b;
  whole.board.cf1_edges(0s, 10s, all, a);
  for (Duration at{}; at < 10s; at += 12'345'679ns)
    pieces.board.cf1_edges(at, std::min<Duration>(at + 12'345'679ns, 10s), all, b);
  ASSERT_EQ(a.size(), b.size());
  std::size_t apart = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool settling = a[i] < 600ms || (a[i] > 3s && a[i] < 3600ms);
    if (!settling && std::abs((a[i] - b[i]).count()) > 2) ++apart;
  }
  EXPECT_EQ(apart, 0U);
}

TEST(Ep2Board, EdgesRiseAndStayInsideTheWindow) {
  Plugged plug(230, 9);
  plug.board.set_sel(true, 0s);
  std::vector<Duration> edges;
  Duration last{};
  for (Duration at{}; at < 5s; at += 1'000'003ns) {
    edges.clear();
    plug.board.cf1_edges(at, at + 1'000'003ns, all, edges);
    for (const auto edge : edges) {
      EXPECT_GT(edge, last);
      EXPECT_GT(edge, at);
      EXPECT_LE(edge, at + 1'000'003ns);
      last = edge;
    }
  }
}

TEST(Ep2Board, StoppingAfterSomeEdgesLosesNoPhase) {
  Plugged stopped(230, 1);
  Plugged plain(230, 1);
  std::vector<Duration> few;
  std::vector<Duration> many;
  stopped.board.cf1_edges(0s, 10s, 10, few);
  EXPECT_EQ(few.size(), 10U);
  (void)plain.cf1_count(0s, 10s);
  few.clear();
  stopped.board.cf1_edges(10s, 11s, all, few);
  plain.board.cf1_edges(10s, 11s, all, many);
  EXPECT_EQ(few, many);
}

TEST(Ep2Board, SelPicksTheQuantityAndASwappedLineTheOther) {
  Plugged right(230, 1);
  Plugged swapped(230, 1, {.swapped_sel = true});
  for (auto* plug : {&right, &swapped}) plug->board.set_sel(true, 0s);
  EXPECT_NEAR(double(right.cf1_count(1s, 11s)), 17698, 40);
  EXPECT_NEAR(double(swapped.cf1_count(1s, 11s)), 852, 3);
  for (auto* plug : {&right, &swapped}) plug->board.set_sel(false, 11s);
  EXPECT_NEAR(double(right.cf1_count(12s, 22s)), 852, 3);
  EXPECT_NEAR(double(swapped.cf1_count(12s, 22s)), 17698, 40);
}

TEST(Ep2Board, Cf1SettlesAfterASelChangeAndIsTrueBeforeTheFirmwareListens) {
  Plugged plug(230, 1);
  plug.board.set_sel(true, 2s);
  EXPECT_LT(plug.cf1_count(2s, 2040ms), 55U);  // settled it would be 70
  EXPECT_EQ(Bl0937::settled(600ms, 620ms), 1.0);
  EXPECT_LT(Bl0937::settled(0ms, 20ms), 0.5);
}

TEST(Ep2Board, NoLoadMakesVoltagePulsesOnly) {
  Plugged plug(230, 0);
  EXPECT_EQ(plug.power_count(0s, 60s), 0U);
  EXPECT_EQ(plug.cf1_count(0s, 10s), 0U);
  plug.board.set_sel(true, 10s);
  EXPECT_GT(plug.cf1_count(10s, 12s), 3000U);
}

TEST(Ep2Board, AntiCreepSwallowsWhatIsBelowTheRange) {
  EXPECT_EQ(Plugged(230, 0.0039).power_count(0s, 60s), 0U);
  EXPECT_GT(Plugged(230, 0.0045).power_count(0s, 60s), 30U);
}

TEST(Ep2Board, WithoutMainsTheChipIsSilent) {
  Plugged plug(0, 4);
  plug.board.set_sel(true, 0s);
  EXPECT_EQ(plug.power_count(0s, 60s) + plug.cf1_count(0s, 60s), 0U);
  Ep2Board unplugged{{}};
  std::vector<Duration> edges;
  unplugged.power_edges(0s, 10s, edges);
  EXPECT_TRUE(edges.empty());
}

TEST(Ep2Board, FluctuationIsWithinTheDataSheetAndGrowsAtLowCurrent) {
  const Bl0937 chip(PlugUnit{}, 3);
  const auto spread = [&](double amperes) {
    double sum = 0;
    double squares = 0;
    double worst = 0;
    constexpr int n = 20'000;
    const double truth = 0.72804 * 230 * amperes;
    for (int i = 0; i < n; ++i) {
      const Piece piece{.begin = i * Mains::kCell,
                        .end = (i + 1) * Mains::kCell,
                        .voltage_V = 230,
                        .current_A = amperes,
                        .power_W = 230 * amperes};
      const double error = chip.power_Hz(piece) / truth - 1;
      sum += error;
      squares += error * error;
      worst = std::max(worst, std::abs(error));
    }
    EXPECT_LT(std::abs(sum / n), 2e-4);
    return std::pair{std::sqrt(squares / n), worst};
  };
  EXPECT_NEAR(spread(4).first, 0.00082, 0.0001);
  EXPECT_LT(spread(0.3).second, 0.0023);
  EXPECT_NEAR(spread(0.05).first / spread(0.3).first, 1.5, 0.05);
}

TEST(Ep2Board, WarmShuntReadsHighAndDriftRunsWithMains) {
  PlugUnit unit;
  unit.heating = 0.003;
  unit.drift_per_10_min = 0.02;
  const Bl0937 chip(unit, 1);
  Piece piece{.voltage_V = 230, .current_A = 10, .power_W = 2300};
  const double cold = chip.power_Hz(piece);
  piece.warmth = 1;
  EXPECT_NEAR(chip.power_Hz(piece) / cold, 1.003, 1e-9);
  EXPECT_NEAR(chip.current_Hz(piece) / chip.voltage_Hz(piece) * 17.698 / 8.524, 10 * 1.003 * 0.1,
              0.01);
  piece.warmth = 0;
  piece.mains_s = 300;
  EXPECT_NEAR(chip.power_Hz(piece) / cold, 1.01, 1e-9);
}

TEST(Ep2Board, CoilNeedsTheSupplyAndForgetsWithoutIt) {
  Plugged plug(230, 1);
  plug.board.set_relay(true, 1s);
  EXPECT_TRUE(plug.socket.closed());
  EXPECT_EQ(plug.socket.changed_at(), Duration{1s});
  plug.board.set_supply(false, 2s);
  EXPECT_FALSE(plug.socket.closed());
  plug.board.set_supply(true, 3s);
  EXPECT_FALSE(plug.socket.closed());
  plug.board.set_relay(true, 4s);
  EXPECT_TRUE(plug.socket.closed());
}

TEST(Ep2Board, StuckContactsStayWhereTheyAre) {
  Plugged on(230, 1, {.relay_stuck_on = true});
  Plugged off(230, 1, {.relay_stuck_off = true});
  EXPECT_TRUE(on.socket.closed());
  on.board.set_relay(false, 1s);
  on.board.set_supply(false, 2s);
  EXPECT_TRUE(on.socket.closed());
  off.board.set_relay(true, 1s);
  EXPECT_FALSE(off.socket.closed());
}

TEST(Ep2Board, AnotherSocketIsToldOfTheContacts) {
  Plugged plug(230, 1);
  plug.board.set_relay(true, 1s);
  FlatSocket other(0, 0);
  plug.board.put_into(&other, 5s);
  EXPECT_TRUE(other.closed());
  EXPECT_EQ(plug.power_count(5s, 9s), 0U);
}

TEST(Ep2Board, TheButtonsContactIsWhatIsPressed) {
  Ep2Board board({});
  EXPECT_FALSE(board.button_pressed(1s));
  board.press_button(true, 2s);
  EXPECT_TRUE(board.button_pressed(2s));
  board.press_button(false, 3s);
  EXPECT_FALSE(board.button_pressed(3s));
}

TEST(Ep2Board, AWornButtonBouncesAfterEachChangeAndAStuckOneStays) {
  Ep2Board worn({.button_bounces = 300ms});
  EXPECT_FALSE(worn.button_pressed(10ms));
  worn.press_button(true, 1s);
  worn.press_button(true, 1100ms);  // nothing moves
  int changes = 0;
  bool last = false;
  for (Duration at = 1s; at < 2s; at += 10ms) {
    const bool now = worn.button_pressed(at);
    changes += now != last ? 1 : 0;
    last = now;
  }
  EXPECT_EQ(changes, 5);
  EXPECT_TRUE(last);
  Ep2Board stuck({.button_stuck = true});
  EXPECT_TRUE(stuck.button_pressed(1s));
}

TEST(PlugUnit, SpreadIsUniformWithinWhatWasSeen) {
  constexpr int n = 4000;
  double shunt_squares = 0;
  double divider_squares = 0;
  double both = 0;
  for (int seed = 0; seed < n; ++seed) {
    const auto unit = draw_plug_unit(static_cast<std::uint64_t>(seed));
    EXPECT_LE(std::abs(unit.shunt - 1), 0.03);
    EXPECT_LE(std::abs(unit.divider - 1), 0.012);
    EXPECT_LE(std::abs(unit.power_gain - 1), 0.005);
    EXPECT_TRUE(unit.supply_W >= 0.7 && unit.supply_W <= 1.0);
    EXPECT_TRUE(unit.relay_W >= 0.3 && unit.relay_W <= 0.5);
    EXPECT_TRUE(unit.heating >= 0.001 && unit.heating <= 0.004);
    shunt_squares += (unit.shunt - 1) * (unit.shunt - 1);
    divider_squares += (unit.divider - 1) * (unit.divider - 1);
    both += (unit.shunt - 1) * (unit.divider - 1);
  }
  EXPECT_NEAR(std::sqrt(shunt_squares / n), 0.03 / std::sqrt(3.0), 0.0005);
  EXPECT_NEAR(std::sqrt(divider_squares / n), 0.012 / std::sqrt(3.0), 0.0002);
  EXPECT_LT(std::abs(both / n) / (0.03 * 0.012 / 3), 0.06);
}

TEST(PlugUnit, LinearHasNoHeatingAndOtherwiseTheSameUnit) {
  auto linear = draw_plug_unit(7, true);
  EXPECT_EQ(linear.heating, 0.0);
  EXPECT_EQ(linear.shunt, draw_plug_unit(7).shunt);
}

}  // namespace
}  // namespace plugrig::twin
