#include "reports/batch_summary.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>

#include "rig/record/attempts.hpp"

namespace plugrig {
namespace {

constexpr std::string_view kOpenStep = "slot.open";
constexpr std::string_view kIdentifyStep = "flash.identify";

std::string blame_of(const UnitRecord& unit) {
  const auto* reason = deciding_attempt(unit.attempts);
  return reason == nullptr ? std::string() : reason->blame;
}

bool recorded(const BatchSummary& summary, const UnitRecord& unit) {
  return !summary.info.not_recorded.contains(unit.unit_id);
}

void count_verdicts(BatchSummary& summary) {
  for (const auto& unit : summary.units) {
    summary.yield.add(yield_entry(unit, recorded(summary, unit)));
    const auto word = verdict_word(unit, summary.info.not_recorded);
    ++summary.by_verdict[word][word == "PASS" ? "" : blame_of(unit)];
  }
}

void count_faults(BatchSummary& summary) {
  std::map<std::pair<std::string, std::string>, ParetoRow> rows;
  int all = 0;
  for (const auto& unit : summary.units) {
    const auto* reason = deciding_attempt(unit.attempts);
    if (reason == nullptr || unit.verdict == Verdict::pass) continue;
    // A stop is nobody's fault.
    if (reason->verdict == Verdict::aborted && reason->fault_id.empty()) continue;
    // A measurement out of its limits has no fault of its own: the step tells.
    const auto& id = reason->fault_id.empty() ? reason->step : reason->fault_id;
    auto& row = rows[{id, reason->blame}];
    row.fault_id = id;
    row.blame = reason->blame;
    ++row.count;
    ++all;
    if (std::find(row.slots.begin(), row.slots.end(), unit.slot) == row.slots.end())
      row.slots.push_back(unit.slot);
  }
  for (auto& [id, row] : rows) summary.pareto.push_back(std::move(row));
  std::stable_sort(summary.pareto.begin(), summary.pareto.end(),
                   [](const ParetoRow& a, const ParetoRow& b) { return a.count > b.count; });
  double sum = 0;
  for (auto& row : summary.pareto) {
    row.share = static_cast<double>(row.count) / all;
    sum += row.share;
    row.cumulative = sum;
  }
}

/// Values of one measurement, in the order of the units.
struct Collected {
  std::optional<double> low, high;
  bool same_limits = true;
  std::vector<double> values;
};

using MeasurementKey = std::tuple<std::string, std::string, std::string>;

/// The last attempt of each step: an earlier one was superseded.
std::map<int, const AttemptRecord*> last_attempts(const UnitRecord& unit) {
  std::map<int, const AttemptRecord*> last;
  for (const auto& attempt : unit.attempts) last[attempt.step_index] = &attempt;
  return last;
}

void collect(const UnitRecord& unit, std::map<MeasurementKey, Collected>& all,
             std::vector<MeasurementKey>& order) {
  for (const auto& [index, attempt] : last_attempts(unit)) {
    for (const auto& measurement : attempt->measurements) {
      const MeasurementKey key{measurement.id, measurement.condition, measurement.unit};
      auto [found, fresh] = all.try_emplace(key);
      auto& collected = found->second;
      if (fresh) {
        order.push_back(key);
        collected.low = measurement.low;
        collected.high = measurement.high;
      }
      if (collected.low != measurement.low || collected.high != measurement.high)
        collected.same_limits = false;
      collected.values.push_back(measurement.value);
    }
  }
}

/// Guard bands differ a little from unit to unit, with U: then the narrowest limits count for all.
void narrow(Collected& collected, const std::optional<double>& low,
            const std::optional<double>& high) {
  if (collected.low && low) collected.low = std::max(*collected.low, *low);
  if (collected.high && high) collected.high = std::min(*collected.high, *high);
  if (collected.low.has_value() != low.has_value()) collected.low.reset();
  if (collected.high.has_value() != high.has_value()) collected.high.reset();
}

void spread(BatchSummary& summary) {
  std::map<MeasurementKey, Collected> all;
  std::vector<MeasurementKey> order;
  for (const auto& unit : summary.units) collect(unit, all, order);
  for (const auto& unit : summary.units)
    for (const auto& [index, attempt] : last_attempts(unit))
      for (const auto& m : attempt->measurements)
        if (auto& collected = all.at({m.id, m.condition, m.unit}); !collected.same_limits)
          narrow(collected, m.low, m.high);
  for (const auto& key : order) {
    const auto& collected = all.at(key);
    MeasurementSpread spread;
    std::tie(spread.id, spread.condition, spread.unit) = key;
    spread.low = collected.low;
    spread.high = collected.high;
    spread.capability = metrology::capability(collected.values, spread.low, spread.high);
    spread.histogram = metrology::histogram(collected.values, spread.low, spread.high);
    summary.measurements.push_back(std::move(spread));
  }
}

SlotRow& row_of(std::vector<SlotRow>& rows, const std::string& slot) {
  for (auto& row : rows)
    if (row.slot == slot) return row;
  auto& fresh = rows.emplace_back();
  fresh.slot = slot;
  return fresh;
}

const std::string& slot_of(const UnitRecord& unit, const AttemptRecord& attempt) {
  return attempt.slot.empty() ? unit.slot : attempt.slot;
}

/// Of a transfer whose time was measured: its condition says how many bytes it moved.
std::optional<double> transfer_rate(const Measurement& measurement) {
  if (measurement.id != "flash.backup.time" && measurement.id != "flash.write.time")
    return std::nullopt;
  double bytes = 0;
  const auto& text = measurement.condition;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (read.ec != std::errc() || !(measurement.value > 0) || !(bytes > 0)) return std::nullopt;
  return bytes / measurement.value;
}

/// A unit that was moved counts in each slot with what happened there.
void add(std::vector<SlotRow>& rows, const UnitRecord& unit) {
  ++row_of(rows, unit.slot).units;
  std::set<std::string> opened;
  bool asked = false;
  for (const auto& attempt : unit.attempts) {
    auto& row = row_of(rows, slot_of(unit, attempt));
    const bool passed = attempt.verdict == Verdict::pass;
    if (attempt.step == kOpenStep && passed && opened.insert(row.slot).second) ++row.opened;
    if (attempt.step == kIdentifyStep && !asked) {
      asked = true;
      ++row.identified;
      row.first_sync += passed ? 1 : 0;
    }
    if (attempt.attempt > 1 && attempt.step_index >= 0) ++row.retries;
    for (const auto& measurement : attempt.measurements)
      if (const auto rate = transfer_rate(measurement)) row.transfer_B_per_s.push_back(*rate);
    if (attempt.blame == "contact" || attempt.blame == "fixture") ++row.faults;
  }
}

/// What a unit's power was off by, and where that was measured.
struct PowerError {
  std::string slot;
  double percent = 0;
};

/// Averaged over its load points: one number a unit, so that units and not points are compared.
std::optional<PowerError> power_error(const UnitRecord& unit) {
  PowerError error;
  int count = 0;
  for (const auto& [index, attempt] : last_attempts(unit))
    for (const auto& m : attempt->measurements)
      if (m.id == "power.as_left.P" && m.unit == "%") {
        error.slot = slot_of(unit, *attempt);
        error.percent += m.value;
        ++count;
      }
  if (count == 0) return std::nullopt;
  error.percent /= count;
  return error;
}

void look_at_slots(BatchSummary& summary) {
  std::vector<metrology::Group> groups;
  for (const auto& unit : summary.units) {
    add(summary.slots, unit);
    if (unit.verdict != Verdict::pass) continue;
    const auto error = power_error(unit);
    if (!error) continue;
    const auto found = std::find_if(groups.begin(), groups.end(),
                                    [&](const auto& group) { return group.name == error->slot; });
    if (found == groups.end())
      groups.push_back({error->slot, {error->percent}});
    else
      found->values.push_back(error->percent);
  }
  // F2 before F10.
  std::sort(summary.slots.begin(), summary.slots.end(), [](const SlotRow& a, const SlotRow& b) {
    return std::pair(a.slot.size(), a.slot) < std::pair(b.slot.size(), b.slot);
  });
  summary.bias = metrology::group_bias(groups);
}

void measure_rate(BatchSummary& summary) {
  std::optional<std::int64_t> first;
  std::optional<std::int64_t> last;
  for (const auto& unit : summary.units) {
    first = std::min(first.value_or(unit.started.unix_ms), unit.started.unix_ms);
    if (unit.ended) last = std::max(last.value_or(unit.ended->unix_ms), unit.ended->unix_ms);
  }
  if (!first || !last || *last <= *first) return;
  constexpr double ms = 1e-3;
  constexpr double hour_s = 3600;
  summary.duration_s = static_cast<double>(*last - *first) * ms;
  summary.units_per_hour = static_cast<double>(summary.units.size()) * hour_s / *summary.duration_s;
}

}  // namespace

std::string verdict_word(const UnitRecord& unit, const std::set<std::string>& not_recorded) {
  if (not_recorded.contains(unit.unit_id) && unit.verdict != Verdict::fail) return "NOT RECORDED";
  return std::string(to_display(unit.verdict));
}

BatchSummary summarise_batch(std::vector<UnitRecord> units, BatchInfo info) {
  BatchSummary summary;
  summary.info = std::move(info);
  summary.units = std::move(units);
  count_verdicts(summary);
  count_faults(summary);
  spread(summary);
  look_at_slots(summary);
  measure_rate(summary);
  return summary;
}

}  // namespace plugrig
