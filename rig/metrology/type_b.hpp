#pragma once

#include "rig/metrology/point_result.hpp"

namespace plugrig::metrology {

/// Standard uncertainty of a quantity that lies within ± `half_width`: rectangular a/√3, triangular
/// a/√6, U-shaped a/√2 (GUM 4.3.7–4.3.9). A normal distribution has no limits: give the probability
/// instead, `u_from_interval`; here it is std::domain_error. So is a negative half-width.
double u_from_half_width(double half_width, Distribution distribution);

/// Standard uncertainty from a normal interval ± `half_width` that holds `probability` (GUM 4.3.4,
/// 4.3.5): 50 % → 1.48 a.
double u_from_interval(double half_width, double probability);

/// Standard uncertainty from a certificate's U and k. std::domain_error when k is not positive.
double u_from_expanded(double expanded, double coverage_factor);

/// Standard uncertainty of a display that shows whole multiples of `step`: step/√12.
double u_from_resolution(double step);

/// Degrees of freedom of a Type B value that is itself known to ± `relative` (25 % → 8).
double degrees_of_freedom_of_estimate(double relative);

}  // namespace plugrig::metrology
