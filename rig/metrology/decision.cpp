#include "rig/metrology/decision.hpp"

#include <cmath>
#include <stdexcept>

#include "rig/metrology/coverage.hpp"

namespace plugrig::metrology {
namespace {

void check(double error, double limit, double expanded) {
  if (!std::isfinite(error) || !(limit >= 0) || !(expanded >= 0))
    throw std::domain_error("decision: no number, or a negative limit or uncertainty");
}

}  // namespace

double guard_band(DecisionRule rule, double expanded) {
  return rule == DecisionRule::guard_band ? expanded : 0;
}

double acceptance_limit(DecisionRule rule, double limit, double expanded) {
  return limit - guard_band(rule, expanded);
}

Decision decide(DecisionRule rule, double error, double limit, double expanded) {
  check(error, limit, expanded);
  return std::abs(error) <= acceptance_limit(rule, limit, expanded) ? Decision::pass
                                                                    : Decision::fail;
}

Decision decide_non_binary(double error, double limit, double expanded) {
  check(error, limit, expanded);
  const double size = std::abs(error);
  if (size <= limit - expanded) return Decision::pass;
  if (size <= limit) return Decision::conditional_pass;
  if (size <= limit + expanded) return Decision::conditional_fail;
  return Decision::fail;
}

double conformity_probability(double estimate, double standard_uncertainty, double low,
                              double high) {
  if (!(standard_uncertainty > 0))
    throw std::domain_error("conformity: standard uncertainty not positive");
  return normal_cdf((high - estimate) / standard_uncertainty) -
         normal_cdf((low - estimate) / standard_uncertainty);
}

std::optional<double> test_uncertainty_ratio(double limit, double expanded) {
  if (!(expanded > 0)) return std::nullopt;
  return limit / expanded;
}

}  // namespace plugrig::metrology
