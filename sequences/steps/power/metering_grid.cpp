#include "sequences/steps/power/metering_grid.hpp"

#include <algorithm>

#include "sequences/steps/power/plug_metering.hpp"

namespace plugrig::steps {
namespace {

/// Step of a reading `value` = ratio·constant/length in whole µs, value in grid steps of `grid`.
double length_step(double value, double grid, double ratio, int constant) {
  if (constant <= 0 || value <= 0) return 0;
  return value * value / (grid * ratio * constant);
}

}  // namespace

const MeteringRatios& ratios_of(std::string_view chip) {
  return chip == kHlw8012.chip ? kHlw8012 : kBl0937;
}

ReadingStep reading_step(const MeteringRatios& ratios, const metrology::Constants& constants,
                         double voltage_V, double current_A, double power_W) {
  return {std::max(kDisplayStep_V,
                   length_step(voltage_V, kDisplayStep_V, ratios.voltage, constants.voltage)),
          std::max(kDisplayStep_A,
                   length_step(current_A, kDisplayStep_A, ratios.current, constants.current)),
          std::max(kDisplayStep_W,
                   length_step(power_W, kDisplayStep_W, ratios.power, constants.power))};
}

}  // namespace plugrig::steps
