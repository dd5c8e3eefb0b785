#include "rig/regress/decision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "rig/metrology/coverage.hpp"
#include "rig/metrology/statistics.hpp"

namespace plugrig::regress {
namespace {

using metrology::Interval;

/// Student's t that is exceeded with the chance `risk`.
double t_value(double risk, double degrees_of_freedom) {
  return metrology::coverage_factor(1 - 2 * std::min(risk, 0.499), degrees_of_freedom);
}

struct Sides {
  bool up_is_bad = true;
  bool down_is_bad = true;
  [[nodiscard]] int bad() const { return (up_is_bad ? 1 : 0) + (down_is_bad ? 1 : 0); }
};

Sides sides_of(Direction direction) {
  if (direction == Direction::either) return {true, true};
  return direction == Direction::higher_is_better ? Sides{false, true} : Sides{true, false};
}

bool beyond(const Interval& interval, double margin, bool up) {
  return up ? interval.low > margin : interval.high < -margin;
}

bool is_worse(const Interval& interval, double margin, Sides sides) {
  return (sides.up_is_bad && beyond(interval, margin, true)) ||
         (sides.down_is_bad && beyond(interval, margin, false));
}

bool is_better(const Interval& interval, double margin, Sides sides) {
  return (!sides.up_is_bad && beyond(interval, margin, true)) ||
         (!sides.down_is_bad && beyond(interval, margin, false));
}

bool is_same(const Interval& interval, double margin, Sides sides) {
  return (!sides.up_is_bad || interval.high <= margin) &&
         (!sides.down_is_bad || interval.low >= -margin);
}

double read_as(double value, const std::optional<Limit>& limit) {
  if (!std::isfinite(value)) throw std::domain_error("difference of builds: a value is no number");
  const bool size = limit && limit->direction == Direction::nearer_zero_is_better;
  return size ? std::abs(value) : value;
}

std::vector<UnitDifference> by_unit(std::span<const Pair> pairs,
                                    const std::optional<Limit>& limit) {
  std::vector<UnitDifference> units;
  for (const Pair& pair : pairs) {
    auto found = std::ranges::find(units, pair.unit, &UnitDifference::unit);
    if (found == units.end())
      found = units.insert(units.end(), UnitDifference{pair.unit, pair.slot, {}, {}, 0, false});
    found->baseline.push_back(read_as(pair.baseline, limit));
    found->candidate.push_back(read_as(pair.candidate, limit));
  }
  for (UnitDifference& unit : units)
    unit.difference = metrology::mean(unit.candidate) - metrology::mean(unit.baseline);
  return units;
}

/// Σ (pair's difference − centre)², over all pairs of a unit.
double squares(const UnitDifference& unit, double centre) {
  double sum = 0;
  for (std::size_t i = 0; i < unit.baseline.size(); ++i)
    sum += std::pow(unit.candidate[i] - unit.baseline[i] - centre, 2);
  return sum;
}

void take_means(Difference& result) {
  const auto count = static_cast<double>(result.units.size());
  for (const UnitDifference& unit : result.units) {
    result.baseline_mean += metrology::mean(unit.baseline) / count;
    result.candidate_mean += metrology::mean(unit.candidate) / count;
    result.difference += unit.difference / count;
  }
}

/// What the resolution hides of the scatter of a difference: each value is off by up to half a
/// step, evenly spread.
double least_scatter(const std::optional<Limit>& limit) {
  return limit ? limit->resolution / std::sqrt(6.0) : 0;
}

/// Standard deviation of the mean over units as a multiple of one pair's.
double mean_factor(const std::vector<UnitDifference>& units) {
  double sum = 0;
  for (const UnitDifference& unit : units) sum += 1 / static_cast<double>(unit.baseline.size());
  return std::sqrt(sum) / static_cast<double>(units.size());
}

Interval around(double centre, double half) { return {centre - half, centre + half}; }

void take_intervals(Difference& result, const std::optional<Limit>& limit, const Risks& risks,
                    double alarm_risk) {
  double sum = 0;
  for (const UnitDifference& unit : result.units) sum += squares(unit, result.difference);
  const double freedom = result.pairs - 1;
  result.scatter = std::max(std::sqrt(sum / freedom), least_scatter(limit));
  const double deviation = *result.scatter * mean_factor(result.units);
  result.interval = around(result.difference, t_value(risks.same, freedom) * deviation);
  result.alarm_interval = around(result.difference, t_value(alarm_risk, freedom) * deviation);
}

/// Marks units whose own interval lies beyond the margin; the scatter is that within units.
bool mark_units(Difference& result, const Limit& limit, double alarm_risk) {
  const auto count = result.units.size();
  const double freedom = result.pairs - static_cast<double>(count);
  if (count < 2 || freedom < 1) return false;
  double sum = 0;
  for (const UnitDifference& unit : result.units) sum += squares(unit, unit.difference);
  const double scatter = std::max(std::sqrt(sum / freedom), least_scatter(limit));
  const double t = t_value(alarm_risk / static_cast<double>(count), freedom);
  bool any = false;
  for (UnitDifference& unit : result.units) {
    const double half = t * scatter / std::sqrt(static_cast<double>(unit.baseline.size()));
    unit.worse = is_worse(around(unit.difference, half), limit.margin, sides_of(limit.direction));
    any = any || unit.worse;
  }
  return any;
}

std::string worse_units(const Difference& result) {
  std::string names;
  for (const UnitDifference& unit : result.units)
    if (unit.worse) names += (names.empty() ? "" : ", ") + unit.unit;
  return names;
}

void judge(Difference& result, const Limit& limit, double alarm_risk) {
  const auto sides = sides_of(limit.direction);
  const bool unit_worse = mark_units(result, limit, alarm_risk);
  if (is_worse(*result.alarm_interval, limit.margin, sides)) {
    result.change = Change::worse;
  } else if (unit_worse) {
    result.change = Change::worse;
    result.reason = "worse on unit " + worse_units(result);
  } else if (is_better(*result.alarm_interval, limit.margin, sides)) {
    result.change = Change::better;
  } else if (is_same(*result.interval, limit.margin, sides)) {
    result.change = Change::same;
  } else {
    result.reason = "the interval reaches over the margin";
  }
}

/// How many pairs would tell, from what is known so far.
int more_needed(const Difference& result, const Limit& limit, const Risks& risks,
                double alarm_risk) {
  if (limit.margin <= 0 && *result.scatter > 0 && result.difference == 0) return most_pairs;
  const auto sides = sides_of(limit.direction);
  double toward_bad = std::abs(result.difference);
  if (sides.bad() == 1) toward_bad = sides.up_is_bad ? result.difference : -result.difference;
  const bool outside = toward_bad > limit.margin;
  // A mean that happens to lie on the margin would ask for no end of repeats.
  const double distance = std::max(std::abs(toward_bad - limit.margin), limit.margin / 4);
  if (!(distance > 0)) return most_pairs;
  const int needed =
      pairs_needed(*result.scatter, distance, outside ? alarm_risk : risks.same, risks.power);
  return std::max(needed, result.pairs + 1);
}

}  // namespace

std::string_view to_string(Change change) {
  switch (change) {
    case Change::same:
      return "same";
    case Change::better:
      return "better";
    case Change::worse:
      return "worse";
    case Change::inconclusive:
      return "inconclusive";
    case Change::not_decided:
      return "not decided";
  }
  return "unknown";
}

Difference decide(std::span<const Pair> pairs, const std::optional<Limit>& limit,
                  const Risks& risks) {
  Difference result;
  result.units = by_unit(pairs, limit);
  result.pairs = static_cast<int>(pairs.size());
  if (!limit) result.change = Change::not_decided;
  if (pairs.empty()) {
    result.reason = "baseline and candidate were not measured on the same unit";
    result.pairs_needed = limit ? 2 : 0;
    return result;
  }
  take_means(result);
  // Half of the risk is the mean's, half the single units'; two bad sides share each half.
  const double share = limit ? 2.0 * sides_of(limit->direction).bad() : 1.0;
  const double alarm_risk = risks.alarm / share;
  if (pairs.size() < 2) {
    result.reason = "one pair shows no scatter";
    result.pairs_needed = limit ? 2 : 0;
    return result;
  }
  take_intervals(result, limit, risks, alarm_risk);
  if (!limit) return result;
  judge(result, *limit, alarm_risk);
  if (result.change == Change::inconclusive)
    result.pairs_needed = more_needed(result, *limit, risks, alarm_risk);
  return result;
}

int pairs_needed(double scatter, double distance, double risk, double power) {
  if (!(distance > 0) || !(scatter >= 0))
    throw std::domain_error("pairs needed: no distance to the margin, or no scatter");
  const double chance = metrology::coverage_factor(power);  // two-sided: the mean may lie off
  const auto enough = [&](int n) {
    return (t_value(risk, n - 1) + chance) * scatter / std::sqrt(n) <= distance;
  };
  if (!enough(most_pairs)) return most_pairs;
  int low = 1;  // not enough
  int high = most_pairs;
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

double smallest_step(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const double rounding = 1e-9 * std::max(std::abs(values.front()), std::abs(values.back()));
  double step = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const double gap = values[i] - values[i - 1];
    if (gap > rounding && (step == 0 || gap < step)) step = gap;
  }
  return step;
}

}  // namespace plugrig::regress
