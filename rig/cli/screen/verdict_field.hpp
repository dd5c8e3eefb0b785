#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "rig/cli/screen/board_state.hpp"
#include "rig/cli/screen/cells.hpp"
#include "rig/cli/screen/glyphs.hpp"

/// The field of a slot that is read from 2 m: word, shape and colour, each enough by itself.
namespace plugrig::cli {

/// How a verdict looks; empty for what is no verdict.
struct VerdictLook {
  std::string_view word;
  Shape shape;
  Style style;
};
std::optional<VerdictLook> verdict_look(Shown shown);

/// Width of the field on a board of `columns`.
int verdict_cells(int columns);

/// Three lines of exactly `cells`. `time` stands in the field while a unit is worked on.
std::array<Line, 3> verdict_field(const BoardSlot& slot, std::string_view time, int cells,
                                  bool ascii);

/// "✔ PASS": for a board with one line a slot.
Span small_verdict(const BoardSlot& slot, bool ascii);

}  // namespace plugrig::cli
