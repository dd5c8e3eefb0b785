#include "rig/metrology/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace plugrig::metrology {
namespace {

/// MAD of a normal distribution times this is its standard deviation.
constexpr double kMadToSigma = 1.4826;

double autocorrelation(std::span<const double> values, double about, double squares) {
  if (squares <= 0) return 0;
  double products = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    products += (values[i - 1] - about) * (values[i] - about);
  return products / squares;
}

}  // namespace

double mean(std::span<const double> values) {
  if (values.empty()) throw std::domain_error("mean of no values");
  const double first =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double rest = 0;
  for (const double value : values) rest += value - first;
  return first + rest / static_cast<double>(values.size());
}

double median(std::vector<double> values) {
  if (values.empty()) throw std::domain_error("median of no values");
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

SeriesStatistics describe(std::span<const double> values) {
  if (values.size() < 2) throw std::domain_error("statistics of fewer than two values");
  SeriesStatistics result;
  result.n = values.size();
  result.mean = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  const auto n = static_cast<double>(result.n);
  result.standard_deviation = std::sqrt(squares / (n - 1));
  result.lag1 = autocorrelation(values, result.mean, squares);
  result.effective_n =
      result.lag1 > 0 ? std::max(1.0, n * (1 - result.lag1) / (1 + result.lag1)) : n;
  result.mean_uncertainty = result.standard_deviation / std::sqrt(result.effective_n);
  return result;
}

double degrees_of_freedom(const SeriesStatistics& series) {
  return std::max(1.0, series.effective_n - 1);
}

std::vector<bool> outliers(std::span<const double> values, double least_scale, double limit) {
  std::vector<bool> flags(values.size(), false);
  if (values.size() < 3) return flags;
  const double middle = median({values.begin(), values.end()});
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::abs(value - middle));
  const double scale = std::max(kMadToSigma * median(distances), least_scale);
  for (std::size_t i = 0; i < values.size(); ++i) flags[i] = distances[i] > limit * scale;
  return flags;
}

}  // namespace plugrig::metrology
