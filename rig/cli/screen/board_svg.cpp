#include "rig/cli/screen/board_svg.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/clean_text.hpp"

namespace plugrig::cli {
namespace {

constexpr double kCell = 8.4;   ///< width of a character of 14 px
constexpr double kHeight = 18;  ///< of a line
constexpr double kBaseline = 13.5;
constexpr double kMargin = 10;

struct Paint {
  const char* text;
  const char* ground;  ///< empty = that of the terminal
  bool bold = false;
};

Paint paint_of(Style style) {
  switch (style) {
    case Style::plain:
      return {"#d8d8d8", ""};
    case Style::bold:
      return {"#ffffff", "", true};
    case Style::dim:
      return {"#8c8c8c", ""};
    case Style::inverse:
      return {"#101418", "#d8d8d8"};
    case Style::pass:
      return {"#ffffff", "#18752f", true};
    case Style::fail:
      return {"#ffffff", "#b01818", true};
    case Style::rig_fault:
      return {"#101418", "#e0b000", true};
    case Style::stopped:
      return {"#ffffff", "#2456b8", true};
  }
  return {"#d8d8d8", ""};
}

/// Half blocks are drawn as rectangles: fonts leave gaps between lines.
std::string dots(std::string_view text, double x, double y, const char* colour) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); x += kCell) {
    const auto rest = text.substr(i);
    const bool full = rest.starts_with("█");
    const bool upper = rest.starts_with("▀");
    const bool lower = rest.starts_with("▄");
    if (full || upper || lower)
      out += fmt::format(
          R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>)", x,
          y + (lower ? kHeight / 2 : 0), kCell + 0.3, (full ? kHeight : kHeight / 2) + 0.3, colour);
    i += full || upper || lower ? 3 : 1;
    while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U) ++i;
  }
  return out;
}

bool has_blocks(std::string_view text) {
  for (const auto* block : {"█", "▀", "▄"})
    if (text.find(block) != std::string_view::npos) return true;
  return false;
}

std::string without_blocks(std::string text) {
  for (const auto* block : {"█", "▀", "▄"})
    for (auto at = text.find(block); at != std::string::npos; at = text.find(block))
      text.replace(at, 3, " ");
  return text;
}

/// Each word at its own place: what a viewer makes of spaces does not matter then.
std::string words(std::string_view text, double x, double y, const Paint& paint) {
  std::string out;
  int column = 0;
  while (!text.empty()) {
    const auto start = std::min(text.find_first_not_of(' '), text.size());
    column += static_cast<int>(start);
    text.remove_prefix(start);
    const auto word = text.substr(0, text.find(' '));
    if (word.empty()) break;
    const int cells = cells_of(word);
    out += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" textLength="{:.1f}" fill="{}"{}>{}</text>)",
                       x + column * kCell, y + kBaseline, cells * kCell, paint.text,
                       paint.bold ? R"( font-weight="bold")" : "", html_escaped(word));
    column += cells;
    text.remove_prefix(word.size());
  }
  return out;
}

std::string svg_of(const Span& span, double x, double y, int cells) {
  const auto paint = paint_of(span.style);
  std::string out;
  if (*paint.ground != '\0')
    out += fmt::format(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>)",
                       x, y, cells * kCell, kHeight + 0.3, paint.ground);
  if (has_blocks(span.text)) out += dots(span.text, x, y, paint.text);
  return out + words(without_blocks(span.text), x, y, paint);
}

}  // namespace

std::string board_svg(const std::vector<Line>& lines, int columns) {
  const double width = columns * kCell + 2 * kMargin;
  const double height = static_cast<double>(lines.size()) * kHeight + 2 * kMargin;
  std::string out = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" )"
      R"(height="{1:.0f}" font-family="DejaVu Sans Mono, Liberation Mono, monospace" font-size="14">)"
      "\n"
      R"(<rect width="{0:.0f}" height="{1:.0f}" rx="6" fill="#101418"/>)"
      "\n",
      width, height);
  double y = kMargin;
  for (const auto& line : lines) {
    int column = 0;
    for (const auto& span : line) {
      const int cells = cells_of(span.text);
      out += svg_of(span, kMargin + column * kCell, y, cells);
      column += cells;
    }
    out += "\n";
    y += kHeight;
  }
  return out + "</svg>\n";
}

}  // namespace plugrig::cli
