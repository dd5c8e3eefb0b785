#include "reports/display.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rig/metrology/point_evaluation.hpp"
#include "rig/metrology/rounding.hpp"

namespace plugrig {
namespace {

using metrology::PointResult;

constexpr const char* dash = "–";

/// `value` to the place of two digits of `uncertainty`; six digits where there is none.
std::string to_place_of(double value, double uncertainty) {
  if (!(uncertainty > 0) || !std::isfinite(uncertainty)) return fmt::format("{:.6g}", value);
  return metrology::rounded(value, uncertainty, metrology::RoundingRule::gum).value;
}

std::string with_sign(const std::string& number) {
  const bool has_sign = number.starts_with('-') || number.starts_with('+');
  const bool zero = number.find_first_not_of("0.") == std::string::npos;
  return has_sign || zero ? number : "+" + number;
}

}  // namespace

bool is_no_load(const PointResult& point) { return point.nominal_W == 0; }

PointText text_of(const PointResult& point) {
  const bool absolute = is_no_load(point);
  const double U = point.uncertainty.expanded;
  const double U_absolute = absolute ? U : U / 100 * std::abs(point.reference);
  const std::string error_unit = absolute ? point.unit : "%";
  PointText text;
  text.load = load_text(point.nominal_W);
  text.plug = to_place_of(point.plug, U_absolute);
  text.reference = to_place_of(point.reference, U_absolute);
  text.unit = point.unit;
  text.error =
      fmt::format("{} {}", with_sign(to_place_of(metrology::judged_error(point), U)), error_unit);
  text.expanded = fmt::format("{} {}", two_digits(U), error_unit);
  text.coverage = fmt::format("{:.2f}", point.uncertainty.coverage_factor);
  text.limit =
      point.limit_percent ? fmt::format("± {:.3g} {}", *point.limit_percent, error_unit) : dash;
  text.ratio =
      point.test_uncertainty_ratio ? fmt::format("{:.1f}", *point.test_uncertainty_ratio) : dash;
  text.decision = decision_text(point.decision);
  text.good = point.decision == metrology::Decision::pass;
  text.bad = !text.good && point.decision != metrology::Decision::none;
  return text;
}

std::string load_text(double nominal_W) {
  if (nominal_W == 0) return "no load";
  return nominal_W >= 1000 ? fmt::format("{:g} kW", nominal_W / 1000)
                           : fmt::format("{:g} W", nominal_W);
}

std::string two_digits(double value) {
  if (!(value > 0) || !std::isfinite(value)) return dash;
  return metrology::rounded(value, value, metrology::RoundingRule::gum).uncertainty;
}

std::string decision_text(metrology::Decision decision) {
  if (decision == metrology::Decision::none) return dash;
  std::string words(to_string(decision));
  for (char& c : words)
    if (c == '_') c = ' ';
  return words;
}

std::string rule_text(metrology::DecisionRule rule) {
  if (rule == metrology::DecisionRule::guard_band)
    return "Guarded acceptance: a point passes when the size of its error is at most its limit "
           "less "
           "the expanded uncertainty U (guard band U, ILAC-G8:09/2019).";
  return "Simple acceptance: a point passes when the size of its error is at most its limit; its "
         "uncertainty is stated and not taken into account.";
}

std::string time_text(UtcTime time) {
  const auto iso = to_iso8601(time);
  return iso.substr(0, 10) + " " + iso.substr(11, 8) + " UTC";
}

}  // namespace plugrig
