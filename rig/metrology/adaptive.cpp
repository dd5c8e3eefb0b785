#include "rig/metrology/adaptive.hpp"

#include <cmath>

#include "rig/metrology/coverage.hpp"
#include "rig/metrology/point_evaluation.hpp"

namespace plugrig::metrology {

bool enough_samples(const Uncertainty& uncertainty, double share) {
  double rest = 0;
  double interval = 0;
  for (const auto& row : uncertainty.budget) {
    const double u = row.standard_uncertainty;
    if (row.name == kScatterRow)
      interval += std::pow(coverage_factor(0.95, row.degrees_of_freedom) * u, 2);
    else
      rest += u * u;
  }
  return std::sqrt(interval) <= share * 2 * std::sqrt(rest);
}

}  // namespace plugrig::metrology
