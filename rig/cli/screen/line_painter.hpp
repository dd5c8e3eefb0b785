#pragma once

#include <string>
#include <vector>

#include "rig/cli/screen/cells.hpp"

namespace plugrig::cli {

/// What to write to a terminal so that it shows new lines: those that changed and no others, so
/// nothing flickers. Pure but for what it remembers.
class LinePainter {
 public:
  explicit LinePainter(bool colour) : colour_(colour) {}

  /// Empty when nothing has changed.
  std::string paint(const std::vector<Line>& lines);
  /// The terminal shows something else now: the next `paint` writes everything.
  void forget();

 private:
  bool colour_;
  bool known_ = false;
  std::vector<std::string> shown_;
};

}  // namespace plugrig::cli
