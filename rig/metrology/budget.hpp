#pragma once

#include "rig/metrology/point_result.hpp"

namespace plugrig::metrology {

/// A correlated pair of rows: positions in the budget, and the correlation coefficient.
struct Correlation {
  std::size_t a = 0, b = 0;
  double coefficient = 0;
};

/// A row from an input quantity: u_i = |sensitivity|·u.
Contribution contribution(std::string name, char type, Distribution distribution, double u,
                          double degrees_of_freedom = 0, double sensitivity = 1);

/// u_c of the rows (GUM 5.1.2, with `correlations` 5.2.2).
double combined(const std::vector<Contribution>& budget,
                const std::vector<Correlation>& correlations = {});

/// ν_eff of the rows, not truncated (Welch–Satterthwaite, GUM G.4.1); 0 = infinite.
double effective_degrees_of_freedom(const std::vector<Contribution>& budget);

/// Position of the one rectangular row that alone shapes the result (all other rows together are
/// below 30 % of it; EA-4/02 S9), or -1.
int dominant_rectangular(const std::vector<Contribution>& budget);

/// u_c, ν_eff (truncated to whole), k and U. k is √3·p when one rectangular row dominates, else
/// Student's t for ν_eff; the k in the result is the one used.
/// std::domain_error for a row whose u is negative or no number.
Uncertainty evaluate(std::vector<Contribution> budget, double coverage_probability = 0.9545,
                     const std::vector<Correlation>& correlations = {});

}  // namespace plugrig::metrology
