#include "rig/regress/quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "rig/metrology/statistics.hpp"

namespace plugrig::regress {
namespace {

bool has_build(const QuantityReadings& readings, int build) {
  return std::ranges::any_of(readings.values, [&](const TrialValue& value) {
    return value.trial->build == build && !value.trial->control;
  });
}

/// "+ 50 ms", "− 5 % of the baseline", "± 0.3 %"
std::string text_of(const Margin& margin) {
  const char* sign = "±";
  if (margin.direction == Direction::lower_is_better ||
      margin.direction == Direction::nearer_zero_is_better)
    sign = "+";
  if (margin.direction == Direction::higher_is_better) sign = "−";
  if (margin.of_baseline)
    return fmt::format("{} {:g} % of the baseline", sign, *margin.of_baseline * 100);
  return fmt::format("{} {:g} {}", sign, margin.amount->number, margin.amount->unit);
}

/// Mean size of the baseline's readings.
double baseline_size(const QuantityReadings& readings) {
  std::vector<double> values;
  for (const TrialValue& value : readings.values)
    if (value.trial->build == 0 && !value.trial->control) values.push_back(value.value);
  return values.empty() ? 0 : std::abs(metrology::mean(values));
}

/// The margin in the quantity's unit, or why there is none.
struct FoundLimit {
  std::optional<Limit> limit;
  std::string refused;
};

FoundLimit limit_of(const Margin& margin, const QuantityKey& key,
                    const QuantityReadings& readings) {
  Limit limit{.margin = 0, .direction = margin.direction, .resolution = 0};
  if (margin.of_baseline) {
    limit.margin = *margin.of_baseline * baseline_size(readings);
    if (limit.margin == 0 && *margin.of_baseline > 0)
      return {{}, "the margin is a share of the baseline, and that is 0"};
  } else {
    const auto converted = in_unit(*margin.amount, key.unit);
    if (!converted)
      return {{},
              fmt::format("the margin is in '{}', the readings in '{}'", margin.amount->unit,
                          key.unit)};
    limit.margin = *converted;
  }
  const auto stated = margin.resolution ? in_unit(*margin.resolution, key.unit) : std::nullopt;
  limit.resolution = stated ? *stated : smallest_step(readings.baseline);
  return {limit, ""};
}

void give_up(Difference& difference, const std::string& why) {
  difference.change = Change::inconclusive;
  difference.reason = why;
  difference.pairs_needed = 0;
}

/// Where the control unit moved across most pairs, the bench may have moved between the two of each
/// by as much. What goes further than the margin and that is the build's all the same; nothing
/// nearer can be told until the bench has been calm for more blocks than not.
void look_beyond_drift(QuantityDecision& decision, std::span<const Pair> pairs, double moved,
                       const Risks& risks) {
  Limit wider = *decision.limit;
  wider.margin += moved;
  const auto beyond = regress::decide(pairs, wider, risks);
  give_up(decision.difference, "bench drifted");
  decision.difference.pairs_needed = decision.difference.pairs + 1;
  if (beyond.change != Change::worse && beyond.change != Change::better) return;
  decision.difference.change = beyond.change;
  decision.difference.pairs_needed = 0;
  decision.difference.reason = fmt::format(
      "the bench drifted, by {:.3g} {} at most, and this is more", moved, decision.unit);
}

/// Who did not give any reading, where one did; more blocks give no more of it.
std::string silent_build(const QuantityReadings& readings, int build) {
  const bool baseline = has_build(readings, 0);
  const bool candidate = has_build(readings, build);
  if (baseline && !candidate) return "the candidate gave no such reading";
  if (candidate && !baseline) return "the baseline gave no such reading";
  return "";
}

}  // namespace

QuantityDecider::QuantityDecider(std::span<const Trial> trials, std::span<const Margin> margins,
                                 std::span<const Quarantine> quarantine, std::string_view today)
    : readings_(readings_by_quantity(trials)),
      margins_(margins),
      quarantine_(quarantine),
      today_(today) {}

int QuantityDecider::deciding() const {
  return static_cast<int>(std::ranges::count_if(readings_, [&](const auto& entry) {
    const auto& key = entry.first;
    return margin_of(margins_, key.quantity, key.unit) != nullptr &&
           quarantine_of(quarantine_, Quarantine::What::quantity, key.quantity, today_) == nullptr;
  }));
}

std::vector<QuantityDecision> QuantityDecider::decide(int build, const Risks& risks) const {
  std::vector<QuantityDecision> decisions;
  for (const auto& [key, readings] : readings_) {
    if (!has_build(readings, 0) && !has_build(readings, build) && readings.not_finite == 0)
      continue;
    decisions.push_back(decide_one(key, readings, build, risks));
  }
  return decisions;
}

QuantityDecision QuantityDecider::decide_one(const QuantityKey& key,
                                             const QuantityReadings& readings, int build,
                                             const Risks& risks) const {
  QuantityDecision decision;
  decision.quantity = key.quantity;
  decision.condition = key.condition;
  decision.unit = key.unit;
  decision.not_finite = readings.not_finite;
  if (const auto* entry =
          quarantine_of(quarantine_, Quarantine::What::quantity, key.quantity, today_))
    decision.quarantine = *entry;
  const auto* margin = margin_of(margins_, key.quantity, key.unit);
  FoundLimit found;
  if (margin != nullptr) {
    decision.margin_text = text_of(*margin);
    found = limit_of(*margin, key, readings);
    decision.limit = found.limit;
  }
  auto pairs = pairs_of(readings, build);
  const auto controls = controls_of(readings);
  if (decision.limit) {
    auto view =
        bench_view(std::move(pairs), controls, decision.limit->margin, decision.limit->resolution);
    decision.bench = view.state;
    decision.left_out = view.left_out;
    pairs = std::move(view.pairs);
  }
  if (decision.bench == BenchState::drifted) pairs = against_controls(std::move(pairs), controls);
  decision.difference = regress::decide(pairs, decision.limit, risks);
  if (margin == nullptr) return decision;
  const auto silent = silent_build(readings, build);
  if (!found.limit) give_up(decision.difference, found.refused);
  if (!silent.empty()) give_up(decision.difference, silent);
  if (decision.bench == BenchState::too_fast && decision.limit)
    look_beyond_drift(decision, pairs, drift_of(controls).within_block, risks);
  if (decision.bench == BenchState::drifted && decision.difference.reason.empty())
    decision.difference.reason = "the bench drifted; differences are against the control unit";
  if (decision.left_out > 0 && decision.difference.reason.empty())
    decision.difference.reason =
        fmt::format("{} of {} pairs left out: the control unit moved meanwhile", decision.left_out,
                    decision.left_out + decision.difference.pairs);
  return decision;
}

}  // namespace plugrig::regress
