#include "rig/regress/readings.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace plugrig::regress {
namespace {

/// The same place and time on the bench.
using Block = std::tuple<std::string, std::string, int>;  // unit, slot, repeat

struct Mean {
  double sum = 0;
  double begun_s = 0;
  int n = 0;
  void add(const TrialValue& value) {
    sum += value.value;
    begun_s += value.trial->begun_s;
    ++n;
  }
  [[nodiscard]] double value() const { return sum / n; }
  [[nodiscard]] double time_s() const { return begun_s / n; }
};

}  // namespace

bool counts(const Trial& trial) {
  return trial.outcome == Outcome::passed || trial.outcome == Outcome::unit_failed;
}

std::map<QuantityKey, QuantityReadings> readings_by_quantity(std::span<const Trial> trials) {
  std::map<QuantityKey, QuantityReadings> all;
  for (const Trial& trial : trials) {
    if (!counts(trial)) continue;
    std::map<QuantityKey, std::pair<double, int>> sums;
    for (const Reading& reading : trial.readings) {
      const QuantityKey key{reading.quantity, reading.condition, reading.unit};
      QuantityReadings& found = all[key];
      if (!std::isfinite(reading.value)) {
        ++found.not_finite;
        continue;
      }
      if (trial.build == 0) found.baseline.push_back(reading.value);
      sums[key].first += reading.value;
      ++sums[key].second;
    }
    for (const auto& [key, sum] : sums) all[key].values.push_back({&trial, sum.first / sum.second});
  }
  return all;
}

std::vector<Pair> pairs_of(const QuantityReadings& readings, int candidate) {
  std::map<Block, std::pair<Mean, Mean>> blocks;
  for (const TrialValue& value : readings.values) {
    const Trial& trial = *value.trial;
    if (trial.control || (trial.build != 0 && trial.build != candidate)) continue;
    auto& block = blocks[{trial.unit, trial.slot, trial.repeat}];
    (trial.build == 0 ? block.first : block.second).add(value);
  }
  std::vector<Pair> pairs;
  for (const auto& [where, block] : blocks) {
    const auto& [baseline, changed] = block;
    if (baseline.n == 0 || changed.n == 0) continue;
    const auto& [unit, slot, repeat] = where;
    pairs.push_back({unit, slot, repeat, baseline.value(), changed.value(), baseline.time_s(),
                     changed.time_s()});
  }
  return pairs;
}

std::vector<ControlSeries> controls_of(const QuantityReadings& readings) {
  std::vector<ControlSeries> all;
  for (const TrialValue& value : readings.values) {
    const Trial& trial = *value.trial;
    if (!trial.control || trial.build != 0) continue;
    auto found = std::ranges::find(all, trial.unit, &ControlSeries::unit);
    if (found == all.end()) found = all.insert(all.end(), ControlSeries{trial.unit, {}});
    found->points.push_back({trial.begun_s, trial.repeat, value.value});
  }
  for (ControlSeries& series : all) std::ranges::stable_sort(series.points, {}, &ControlPoint::t_s);
  return all;
}

}  // namespace plugrig::regress
