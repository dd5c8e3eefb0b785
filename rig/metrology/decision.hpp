#pragma once

#include <optional>

#include "rig/metrology/point_result.hpp"

namespace plugrig::metrology {

/// Width by which a rule tightens the limit: 0, or U.
double guard_band(DecisionRule rule, double expanded);

/// Where a result is accepted: ± acceptance. Negative when the guard band is wider than the limit:
/// then nothing passes.
double acceptance_limit(DecisionRule rule, double limit, double expanded);

/// The binary decision on an unrounded error against the symmetric limit ± `limit`: pass or fail.
Decision decide(DecisionRule rule, double error, double limit, double expanded);

/// The four words of ILAC-G8:09/2019 with guard band w = U: pass up to limit − w, conditional pass
/// up to the limit, conditional fail up to limit + w, fail beyond.
Decision decide_non_binary(double error, double limit, double expanded);

/// Probability that the true value lies within [low, high], from an estimate and its standard
/// uncertainty (JCGM 106). Both limits count, so it holds for large u too.
double conformity_probability(double estimate, double standard_uncertainty, double low,
                              double high);

/// limit / U of the whole process; empty when U is not positive.
std::optional<double> test_uncertainty_ratio(double limit, double expanded);

}  // namespace plugrig::metrology
