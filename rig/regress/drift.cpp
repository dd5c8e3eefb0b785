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

/// From the trial before which a control moved to the one after. A quantity is read at the same
/// place of every trial, so the beginnings of trials stand for the moments of the readings.
struct Jump {
  double from_s = 0;
  double to_s = 0;
};

std::vector<Jump> jumps_of(std::span<const ControlSeries> controls, double most) {
  std::vector<Jump> jumps;
  for (const ControlSeries& control : controls) {
    for (std::size_t i = 1; i < control.points.size(); ++i) {
      const auto& before = control.points[i - 1];
      const auto& after = control.points[i];
      if (std::abs(after.value - before.value) > most) jumps.push_back({before.t_s, after.t_s});
    }
  }
  return jumps;
}

/// The pair's trials lie on both sides of the moment, or may. Slots do not begin at the very same
/// time: what only touches does not count.
bool across(const Pair& pair, const Jump& jump) {
  constexpr double kTouch = 0.05;
  const auto [first, last] = std::minmax(pair.baseline_s, pair.candidate_s);
  const double common = std::min(last, jump.to_s) - std::max(first, jump.from_s);
  return common > kTouch * (jump.to_s - jump.from_s);
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

BenchView bench_view(std::vector<Pair> pairs, std::span<const ControlSeries> controls,
                     double margin, double resolution) {
  const double most = std::max(margin, kSpanByChance * reading_scatter(pairs, resolution));
  BenchView view;
  const auto jumps = jumps_of(controls, most);
  for (const Pair& pair : pairs) {
    if (std::ranges::none_of(jumps, [&](const Jump& jump) { return across(pair, jump); }))
      view.pairs.push_back(pair);
  }
  if (view.pairs.size() * 2 < pairs.size()) {
    view.state = BenchState::too_fast;
    view.pairs = std::move(pairs);
    return view;
  }
  view.left_out = static_cast<int>(pairs.size() - view.pairs.size());
  if (drift_of(controls).between_blocks > most) view.state = BenchState::drifted;
  return view;
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
