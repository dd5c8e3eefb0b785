#pragma once

namespace plugrig::metrology {

/// What a test does to a population of units before any is measured: errors of the units normal
/// about 0 with `product_sigma`, measuring noise normal with `measurement_sigma`, tolerance
/// ± `tolerance`, accepted within ± `acceptance`. All in one unit.
struct RiskInput {
  double product_sigma = 0;
  double measurement_sigma = 0;
  double tolerance = 1;
  double acceptance = 1;
};

struct GlobalRisk {
  double false_accept = 0;              ///< PFA: out of tolerance and accepted
  double false_reject = 0;              ///< PFR: in tolerance and rejected
  double accepted = 0;                  ///< all that are accepted
  double conditional_false_accept = 0;  ///< PFA among the accepted
};

/// std::domain_error unless sigmas, tolerance and acceptance are positive.
GlobalRisk global_risk(const RiskInput& input);

/// Product sigma at which `in_tolerance` (0 < p < 1) of the units lie within ± `tolerance`.
double product_sigma(double in_tolerance, double tolerance = 1);

}  // namespace plugrig::metrology
