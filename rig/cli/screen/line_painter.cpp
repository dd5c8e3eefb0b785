#include "rig/cli/screen/line_painter.hpp"

#include <fmt/format.h>

namespace plugrig::cli {

std::string LinePainter::paint(const std::vector<Line>& lines) {
  std::string out;
  if (!known_) out += "\x1b[2J";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto text = ansi_of(lines[i], colour_);
    if (i < shown_.size() && shown_[i] == text) continue;
    // Lines are as wide as the terminal: what stood there before is written over.
    out += fmt::format("\x1b[{};1H{}", i + 1, text);
    if (i >= shown_.size()) shown_.emplace_back();
    shown_[i] = std::move(text);
  }
  if (lines.size() < shown_.size()) {
    out += fmt::format("\x1b[{};1H\x1b[J", lines.size() + 1);
    shown_.resize(lines.size());
  }
  known_ = true;
  return out;
}

void LinePainter::forget() {
  known_ = false;
  shown_.clear();
}

}  // namespace plugrig::cli
