#include "rig/metrology/coverage.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <stdexcept>

namespace plugrig::metrology {

double coverage_factor(double probability, double degrees_of_freedom) {
  if (!(probability > 0 && probability < 1) || !(degrees_of_freedom >= 0))
    throw std::domain_error("coverage factor: no probability, or no degrees of freedom");
  const double upper = (1 + probability) / 2;
  if (degrees_of_freedom == 0 || std::isinf(degrees_of_freedom))
    return boost::math::quantile(boost::math::normal(), upper);
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), upper);
}

double normal_cdf(double x) {
  if (std::isinf(x)) return x > 0 ? 1 : 0;
  return boost::math::cdf(boost::math::normal(), x);
}

double relative_uncertainty_of_s(int n) {
  if (n < 2) throw std::domain_error("uncertainty of s: fewer than two observations");
  const double half = n / 2.0;
  const double c4 = std::sqrt(2.0 / (n - 1)) * boost::math::tgamma_ratio(half, half - 0.5);
  return std::sqrt(1 - c4 * c4) / c4;
}

}  // namespace plugrig::metrology
