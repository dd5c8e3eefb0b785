#pragma once

#include <string>

#include "reports/batch_summary.hpp"

namespace plugrig {

/// The values of one measurement as one inline SVG: bars of counts, limits dashed, the mean as a
/// line. Empty without a value.
std::string histogram_svg(const MeasurementSpread& spread);

}  // namespace plugrig
