#include "rig/cli/screen/verdict_field.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plugrig::cli {
namespace {

/// Wide enough for "RIG FAULT" in big letters beside its shape.
constexpr int kWideField = 42;
/// Wide enough for "PASS" and "FAIL".
constexpr int kNarrowField = 24;
constexpr int kWideBoard = 110;
constexpr int kShapeCells = 5;

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

std::string centred(std::string_view text, int cells, bool ascii) {
  const int free = cells - cells_of(text);
  return fitted(spaces(free / 2) + std::string(text), cells, ascii);
}

/// The word in big letters when it has room in `cells`, else in bold ones with the blame below.
Block words_of(const VerdictLook& look, const BoardSlot& slot, int cells) {
  auto big = big_word(look.word);
  if (look.word != "NOT RECORDED" && cells_of(big[0]) <= cells) return big;
  return {std::string(look.word), slot.blame.empty() ? "" : "blame: " + slot.blame, ""};
}

std::array<Line, 3> in_ascii(const VerdictLook& look, const BoardSlot& slot, int cells) {
  const std::string edge(static_cast<std::size_t>(cells), ascii_shape(look.shape));
  const std::string side(3, ascii_shape(look.shape));
  auto word = std::string(look.word);
  if (!slot.blame.empty() && slot.shown != Shown::pass) word += ": " + slot.blame;
  const auto middle = side + centred(for_terminal(word, true), cells - 6, true) + side;
  return {Line{{edge, look.style}}, Line{{middle, look.style}}, Line{{edge, look.style}}};
}

}  // namespace

std::optional<VerdictLook> verdict_look(Shown shown) {
  switch (shown) {
    case Shown::pass:
      return VerdictLook{"PASS", Shape::check, Style::pass};
    case Shown::fail:
      return VerdictLook{"FAIL", Shape::cross, Style::fail};
    case Shown::rig_fault:
      return VerdictLook{"RIG FAULT", Shape::triangle, Style::rig_fault};
    case Shown::stopped:
      return VerdictLook{"STOPPED", Shape::square, Style::stopped};
    case Shown::not_recorded:
      return VerdictLook{"NOT RECORDED", Shape::question, Style::rig_fault};
    case Shown::nothing:
    case Shown::waiting:
    case Shown::running:
      return std::nullopt;
  }
  return std::nullopt;
}

int verdict_cells(int columns) { return columns >= kWideBoard ? kWideField : kNarrowField; }

std::array<Line, 3> verdict_field(const BoardSlot& slot, std::string_view time, int cells,
                                  bool ascii) {
  const auto look = verdict_look(slot.shown);
  if (look && ascii) return in_ascii(*look, slot, cells);
  std::array<Line, 3> lines;
  if (look) {
    const auto shape = big_shape(look->shape);
    const int room = cells - kShapeCells - 4;
    const auto words = words_of(*look, slot, room);
    for (std::size_t i = 0; i < lines.size(); ++i)
      lines.at(i) = {
          {" " + shape.at(i) + "  " + fitted(words.at(i), room + 1, ascii), look->style}};
    return lines;
  }
  const bool ready = slot.shown == Shown::waiting;
  const auto word = ready && !ascii ? big_word("READY") : Block{"", ready ? "READY" : "", ""};
  for (std::size_t i = 0; i < lines.size(); ++i)
    lines.at(i) = {{centred(word.at(i), cells, ascii), Style::bold}};
  if (slot.shown == Shown::running) lines[1] = {{centred(time, cells, ascii), Style::dim}};
  return lines;
}

Span small_verdict(const BoardSlot& slot, bool ascii) {
  constexpr int widest = 16;
  if (const auto look = verdict_look(slot.shown))
    return {
        fitted(fmt::format(" {} {}", small_shape(look->shape, ascii), look->word), widest, ascii),
        look->style};
  const char* word = slot.shown == Shown::waiting   ? " READY"
                     : slot.shown == Shown::running ? " ..."
                                                    : "";
  return {fitted(word, widest, ascii), Style::plain};
}

}  // namespace plugrig::cli
