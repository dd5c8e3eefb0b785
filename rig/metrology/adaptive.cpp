#include "rig/metrology/adaptive.hpp"

#include <cmath>

#include "rig/metrology/coverage.hpp"

namespace plugrig::metrology {

bool enough_samples(const Uncertainty& uncertainty, double share) {
  double type_b = 0;
  double interval = 0;
  for (const auto& row : uncertainty.budget) {
    const double u = row.standard_uncertainty;
    if (row.type == 'B')
      type_b += u * u;
    else
      interval += std::pow(coverage_factor(0.95, row.degrees_of_freedom) * u, 2);
  }
  return std::sqrt(interval) <= share * 2 * std::sqrt(type_b);
}

}  // namespace plugrig::metrology
