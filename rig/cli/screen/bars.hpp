#pragma once

#include <string>

#include "rig/cli/screen/board_state.hpp"

namespace plugrig::cli {

/// "writing   [#######.........]  38 %  81.2 KiB/s  5 s left". Counted things say "1 of 4 points".
std::string progress_text(const ShownProgress& progress, Instant now, bool ascii);

/// An error within its limits, in `cells` cells and two end cells: the middle is the middle of the
/// limits, the ends are the limits, and what lies beyond stands in an end cell.
///
///     within limits   ├──────────┼───●──────┤
///     beyond          ├──────────┼──────────●
std::string error_bar(const ShownError& error, int cells, bool ascii);

/// "as_left P, 230 V, 1 kW  -1 ├────┼──●─┤ 1 %  +0.32 %", the condition cut first; at most `cells`
/// wide.
std::string error_text(const ShownError& error, int cells, bool ascii);

}  // namespace plugrig::cli
