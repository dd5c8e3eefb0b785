#include "rig/core/source_excerpt.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace plugrig {
namespace {

constexpr int max_columns = 100;  ///< of the shown line
constexpr int kept_head = 24;     ///< columns kept of the beginning of a long line: the key's name
constexpr int kept_before = 30;   ///< columns kept before the caret
constexpr std::string_view gap = " ... ";

struct Range {
  char32_t first;
  char32_t last;
};

/// Characters that take no column: combining marks, joiners, variation selectors.
constexpr std::array<Range, 6> zero_width{{{0x0300, 0x036F},
                                           {0x200B, 0x200F},
                                           {0x20D0, 0x20FF},
                                           {0xFE00, 0xFE0F},
                                           {0xFE20, 0xFE2F},
                                           {0xFEFF, 0xFEFF}}};
/// Characters that take two columns (Unicode East Asian Width "W" and "F", in coarse blocks).
constexpr std::array<Range, 7> double_width{{{0x1100, 0x115F},
                                             {0x2E80, 0xA4CF},
                                             {0xAC00, 0xD7A3},
                                             {0xF900, 0xFAFF},
                                             {0xFE30, 0xFE6F},
                                             {0xFF00, 0xFF60},
                                             {0x1F300, 0x1FAFF}}};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t code) {
  return std::ranges::any_of(ranges,
                             [code](const Range& r) { return code >= r.first && code <= r.last; });
}

int width_of(char32_t code) {
  if (within(zero_width, code)) return 0;
  return within(double_width, code) ? 2 : 1;
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
         (code >= 0x202A && code <= 0x202E);  // the last: changes of writing direction
}

/// One character of a line as shown.
struct Glyph {
  std::string shown;
  std::size_t at = 0;  ///< byte offset in the line
  int width = 1;
};

std::vector<Glyph> glyphs_of(std::string_view line) {
  std::vector<Glyph> glyphs;
  for (std::size_t at = 0; at < line.size();) {
    char32_t code = 0;
    const std::size_t length = utf8_length(line.substr(at), code);
    if (length == 0) {
      glyphs.push_back({"?", at, 1});
      ++at;
      continue;
    }
    if (code == '\t') {
      glyphs.push_back({"\t", at, 1});
    } else if (is_control(code)) {
      glyphs.push_back({"?", at, 1});
    } else {
      glyphs.push_back({std::string(line.substr(at, length)), at, width_of(code)});
    }
    at += length;
  }
  return glyphs;
}

std::string_view line_at(std::string_view text, int line) {
  for (int current = 1; current < line; ++current) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

/// Blanks as wide as the glyph; a tab stays a tab, so both lines meet the same tab stops.
std::string blank_of(const Glyph& glyph) {
  if (glyph.shown == "\t") return "\t";
  return std::string(static_cast<std::size_t>(glyph.width), ' ');
}

/// The two lines being built.
struct Excerpt {
  std::string line;
  std::string under;  ///< only as far as the caret

  void add(const std::vector<Glyph>& glyphs, std::size_t from, std::size_t to, std::size_t caret) {
    for (std::size_t i = from; i < to; ++i) {
      line += glyphs[i].shown;
      if (i < caret) under += blank_of(glyphs[i]);
    }
  }
};

}  // namespace

std::size_t utf8_length(std::string_view text, char32_t& code) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) {
    code = lead;
    return 1;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < smallest.at(length) || code > 0x10FFFF || surrogate) return 0;
  return length;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const Glyph& glyph : glyphs_of(text)) out += glyph.shown == "\t" ? "?" : glyph.shown;
  return out;
}

std::string source_excerpt(std::string_view text, SourcePlace place) {
  if (place.line < 1 || place.column < 1) return {};
  const std::string_view line = line_at(text, place.line);
  const std::vector<Glyph> glyphs = glyphs_of(line);
  if (glyphs.empty()) return {};

  const auto column = static_cast<std::size_t>(place.column - 1);
  const auto after = std::ranges::find_if(glyphs, [&](const Glyph& g) { return g.at > column; });
  auto caret = static_cast<std::size_t>(after - glyphs.begin());
  if (caret > 0 && column < line.size()) --caret;  // the glyph that holds the column

  Excerpt excerpt;
  const auto count = static_cast<int>(glyphs.size());
  const auto at = static_cast<int>(caret);
  if (count <= max_columns) {
    excerpt.add(glyphs, 0, glyphs.size(), caret);
  } else {
    const bool head = at > kept_head + kept_before;
    const int from = head ? at - kept_before : 0;
    if (head) {
      excerpt.add(glyphs, 0, static_cast<std::size_t>(kept_head), caret);
      excerpt.line += gap;
      excerpt.under += std::string(gap.size(), ' ');
    }
    const int room = max_columns - (head ? kept_head + static_cast<int>(gap.size()) : 0);
    const int to = std::min(count, from + room);
    excerpt.add(glyphs, static_cast<std::size_t>(from), static_cast<std::size_t>(to), caret);
    if (to < count) excerpt.line += gap.substr(0, gap.size() - 1);
  }
  return excerpt.line + '\n' + excerpt.under + "^\n";
}

}  // namespace plugrig
