#pragma once

#include <span>
#include <vector>

namespace plugrig::metrology {

/// An exponentially weighted moving average chart: z_i = λ·x_i + (1 − λ)·z_{i−1}.
struct EwmaSetting {
  double start = 0;  ///< z_0, the centre line
  double sigma = 0;  ///< of single readings
  double lambda = 0.2;
  double width = 2.86;  ///< L: limits at L sigmas of z
};

struct EwmaPoint {
  double z = 0;
  double low = 0, high = 0;  ///< limits at this point, which widen to the steady state
  bool out = false;
};

/// One point for each x. std::domain_error unless 0 < λ ≤ 1, σ ≥ 0, L > 0.
std::vector<EwmaPoint> ewma(const EwmaSetting& setting, std::span<const double> x);

/// Half distance of the limits after many points.
double ewma_steady_half_width(const EwmaSetting& setting);

}  // namespace plugrig::metrology
