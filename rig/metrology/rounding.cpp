#include "rig/metrology/rounding.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace plugrig::metrology {
namespace {

constexpr int kDigits = 2;

double loss_allowed(RoundingRule rule) { return rule == RoundingRule::gum ? 0.01 : 0.05; }

/// Whole multiples of 10^-decimals, rounded by the rule.
double whole_steps(double uncertainty, int decimals, RoundingRule rule) {
  const double scaled = uncertainty * std::pow(10.0, decimals);
  const double nearest = std::round(scaled);
  const bool loses_much = (scaled - nearest) / scaled > loss_allowed(rule);
  return loses_much ? nearest + 1 : nearest;
}

std::string text_of(double value, int decimals) {
  const double scale = std::pow(10.0, decimals);
  const double cut = decimals < 0 ? std::round(value * scale) / scale : value;
  auto text = fmt::format("{:.{}f}", cut, decimals < 0 ? 0 : decimals);
  const bool only_zeros = text.find_first_of("123456789") == std::string::npos;
  if (only_zeros && text.front() == '-') text.erase(0, 1);
  return text;
}

}  // namespace

RoundedText rounded(double value, double uncertainty, RoundingRule rule) {
  if (!(uncertainty > 0) || !std::isfinite(uncertainty) || !std::isfinite(value))
    throw std::domain_error("rounding: no positive uncertainty, or no number");
  int decimals = kDigits - 1 - static_cast<int>(std::floor(std::log10(uncertainty)));
  double steps = whole_steps(uncertainty, decimals, rule);
  if (steps >= 100) {
    --decimals;
    steps = whole_steps(uncertainty, decimals, rule);
  }
  return {text_of(value, decimals), text_of(steps * std::pow(10.0, -decimals), decimals), decimals};
}

}  // namespace plugrig::metrology
