#include "rig/metrology/ewma.hpp"

#include <cmath>
#include <stdexcept>

namespace plugrig::metrology {
namespace {

void check(const EwmaSetting& setting) {
  if (!(setting.lambda > 0 && setting.lambda <= 1) || !(setting.sigma >= 0) || !(setting.width > 0))
    throw std::domain_error("EWMA: weight, sigma or width out of range");
}

}  // namespace

double ewma_steady_half_width(const EwmaSetting& setting) {
  check(setting);
  return setting.width * setting.sigma * std::sqrt(setting.lambda / (2 - setting.lambda));
}

std::vector<EwmaPoint> ewma(const EwmaSetting& setting, std::span<const double> x) {
  const double steady = ewma_steady_half_width(setting);
  std::vector<EwmaPoint> points;
  double z = setting.start;
  double remaining = 1;
  for (const double value : x) {
    z = setting.lambda * value + (1 - setting.lambda) * z;
    remaining *= (1 - setting.lambda) * (1 - setting.lambda);
    const double half = steady * std::sqrt(1 - remaining);
    points.push_back(
        {z, setting.start - half, setting.start + half, std::abs(z - setting.start) > half});
  }
  return points;
}

}  // namespace plugrig::metrology
