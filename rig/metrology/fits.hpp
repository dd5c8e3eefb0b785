#pragma once

#include <span>

namespace plugrig::metrology {

/// y = intercept + slope·x by least squares.
struct LineFit {
  double intercept = 0, slope = 0;
  double u_intercept = 0, u_slope = 0;
  double correlation = 0;  ///< of the two
  double residual = 0;     ///< s of the residuals; with weights: √(χ²/ν)
  double chi_square = 0;   ///< Σ w·residual²; meaningful when weights are 1/u²
  double degrees_of_freedom = 0;
  [[nodiscard]] double at(double x) const { return intercept + slope * x; }
  /// Standard uncertainty of `at(x)`, with the covariance of intercept and slope (GUM H.3).
  [[nodiscard]] double u_at(double x) const;
};

/// Unweighted; uncertainties from the residuals. Three points at least, x not all equal
/// (std::domain_error).
LineFit fit_line(std::span<const double> x, std::span<const double> y);

/// Weighted with 1/u², `u` the independent standard uncertainty of each y; uncertainties come from
/// the weights, not from the residuals, so chi-square can be held against them. Two points at
/// least; every u positive.
LineFit fit_line(std::span<const double> x, std::span<const double> y, std::span<const double> u);

/// y = slope·x: the form of a gain.
struct GainFit {
  double slope = 0;
  double u_slope = 0;     ///< from the weights (`fit_gain`), or from the residuals
  double residual = 0;    ///< s of the residuals
  double chi_square = 0;  ///< Σ w·residual²
  double degrees_of_freedom = 0;
};

/// Unweighted through the origin, uncertainty from the residuals (NIST NoInt1). Two points at
/// least.
GainFit fit_through_origin(std::span<const double> x, std::span<const double> y);

/// Weighted through the origin, weights 1/u² with `u` the *independent* standard uncertainty of
/// each y; `u_common` is the relative standard uncertainty that all points share (reference
/// accuracy, certificate): it does not average out and is added to u_slope in full, slope·u_common.
/// One point at least; every u positive (std::domain_error).
GainFit fit_gain(std::span<const double> x, std::span<const double> y, std::span<const double> u,
                 double u_common);

/// Probability that χ² of `degrees_of_freedom` comes out as large as `chi_square`: the linearity
/// check. 1 without degrees of freedom.
double chi_square_probability(double chi_square, double degrees_of_freedom);

}  // namespace plugrig::metrology
