#include "rig/metrology/type_b.hpp"

#include <cmath>
#include <stdexcept>

#include "rig/metrology/coverage.hpp"

namespace plugrig::metrology {

double u_from_half_width(double half_width, Distribution distribution) {
  if (!(half_width >= 0)) throw std::domain_error("half-width: negative or no number");
  switch (distribution) {
    case Distribution::rectangular:
      return half_width / std::sqrt(3.0);
    case Distribution::triangular:
      return half_width / std::sqrt(6.0);
    case Distribution::u_shaped:
      return half_width / std::sqrt(2.0);
    case Distribution::normal:
      break;
  }
  throw std::domain_error("half-width: a normal distribution has none without a probability");
}

double u_from_interval(double half_width, double probability) {
  if (!(half_width >= 0)) throw std::domain_error("half-width: negative or no number");
  return half_width / coverage_factor(probability);
}

double u_from_expanded(double expanded, double coverage_factor) {
  if (!(expanded >= 0) || !(coverage_factor > 0))
    throw std::domain_error("expanded uncertainty: U negative, or k not positive");
  return expanded / coverage_factor;
}

double u_from_resolution(double step) {
  return u_from_half_width(step / 2, Distribution::rectangular);
}

double degrees_of_freedom_of_estimate(double relative) {
  if (!(relative > 0)) throw std::domain_error("relative uncertainty: not positive");
  return 0.5 / (relative * relative);
}

}  // namespace plugrig::metrology
