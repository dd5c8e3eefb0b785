// How far the calibration brings a plug, held against the simulated bench's truth.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <random>

#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {
namespace {

using metrology::PointResult;

constexpr int kShards = 8;
constexpr int kSeedsOfAShard = 25;
constexpr std::uint64_t kFirstSeed = 1000;
const std::vector<std::string> kSteps{"plug.join: {within: 40 s}",
                                      "power.as_found: {points: [60 W, 500 W, 2 kW]}",
                                      "power.calibrate: {points: [60 W, 500 W, 2 kW], verify: "
                                      "false}",
                                      "power.as_left: {points: [60 W, 500 W, 2 kW], limits: ± 1 %, "
                                      "rule: guard_band}"};

/// One quantity at one load point of one plug.
struct Point : TruePoint {
  std::uint64_t seed = 0;
};

/// Calibrates the plug of this seed; empty, and a failure, when it did not pass.
std::vector<Point> calibrate(std::uint64_t seed, bool ideal) {
  const TestFolder folder(fmt::format("accuracy-{}-{}", seed, ideal));
  MainsBench bench;
  bench.plug_seed = seed;
  bench.world = fmt::format("{{seed: {}, wander: 0.15 %, ideal_instruments: {}}}", seed, ideal);
  SimulatedRun run;
  run.bench_file = folder.file("bench.yaml", text_of(bench));
  run.sequence_file = folder.file("sequence.yaml", mains_sequence(kSteps));
  run.store_file = folder.path() / "records.sqlite";
  begin_configured(run);
  std::vector<Point> points;
  run.after = [&](twin::TwinBench& twin, Clock&) {
    const RecordStore store(run.store_file);
    for (const auto& unit : store.last_units(1)) {
      EXPECT_EQ(unit.verdict, Verdict::pass) << "seed " << seed;
      if (unit.verdict != Verdict::pass) continue;
      const auto series = series_of(unit, "as_left").series;
      for (auto& point : against_truth(series, unit.slot, twin))
        points.push_back({std::move(point), seed});
    }
  };
  const auto result = run_simulated(run);
  EXPECT_EQ(result.problems, "");
  EXPECT_EQ(result.run.exit_code, 0) << "seed " << seed << "\n" << result.events;
  expect_safe(result);
  return points;
}

/// What the errors of one quantity at one load are like.
struct Spread {
  int count = 0;
  double sum = 0, squares = 0, worst = 0;
  std::uint64_t worst_seed = 0;

  void add(double value, std::uint64_t seed) {
    ++count;
    sum += value;
    squares += value * value;
    if (std::abs(value) <= std::abs(worst)) return;
    worst = value;
    worst_seed = seed;
  }
};

void print(const std::string& title, const std::vector<Point>& points) {
  std::map<std::pair<double, std::string>, Spread> spreads;
  for (const auto& point : points)
    spreads[{point.result.nominal_W, point.result.quantity}].add(point.true_error_percent,
                                                                 point.seed);
  std::cout << title << "\n";
  for (const auto& [key, spread] : spreads)
    std::cout << fmt::format(
        "  {:6.0f} W {:8}  mean {:+.4f} %  rms {:.4f} %  worst {:+.4f} % (seed {})\n", key.first,
        key.second, spread.sum / spread.count, std::sqrt(spread.squares / spread.count),
        spread.worst, spread.worst_seed);
}

void expect_accurate(const std::vector<Point>& points) {
  for (const auto& point : points)
    EXPECT_LE(std::abs(point.true_error_percent), accuracy_limit_percent(point.result))
        << "seed " << point.seed << ", " << point.result.nominal_W << " W, "
        << point.result.quantity;
}

/// Points whose interval E ± U holds what is true.
int count_covered(const std::vector<Point>& points) {
  return static_cast<int>(std::count_if(points.begin(), points.end(), [](const Point& point) {
    const double U = point.result.nominal_W == 0
                         ? 100 * point.result.uncertainty.expanded / point.result.reference
                         : point.result.uncertainty.expanded;
    return std::abs(point.result.error_percent - point.true_error_percent) <= U;
  }));
}

class CalibrationAccuracy : public testing::TestWithParam<int> {
 protected:
  [[nodiscard]] static std::uint64_t first_seed() {
    return kFirstSeed + static_cast<std::uint64_t>(GetParam()) * kSeedsOfAShard;
  }
  [[nodiscard]] static std::string title(const char* reference) {
    return fmt::format("as-left against truth, {} reference, seeds {} to {}", reference,
                       first_seed(), first_seed() + kSeedsOfAShard - 1);
  }
  [[nodiscard]] static std::vector<Point> calibrate_all(bool ideal) {
    std::vector<Point> all;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + kSeedsOfAShard; ++seed)
      for (auto& point : calibrate(seed, ideal)) all.push_back(std::move(point));
    return all;
  }
};

TEST_P(CalibrationAccuracy, WithAnIdealReferenceThePlugShowsTheTruth) {
  const auto points = calibrate_all(true);
  print(title("ideal"), points);
  expect_accurate(points);
}

TEST_P(CalibrationAccuracy, WithARealReferenceTheUncertaintyHoldsTheTruth) {
  const auto points = calibrate_all(false);
  print(title("WT310E"), points);
  const int covered = count_covered(points);
  const auto all = static_cast<double>(points.size());
  std::cout << fmt::format("  E ± U holds the truth for {} of {} points\n", covered, points.size());
  EXPECT_GE(covered, 0.94 * all);
}

INSTANTIATE_TEST_SUITE_P(Shards, CalibrationAccuracy, testing::Range(0, kShards));

TEST(CalibrationAccuracyOfAFreshSeed, HoldsToo) {
  const std::uint64_t seed = std::random_device{}();
  std::cout << "fresh seed " << seed << "\n";
  const auto points = calibrate(seed, true);
  print("ideal reference", points);
  expect_accurate(points);
  const auto real = calibrate(seed, false);
  print("WT310E reference", real);
  std::cout << fmt::format("  E ± U holds the truth for {} of {} points\n", count_covered(real),
                           real.size());
}

}  // namespace
}  // namespace plugrig::whole
