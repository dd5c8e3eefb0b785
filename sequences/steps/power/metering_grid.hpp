#pragma once

#include <string_view>

#include "rig/metrology/point_result.hpp"

namespace plugrig::steps {

/// Integer ratios of the firmware's pulse-metering driver (Tasmota notes §12): a reading in
/// 0.1 W, 0.1 V or mA is ratio·constant / pulse length in µs.
struct MeteringRatios {
  std::string_view chip;
  double power = 0, voltage = 0, current = 0;
};
inline constexpr MeteringRatios kBl0937{"BL0937", 1362, 822, 3300};
inline constexpr MeteringRatios kHlw8012{"HLW8012", 10000, 2200, 4545};

/// The ratios of a metering chip; those of the BL0937 for a name that is not known.
const MeteringRatios& ratios_of(std::string_view chip);

/// The plug's reading resolution at a level: the larger of the display's step and the step that one
/// µs of pulse length makes.
struct ReadingStep {
  double voltage_V = 0, current_A = 0, power_W = 0;
};
ReadingStep reading_step(const MeteringRatios& ratios, const metrology::Constants& constants,
                         double voltage_V, double current_A, double power_W);

}  // namespace plugrig::steps
