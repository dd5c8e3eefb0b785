#include "rig/metrology/fits.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace plugrig::metrology {
namespace {

void need(bool condition, const char* what) {
  if (!condition) throw std::domain_error(what);
}

double weighted_mean(std::span<const double> values, const std::vector<double>& weights) {
  double sum = 0;
  double all = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += weights[i] * values[i];
    all += weights[i];
  }
  return sum / all;
}

/// Uncertainties as if each weight were 1/u².
LineFit weighted_line(std::span<const double> x, std::span<const double> y,
                      const std::vector<double>& weights) {
  const double x_mean = weighted_mean(x, weights);
  const double y_mean = weighted_mean(y, weights);
  double all = 0;
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    all += weights[i];
    xx += weights[i] * (x[i] - x_mean) * (x[i] - x_mean);
    xy += weights[i] * (x[i] - x_mean) * (y[i] - y_mean);
  }
  need(xx > 0, "line fit: all x are equal");
  LineFit fit;
  fit.slope = xy / xx;
  fit.intercept = y_mean - fit.slope * x_mean;
  for (std::size_t i = 0; i < x.size(); ++i)
    fit.chi_square += weights[i] * std::pow(y[i] - fit.at(x[i]), 2);
  fit.degrees_of_freedom = static_cast<double>(x.size()) - 2;
  fit.residual =
      fit.degrees_of_freedom > 0 ? std::sqrt(fit.chi_square / fit.degrees_of_freedom) : 0;
  const double mean_square_x = xx / all + x_mean * x_mean;
  fit.u_slope = 1 / std::sqrt(xx);
  fit.u_intercept = fit.u_slope * std::sqrt(mean_square_x);
  fit.correlation = -x_mean / std::sqrt(mean_square_x);
  return fit;
}

}  // namespace

double LineFit::u_at(double x) const {
  const double variance = u_intercept * u_intercept + x * x * u_slope * u_slope +
                          2 * x * correlation * u_intercept * u_slope;
  return std::sqrt(std::max(0.0, variance));
}

LineFit fit_line(std::span<const double> x, std::span<const double> y) {
  need(x.size() == y.size() && x.size() >= 3, "line fit: fewer than three points");
  LineFit fit = weighted_line(x, y, std::vector<double>(x.size(), 1.0));
  fit.u_slope *= fit.residual;
  fit.u_intercept *= fit.residual;
  return fit;
}

LineFit fit_line(std::span<const double> x, std::span<const double> y, std::span<const double> u) {
  need(x.size() == y.size() && x.size() == u.size() && x.size() >= 2,
       "line fit: fewer than two points");
  std::vector<double> weights;
  for (const double each : u) {
    need(each > 0, "line fit: an uncertainty is not positive");
    weights.push_back(1 / (each * each));
  }
  return weighted_line(x, y, weights);
}

GainFit fit_through_origin(std::span<const double> x, std::span<const double> y) {
  need(x.size() == y.size() && x.size() >= 2, "gain fit: fewer than two points");
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += x[i] * x[i];
    xy += x[i] * y[i];
  }
  need(xx > 0, "gain fit: all x are 0");
  GainFit fit;
  fit.slope = xy / xx;
  for (std::size_t i = 0; i < x.size(); ++i) fit.chi_square += std::pow(y[i] - fit.slope * x[i], 2);
  fit.degrees_of_freedom = static_cast<double>(x.size()) - 1;
  fit.residual = std::sqrt(fit.chi_square / fit.degrees_of_freedom);
  fit.u_slope = fit.residual / std::sqrt(xx);
  return fit;
}

GainFit fit_gain(std::span<const double> x, std::span<const double> y, std::span<const double> u,
                 double u_common) {
  need(!x.empty() && x.size() == y.size() && x.size() == u.size(), "gain fit: no points");
  need(u_common >= 0, "gain fit: common uncertainty negative");
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    need(u[i] > 0, "gain fit: an uncertainty is not positive");
    const double weight = 1 / (u[i] * u[i]);
    xx += weight * x[i] * x[i];
    xy += weight * x[i] * y[i];
  }
  need(xx > 0, "gain fit: all x are 0");
  GainFit fit;
  fit.slope = xy / xx;
  for (std::size_t i = 0; i < x.size(); ++i)
    fit.chi_square += std::pow((y[i] - fit.slope * x[i]) / u[i], 2);
  fit.degrees_of_freedom = static_cast<double>(x.size()) - 1;
  fit.residual =
      fit.degrees_of_freedom > 0 ? std::sqrt(fit.chi_square / fit.degrees_of_freedom) : 0;
  fit.u_slope = std::hypot(1 / std::sqrt(xx), fit.slope * u_common);
  return fit;
}

double chi_square_probability(double chi_square, double degrees_of_freedom) {
  need(chi_square >= 0, "chi-square: negative");
  if (degrees_of_freedom <= 0) return 1;
  return boost::math::cdf(
      boost::math::complement(boost::math::chi_squared(degrees_of_freedom), chi_square));
}

}  // namespace plugrig::metrology
