#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace plugrig::metrology {

/// What a series of readings says of itself. Two readings at least (std::domain_error).
struct SeriesStatistics {
  std::size_t n = 0;
  double mean = 0;
  double standard_deviation = 0;  ///< experimental, n − 1
  double lag1 = 0;                ///< autocorrelation of neighbours; 0 when all are equal
  double effective_n = 0;         ///< n·(1 − r)/(1 + r) for r > 0, never above n, at least 1
  double mean_uncertainty = 0;    ///< s/√n_eff
};
SeriesStatistics describe(std::span<const double> values);

double mean(std::span<const double> values);
double median(std::vector<double> values);

/// Degrees of freedom of the mean: n_eff − 1, at least 1.
double degrees_of_freedom(const SeriesStatistics& series);

/// Flags readings whose robust score |x − median|/(1.4826·MAD) exceeds `limit`. Nothing is removed:
/// a caller may leave a reading out only for a recorded cause. With half of the readings equal
/// (MAD 0) the score is taken against `least_scale` instead, so a coarse display flags no step.
std::vector<bool> outliers(std::span<const double> values, double least_scale, double limit = 5);

}  // namespace plugrig::metrology
