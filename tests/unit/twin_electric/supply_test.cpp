#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "fixtures/twin/electric/chance.hpp"
#include "fixtures/twin/electric/history.hpp"
#include "fixtures/twin/electric/load_resistor.hpp"
#include "fixtures/twin/electric/mains.hpp"
#include "fixtures/twin/electric/pulse_train.hpp"

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;

TEST(Mains, WanderHasTheAskedStandardDeviation) {
  for (const double rms : {0.001, 0.0015, 0.004}) {
    const Mains mains(11, 230, rms, 50);
    double sum = 0;
    double squares = 0;
    constexpr int n = 50 * 3600 * 20;  // 20 h
    for (int cell = 0; cell < n; cell += 10) {
      const double v = mains.voltage_V(cell);
      sum += v;
      squares += v * v;
    }
    const double mean = sum / (n / 10);
    EXPECT_NEAR(mean, 230, 230 * rms * 0.2);
    EXPECT_NEAR(std::sqrt(squares / (n / 10) - mean * mean) / 230, rms, rms * 0.06);
  }
}

TEST(Mains, NeighboursAreAlikeAndMinutesApartAreNot) {
  const Mains mains(3, 230, 0.002, 50);
  const auto correlation = [&](int lag) {
    double product = 0;
    double squares = 0;
    for (int cell = 0; cell < 1'000'000; cell += 37) {
      const double a = mains.voltage_V(cell) - 230;
      product += a * (mains.voltage_V(cell + lag) - 230);
      squares += a * a;
    }
    return product / squares;
  };
  EXPECT_GT(correlation(1), 0.98);
  EXPECT_NEAR(correlation(50), 0.8, 0.15);  // 1 s
  EXPECT_LT(std::abs(correlation(50'000)), 0.35);
}

TEST(Mains, AnyCellAnyTimeTheSame) {
  const Mains a(9, 230, 0.002, 50);
  const Mains b(9, 230, 0.002, 50);
  for (int cell = 10'000; cell > 0; cell -= 997) {
    EXPECT_EQ(a.voltage_V(cell), b.voltage_V(cell));
    EXPECT_EQ(a.frequency_Hz(cell), b.frequency_Hz(cell));
    EXPECT_NEAR(a.frequency_Hz(cell), 50, 0.05);
  }
  EXPECT_NE(a.voltage_V(77), Mains(10, 230, 0.002, 50).voltage_V(77));
}

TEST(Chance, NoiseIsBoundedCentredAndScaled) {
  const Noise noise(1);
  double bell = 0;
  double bell_squares = 0;
  double triangle_squares = 0;
  constexpr int n = 200'000;
  for (int i = 0; i < n; ++i) {
    bell += noise.bell(i);
    bell_squares += noise.bell(i) * noise.bell(i);
    triangle_squares += noise.triangular(i) * noise.triangular(i);
    EXPECT_LT(std::abs(noise.bell(i)), 3.5);
    EXPECT_LE(std::abs(noise.triangular(i)), 1.0);
  }
  EXPECT_NEAR(bell / n, 0, 0.01);
  EXPECT_NEAR(bell_squares / n, 1, 0.01);
  EXPECT_NEAR(triangle_squares / n, 1.0 / 6, 0.003);
}

TEST(Chance, EachUseOfASeedIsItsOwn) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    for (const char* use : {"a", "b", "ab", "ba", ""}) seen.insert(mix_chance(seed, use));
  EXPECT_EQ(seen.size(), 500U);
}

TEST(LoadResistor, WarmsUpByOneToFivePercentAndCoolsDown) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    LoadResistor resistor(52.9, 1000, 0.02, seed);
    const double cold = resistor.ohm();
    EXPECT_NEAR(cold, 52.9, 52.9 * 0.02);
    for (int i = 0; i < 50 * 60; ++i) resistor.spend(230, 20ms);
    const double after_a_minute = resistor.ohm();
    for (int i = 0; i < 50 * 900; ++i) resistor.spend(230, 20ms);
    const double warm = resistor.ohm();
    EXPECT_GT(after_a_minute, cold * 1.003);
    EXPECT_GT(warm, cold * 1.0095);
    EXPECT_LT(warm, cold * 1.052);
    EXPECT_LT(after_a_minute, warm);
    resistor.spend(0, 1h);
    EXPECT_NEAR(resistor.ohm(), cold, cold * 1e-6);
  }
}

TEST(LoadResistor, HalfTheVoltageWarmsAQuarter) {
  LoadResistor full(52.9, 1000, 0, 4);
  LoadResistor half(52.9, 1000, 0, 4);
  full.spend(230, 1h);
  half.spend(115, 1h);
  EXPECT_NEAR((half.ohm() - 52.9) / (full.ohm() - 52.9), 0.25, 0.01);
}

TEST(History, MeansAreWeightedByTimeAndCutAtTheWindow) {
  History history(10min);
  history.append({.begin = 0s, .end = 2s});
  history.append({.begin = 2s,
                  .end = 4s,
                  .voltage_V = 230,
                  .current_A = 2,
                  .power_W = 460,
                  .frequency_Hz = 50});
  history.append(
      {.begin = 4s, .end = 5s, .voltage_V = 232, .current_A = 0, .power_W = 0, .frequency_Hz = 51});
  const auto mean = history.mean(1s, 5s);
  EXPECT_DOUBLE_EQ(mean.voltage_V, (2 * 230 + 232) / 4.0);
  EXPECT_DOUBLE_EQ(mean.power_W, 230);
  EXPECT_DOUBLE_EQ(mean.frequency_Hz, 151 / 3.0);
  EXPECT_DOUBLE_EQ(history.mean(2500ms, 3s).current_A, 2);
  EXPECT_DOUBLE_EQ(history.mean(3s, 3s).voltage_V, 230);
  EXPECT_EQ(history.mean(8s, 9s).end, history.mean(8s, 9s).begin);
}

TEST(History, QuietTimeIsOnePieceAndOldTimeIsForgotten) {
  History history(10min);
  for (int i = 0; i < 1000; ++i) history.append({.begin = i * 1s, .end = (i + 1) * 1s});
  EXPECT_EQ(history.size(), 1U);
  for (int i = 1000; i < 3000; ++i)
    history.append({.begin = i * 1s, .end = (i + 1) * 1s, .voltage_V = 230});
  EXPECT_NEAR(double(history.size()), 601, 1);
  EXPECT_EQ(history.mean(2400s, 3000s).begin, Duration{2400s});
}

TEST(PulseTrain, AMillionPiecesLoseNoEdge) {
  PulseTrain train(0.25);
  std::vector<Duration> edges;
  Duration at{};
  double cycles = 0.25;
  for (int i = 0; i < 1'000'000; ++i) {
    const Duration end = at + Duration{1'000'000 + i % 977};
    const double hz = 700 + i % 13;
    train.run(at, end, hz, edges);
    cycles += hz * 1e-9 * double((end - at).count());
    at = end;
  }
  EXPECT_NEAR(double(edges.size()), std::floor(cycles), 1);
  EXPECT_TRUE(std::is_sorted(edges.begin(), edges.end()));
}

TEST(PulseTrain, ConstantFrequencyHasEqualGaps) {
  PulseTrain train(0);
  std::vector<Duration> edges;
  for (int i = 0; i < 5000; ++i) train.run(i * 20ms, (i + 1) * 20ms, 333.25, edges);
  ASSERT_EQ(edges.size(), 33325U);
  for (std::size_t i = 1; i < edges.size(); ++i)
    EXPECT_NEAR(double((edges[i] - edges[i - 1]).count()), 1e9 / 333.25, 1.01);
}

}  // namespace
}  // namespace plugrig::twin
