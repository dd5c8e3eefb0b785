#include "rig/metrology/capability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "rig/metrology/statistics.hpp"

namespace plugrig::metrology {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kMostBins = 24;

double spread(std::span<const double> values, double middle) {
  double sum = 0;
  for (const double value : values) sum += (value - middle) * (value - middle);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

/// Bissell, "How reliable is your capability index?", Applied Statistics 39 (1990).
Interval interval_of(double cpk, std::size_t n) {
  const double z = boost::math::quantile(boost::math::normal(), (1 + kConfidence) / 2);
  const auto count = static_cast<double>(n);
  const double half = z * std::sqrt(1 / (9 * count) + cpk * cpk / (2 * (count - 1)));
  return {cpk - half, cpk + half};
}

std::string refusal(const Capability& of, bool limits) {
  if (!limits) return "no limits";
  if (of.n < kCapabilityLeast)
    return fmt::format("{} values, {} are needed", of.n, kCapabilityLeast);
  if (!(of.standard_deviation > 0)) return "all values are equal";
  return "";
}

/// 1, 2 or 5 times a power of ten, at least `width`.
double round_width(double width) {
  const double decade = std::pow(10, std::floor(std::log10(width)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * decade >= width * (1 - 1e-9)) return factor * decade;
  return 10 * decade;
}

}  // namespace

Capability capability(std::span<const double> values, std::optional<double> low,
                      std::optional<double> high) {
  Capability found;
  found.n = values.size();
  if (!values.empty()) found.mean = mean(values);
  if (values.size() > 1) found.standard_deviation = spread(values, found.mean);
  found.refused = refusal(found, low || high);
  if (!found.refused.empty()) return found;
  const double three_s = 3 * found.standard_deviation;
  if (low && high) found.cp = (*high - *low) / (2 * three_s);
  double nearer = HUGE_VAL;
  if (low) nearer = std::min(nearer, (found.mean - *low) / three_s);
  if (high) nearer = std::min(nearer, (*high - found.mean) / three_s);
  found.cpk = nearer;
  found.cpk_interval = interval_of(nearer, found.n);
  return found;
}

Histogram histogram(std::span<const double> values, std::optional<double> low,
                    std::optional<double> high) {
  Histogram made;
  if (values.empty()) return made;
  const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
  const double from = std::min(*smallest, low.value_or(*smallest));
  const double to = std::max(*largest, high.value_or(*largest));
  const double bins =
      std::clamp(std::ceil(std::sqrt(static_cast<double>(values.size()))) * 2, 5.0, kMostBins);
  const double range = to - from;
  // All values equal and no limits: one bin around them.
  const double width =
      round_width(range > 0 ? range / bins : std::max(std::abs(from) * 1e-3, 1e-9));
  const double first = std::floor(from / width + 1e-9);
  const double last = std::max(std::ceil(to / width - 1e-9), first + 1);
  const auto count = static_cast<std::size_t>(last - first);
  made.counts.assign(count, 0);
  for (std::size_t i = 0; i <= count; ++i)
    made.edges.push_back((first + static_cast<double>(i)) * width);
  for (const double value : values) {
    const double at = std::floor(value / width - first);
    const auto bin = static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(count - 1)));
    ++made.counts[bin];
  }
  return made;
}

}  // namespace plugrig::metrology
