#include "reports/regress_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "rig/metrology/rounding.hpp"

namespace plugrig {
namespace {

using regress::Category;
using regress::Change;
using regress::CheckDecision;
using regress::QuantityDecision;

constexpr const char* kDash = "–";

int rank_of(Change change, bool quarantined) {
  if (quarantined) return 5;
  switch (change) {
    case Change::worse:
      return 0;
    case Change::inconclusive:
      return 1;
    case Change::better:
      return 2;
    case Change::same:
      return 3;
    case Change::not_decided:
      return 4;
  }
  return 4;
}

/// Size of a change as a multiple of the margin.
double weight_of(const QuantityDecision& quantity) {
  const double size = std::abs(quantity.difference.difference);
  if (!quantity.limit || quantity.limit->margin <= 0) return size > 0 ? 1e9 : 0;
  return size / quantity.limit->margin;
}

std::string number(double value, double uncertainty, bool sign) {
  auto text = uncertainty > 0 && std::isfinite(uncertainty)
                  ? metrology::rounded(value, uncertainty, metrology::RoundingRule::gum).value
                  : fmt::format("{:.6g}", value);
  const bool zero = text.find_first_not_of("-0.") == std::string::npos;
  if (zero && text.starts_with('-')) text.erase(0, 1);
  return sign && !zero && !text.starts_with('-') ? "+" + text : text;
}

std::string with_unit(const std::string& text, const std::string& unit) {
  return unit.empty() ? text : text + " " + unit;
}

/// To what place numbers are shown: that of the interval, and never one that is far below the
/// margin, where readings without scatter would have endless digits.
double half_width(const QuantityDecision& quantity) {
  constexpr double fine = 0.02;
  const auto& interval = quantity.difference.interval;
  return std::max(interval ? (interval->high - interval->low) / 2 : 0,
                  quantity.limit ? fine * quantity.limit->margin : 0);
}

std::string difference_text(const QuantityDecision& quantity) {
  const auto& found = quantity.difference;
  auto text = with_unit(number(found.difference, half_width(quantity), true), quantity.unit);
  // A percentage of what is itself in percent only confuses.
  if (quantity.unit == "%" || found.baseline_mean == 0) return text;
  const double percent = 100 / std::abs(found.baseline_mean);
  return text + fmt::format(" ({} %)", number(found.difference * percent,
                                              half_width(quantity) * percent, true));
}

RegressRow row_of(const QuantityDecision& quantity) {
  const auto& found = quantity.difference;
  const double half = half_width(quantity);
  RegressRow row;
  row.quantity = &quantity;
  row.name = quantity.condition.empty() ? quantity.quantity
                                        : quantity.quantity + ", " + quantity.condition;
  row.baseline = row.candidate = row.difference = row.interval = kDash;
  if (found.pairs > 0) {
    row.baseline = with_unit(number(found.baseline_mean, half, false), quantity.unit);
    row.candidate = with_unit(number(found.candidate_mean, half, false), quantity.unit);
    row.difference = difference_text(quantity);
  }
  if (found.interval)
    row.interval = with_unit(
        number(found.interval->low, half, true) + " … " + number(found.interval->high, half, true),
        quantity.unit);
  row.margin = quantity.margin_text.empty() ? kDash : quantity.margin_text;
  row.word = quantity.quarantine ? "quarantined" : std::string(to_string(found.change));
  row.mark = mark_of_change(found.change, quantity.quarantine.has_value());
  row.reason = found.reason;
  if (quantity.quarantine)
    row.reason =
        fmt::format("{}; {} until {}: {}", to_string(found.change), quantity.quarantine->owner,
                    quantity.quarantine->expires, quantity.quarantine->reason);
  if (quantity.not_finite > 0)
    row.reason += fmt::format("{}{} readings were no numbers", row.reason.empty() ? "" : "; ",
                              quantity.not_finite);
  return row;
}

}  // namespace

std::vector<RegressRow> rows_of(const regress::CandidateResult& candidate) {
  std::vector<RegressRow> rows;
  for (const QuantityDecision& quantity : candidate.quantities) rows.push_back(row_of(quantity));
  std::ranges::stable_sort(rows, {}, [](const RegressRow& row) {
    return std::pair(rank_of(row.quantity->difference.change, row.quantity->quarantine.has_value()),
                     -weight_of(*row.quantity));
  });
  return rows;
}

std::vector<const CheckDecision*> sorted_checks(const regress::CandidateResult& candidate) {
  std::vector<const CheckDecision*> checks;
  for (const CheckDecision& check : candidate.checks) checks.push_back(&check);
  std::ranges::stable_sort(checks, {}, [](const CheckDecision* check) {
    return rank_of(check->change, check->quarantine.has_value());
  });
  return checks;
}

bool is_plain(const CheckDecision& check) {
  return check.change == Change::same && check.reason.empty() && !check.quarantine;
}

std::string word_of(const CheckDecision& check) {
  return check.quarantine ? "quarantined" : std::string(to_string(check.change));
}

std::string mark_of_change(Change change, bool quarantined) {
  if (quarantined || change == Change::inconclusive) return "other";
  if (change == Change::worse) return "bad";
  return change == Change::not_decided ? "" : "good";
}

std::string passes_text(int passed, int failed) {
  if (passed + failed == 0) return kDash;
  return failed == 0 ? fmt::format("{} passed", passed)
                     : fmt::format("{} of {} failed", failed, passed + failed);
}

std::string build_text(const regress::Build& build) {
  auto text = build.name;
  if (!build.version.empty()) text += " " + build.version;
  return build.digest.empty() ? text : text + " [" + build.digest.substr(0, 12) + "]";
}

namespace {

/// Why nothing can be said of a candidate.
std::string bench_text(const regress::CandidateResult& candidate) {
  for (const auto& check : candidate.checks)
    if (check.never_passed && !check.quarantine)
      return fmt::format(
          "Not decided: the baseline itself never passes '{}', so a fault could hide behind it. "
          "Compare with a build that passes, or put the step into the quarantine.",
          check.step);
  return "Nothing could be decided because of the bench.";
}

}  // namespace

std::string verdict_text(const regress::CandidateResult& candidate) {
  int worse = 0;
  int open = 0;
  const auto count = [&](Change change, bool quarantined) {
    worse += change == Change::worse && !quarantined ? 1 : 0;
    open += change == Change::inconclusive && !quarantined ? 1 : 0;
  };
  for (const auto& quantity : candidate.quantities)
    count(quantity.difference.change, quantity.quarantine.has_value());
  for (const auto& check : candidate.checks) count(check.change, check.quarantine.has_value());
  const auto more = candidate.needs_more ? fmt::format(" About {} more block{} would decide.",
                                                       candidate.blocks_needed,
                                                       candidate.blocks_needed == 1 ? "" : "s")
                                         : std::string();
  switch (candidate.category) {
    case Category::good:
      return "As good as the baseline in all that was decided.";
    case Category::regression:
      return fmt::format("REGRESSION: {} worse than the baseline, {} open.", worse, open);
    case Category::inconclusive:
      return fmt::format("No regression found; {} still open.{}", open, more);
    case Category::bench:
      return bench_text(candidate) + more;
  }
  return "";
}

}  // namespace plugrig
