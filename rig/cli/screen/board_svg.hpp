#pragma once

#include <string>
#include <vector>

#include "rig/cli/screen/cells.hpp"

namespace plugrig::cli {

/// The lines as a picture of a terminal: one SVG that needs nothing else. `columns` is their width.
std::string board_svg(const std::vector<Line>& lines, int columns);

}  // namespace plugrig::cli
