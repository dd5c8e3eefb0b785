#pragma once

#include <string>
#include <vector>

#include "rig/metrology/point_result.hpp"

namespace plugrig {

/// One quantity's errors over the load.
struct ErrorPlot {
  std::string quantity;
  std::vector<metrology::PointResult> as_found;  ///< hollow marks
  std::vector<metrology::PointResult> as_left;   ///< filled marks with U bars
};

/// The plot as one inline SVG: load on a logarithmic axis, error in percent, limit band, U bars.
/// Points without load are left out. What lies beyond the axis stands at its edge with its value.
/// Empty when there is no point to be shown.
std::string error_plot_svg(const ErrorPlot& plot);

}  // namespace plugrig
