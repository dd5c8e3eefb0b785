#include "rig/metrology/budget.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "rig/metrology/coverage.hpp"

namespace plugrig::metrology {
namespace {

/// metrology notes §3.
constexpr double kDominance = 0.3;
/// Beyond this Student's t is the normal to five digits.
constexpr double kAsGoodAsInfinite = 1e6;

double truncated(double degrees_of_freedom) {
  if (degrees_of_freedom > kAsGoodAsInfinite) return 0;
  return degrees_of_freedom == 0 ? 0 : std::max(1.0, std::floor(degrees_of_freedom));
}

}  // namespace

Contribution contribution(std::string name, char type, Distribution distribution, double u,
                          double degrees_of_freedom, double sensitivity) {
  return {std::move(name), type, distribution, std::abs(sensitivity) * u, degrees_of_freedom};
}

double combined(const std::vector<Contribution>& budget,
                const std::vector<Correlation>& correlations) {
  double variance = 0;
  for (const auto& row : budget) {
    if (!(row.standard_uncertainty >= 0))
      throw std::domain_error("budget row '" + row.name + "': negative or no number");
    variance += row.standard_uncertainty * row.standard_uncertainty;
  }
  for (const auto& pair : correlations)
    variance += 2 * pair.coefficient * budget.at(pair.a).standard_uncertainty *
                budget.at(pair.b).standard_uncertainty;
  return std::sqrt(std::max(0.0, variance));
}

double effective_degrees_of_freedom(const std::vector<Contribution>& budget) {
  double below = 0;
  for (const auto& row : budget)
    if (row.degrees_of_freedom > 0)
      below += std::pow(row.standard_uncertainty, 4) / row.degrees_of_freedom;
  return below > 0 ? std::pow(combined(budget), 4) / below : 0;
}

int dominant_rectangular(const std::vector<Contribution>& budget) {
  const auto largest = std::max_element(budget.begin(), budget.end(),
                                        [](const Contribution& a, const Contribution& b) {
                                          return a.standard_uncertainty < b.standard_uncertainty;
                                        });
  if (largest == budget.end() || largest->distribution != Distribution::rectangular) return -1;
  const double u = largest->standard_uncertainty;
  const double all = combined(budget);
  const double rest = std::sqrt(std::max(0.0, all * all - u * u));
  if (u <= 0 || rest >= kDominance * u) return -1;
  return static_cast<int>(largest - budget.begin());
}

Uncertainty evaluate(std::vector<Contribution> budget, double coverage_probability,
                     const std::vector<Correlation>& correlations) {
  Uncertainty result;
  result.standard = combined(budget, correlations);
  result.degrees_of_freedom = truncated(effective_degrees_of_freedom(budget));
  result.coverage_probability = coverage_probability;
  result.coverage_factor = dominant_rectangular(budget) >= 0
                               ? std::sqrt(3.0) * coverage_probability
                               : coverage_factor(coverage_probability, result.degrees_of_freedom);
  result.expanded = result.coverage_factor * result.standard;
  result.budget = std::move(budget);
  return result;
}

}  // namespace plugrig::metrology
