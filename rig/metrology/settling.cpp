#include "rig/metrology/settling.hpp"

#include <cmath>
#include <stdexcept>
#include <vector>

#include "rig/metrology/coverage.hpp"
#include "rig/metrology/fits.hpp"
#include "rig/metrology/statistics.hpp"

namespace plugrig::metrology {
namespace {

constexpr std::size_t kLeast = 6;

/// u of a mean; a half that shows one value only has no scatter of its own.
double u_of_mean(std::span<const double> values) { return describe(values).mean_uncertainty; }

}  // namespace

Settling judge_settling(std::span<const Timed> window, double level, const SettlingLimits& limits) {
  if (window.size() < kLeast || level == 0 || !std::isfinite(level))
    throw std::domain_error("settling: too few readings, or no level");
  std::vector<double> t;
  std::vector<double> value;
  for (const auto& each : window) {
    t.push_back(each.t_s);
    value.push_back(each.value / std::abs(level));
  }
  const double width = t.back() - t.front();
  const auto line = fit_line(t, value);
  Settling result;
  result.drift = line.slope * width;
  result.u_drift = line.u_slope * width;
  result.scatter = line.residual;
  const auto half = value.size() / 2;
  const std::span all(value);
  result.half_step = mean(all.last(half)) - mean(all.first(half));
  result.u_half_step = std::hypot(u_of_mean(all.first(half)), u_of_mean(all.last(half)));
  const double k = coverage_factor(limits.confidence, static_cast<double>(value.size()) - 2);
  const bool significant = std::abs(result.drift) > k * result.u_drift;
  const bool can_tell = k * result.u_drift <= limits.drift;
  result.steady = can_tell ? std::abs(result.drift) <= limits.drift : !significant;
  // What lies within the drift limit never matters.
  result.halves_agree =
      std::abs(result.half_step) <= std::max(k * result.u_half_step, limits.drift);
  result.quiet = result.scatter <= limits.largest_scatter;
  return result;
}

}  // namespace plugrig::metrology
