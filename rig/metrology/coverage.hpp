#pragma once

namespace plugrig::metrology {

/// Two-sided coverage factor of Student's t: the interval ±k holds `probability` (0 < p < 1).
/// `degrees_of_freedom` 0 = infinite (normal). std::domain_error for anything else that is no
/// probability or no count.
double coverage_factor(double probability, double degrees_of_freedom = 0);

/// Standard normal distribution: P(X ≤ x).
double normal_cdf(double x);

/// Relative standard uncertainty of an experimental standard deviation from `n` ≥ 2 normal
/// observations: √(1 − c4²)/c4 (GUM E.4.3).
double relative_uncertainty_of_s(int n);

}  // namespace plugrig::metrology
