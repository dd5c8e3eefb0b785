#include "rig/metrology/global_risk.hpp"

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <stdexcept>

#include "rig/metrology/coverage.hpp"

namespace plugrig::metrology {
namespace {

/// Beyond this many sigmas nothing is left at double precision of the sums wanted here.
constexpr double kSigmas = 9;
constexpr double kInverseRootTwoPi = 0.3989422804014327;

double density(double z) { return kInverseRootTwoPi * std::exp(-z * z / 2); }

}  // namespace

GlobalRisk global_risk(const RiskInput& input) {
  if (!(input.product_sigma > 0) || !(input.measurement_sigma > 0) || !(input.tolerance > 0) ||
      !(input.acceptance > 0))
    throw std::domain_error("global risk: a sigma or a limit is not positive");
  const double edge = input.tolerance / input.product_sigma;
  const auto accepted_at = [&](double z) {
    const double x = z * input.product_sigma;
    return normal_cdf((input.acceptance - x) / input.measurement_sigma) -
           normal_cdf((-input.acceptance - x) / input.measurement_sigma);
  };
  const auto integral = [](auto function, double from, double to) {
    using Rule = boost::math::quadrature::gauss_kronrod<double, 31>;
    return from < to ? Rule::integrate(function, from, to, 15, 1e-12) : 0.0;
  };
  GlobalRisk risk;
  risk.false_accept = 2 * integral([&](double z) { return density(z) * accepted_at(z); }, edge,
                                   std::max(edge, 0.0) + kSigmas);
  risk.false_reject = 2 * integral([&](double z) { return density(z) * (1 - accepted_at(z)); }, 0,
                                   std::min(edge, kSigmas));
  const double spread = std::hypot(input.product_sigma, input.measurement_sigma);
  risk.accepted = 2 * normal_cdf(input.acceptance / spread) - 1;
  risk.conditional_false_accept = risk.false_accept / risk.accepted;
  return risk;
}

double product_sigma(double in_tolerance, double tolerance) {
  if (!(tolerance > 0)) throw std::domain_error("product sigma: tolerance not positive");
  return tolerance / coverage_factor(in_tolerance);
}

}  // namespace plugrig::metrology
