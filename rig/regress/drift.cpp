#include "rig/regress/drift.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "rig/metrology/statistics.hpp"

namespace plugrig::regress {
namespace {

/// A handful of equal readings that scatter by s hardly ever span 7 s, also with an s that some
/// pairs show too small.
constexpr double kSpanByChance = 7;

double span_of(const std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto [low, high] = std::ranges::minmax(values);
  return high - low;
}

/// Scatter of one reading, from the differences of pairs. By the median, because a drift that hits
/// some blocks must not pass for scatter.
double reading_scatter(std::span<const Pair> pairs, double resolution) {
  const double least = resolution / std::sqrt(12.0);
  if (pairs.empty()) return least;
  std::map<std::string, std::vector<double>> by_unit;
  for (const Pair& pair : pairs) by_unit[pair.unit].push_back(pair.candidate - pair.baseline);
  std::vector<double> deviations;
  for (const auto& [unit, values] : by_unit) {
    const double middle = metrology::median(values);
    for (const double value : values) deviations.push_back(std::abs(value - middle));
  }
  const double of_difference = 1.4826 * metrology::median(std::move(deviations));
  return std::max(of_difference / std::sqrt(2.0), least);
}

double value_at(const ControlSeries& control, double t_s) {
  const auto& points = control.points;
  if (t_s <= points.front().t_s) return points.front().value;
  if (t_s >= points.back().t_s) return points.back().value;
  const auto after = std::ranges::upper_bound(points, t_s, {}, &ControlPoint::t_s);
  const auto before = after - 1;
  const double share = (t_s - before->t_s) / (after->t_s - before->t_s);
  return before->value + share * (after->value - before->value);
}

}  // namespace

Drift drift_of(std::span<const ControlSeries> controls) {
  Drift drift;
  for (const ControlSeries& control : controls) {
    std::map<int, std::vector<double>> blocks;
    for (const ControlPoint& point : control.points) blocks[point.repeat].push_back(point.value);
    std::vector<double> means;
    for (const auto& [repeat, values] : blocks) {
      means.push_back(metrology::mean(values));
      drift.within_block = std::max(drift.within_block, span_of(values));
    }
    drift.between_blocks = std::max(drift.between_blocks, span_of(means));
  }
  return drift;
}

BenchState bench_state(std::span<const Pair> pairs, std::span<const ControlSeries> controls,
                       double margin, double resolution) {
  const double by_chance = kSpanByChance * reading_scatter(pairs, resolution);
  const double most = std::max(margin, by_chance);
  const auto drift = drift_of(controls);
  if (drift.within_block > most) return BenchState::too_fast;
  return drift.between_blocks > most ? BenchState::drifted : BenchState::steady;
}

std::vector<Pair> against_controls(std::vector<Pair> pairs,
                                   std::span<const ControlSeries> controls) {
  if (controls.empty()) return pairs;
  for (Pair& pair : pairs) {
    double change = 0;
    for (const ControlSeries& control : controls)
      change += value_at(control, pair.candidate_s) - value_at(control, pair.baseline_s);
    pair.candidate -= change / static_cast<double>(controls.size());
  }
  return pairs;
}

}  // namespace plugrig::regress
