#include "rig/cli/screen/glyphs.hpp"

#include <cstdint>

namespace plugrig::cli {
namespace {

constexpr std::size_t kRows = 5;  ///< dots; the sixth row of a block of three lines stays empty

struct Glyph {
  char letter;
  std::array<std::string_view, kRows> dots;
};

constexpr std::array letters{
    Glyph{'A', {".#.", "#.#", "###", "#.#", "#.#"}},
    Glyph{'D', {"##.", "#.#", "#.#", "#.#", "##."}},
    Glyph{'E', {"###", "#..", "##.", "#..", "###"}},
    Glyph{'F', {"###", "#..", "##.", "#..", "#.."}},
    Glyph{'G', {".##", "#..", "#.#", "#.#", ".##"}},
    Glyph{'I', {"###", ".#.", ".#.", ".#.", "###"}},
    Glyph{'L', {"#..", "#..", "#..", "#..", "###"}},
    Glyph{'O', {"###", "#.#", "#.#", "#.#", "###"}},
    Glyph{'P', {"##.", "#.#", "##.", "#..", "#.."}},
    Glyph{'R', {"##.", "#.#", "##.", "#.#", "#.#"}},
    Glyph{'S', {".##", "#..", ".#.", "..#", "##."}},
    Glyph{'T', {"###", ".#.", ".#.", ".#.", ".#."}},
    Glyph{'U', {"#.#", "#.#", "#.#", "#.#", "###"}},
    Glyph{'Y', {"#.#", "#.#", ".#.", ".#.", ".#."}},
    Glyph{' ', {".", ".", ".", ".", "."}},
};

struct ShapeDots {
  std::string_view one;
  char ascii;
  std::array<std::string_view, kRows> dots;
};

/// In the order of Shape.
constexpr std::array shapes{
    ShapeDots{"✔", '+', {"....#", "...##", "#.##.", "###..", ".#..."}},
    ShapeDots{"✖", 'X', {"##.##", ".###.", "..#..", ".###.", "##.##"}},
    ShapeDots{"⚠", '!', {"..#..", ".###.", ".#.#.", "##.##", "#####"}},
    ShapeDots{"■", '#', {"#####", "#####", "#####", "#####", "#####"}},
    ShapeDots{"?", '?', {".###.", "#..##", "..##.", ".....", "..#.."}},
};

const ShapeDots& of(Shape shape) { return shapes.at(static_cast<std::size_t>(shape)); }

/// Two dots above each other in one character.
std::string_view half_block(bool upper, bool lower) {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}

void append(Block& block, const std::array<std::string_view, kRows>& dots) {
  for (std::size_t line = 0; line < block.size(); ++line)
    for (std::size_t x = 0; x < dots[0].size(); ++x) {
      const std::size_t below = 2 * line + 1;
      block.at(line) +=
          half_block(dots.at(2 * line).at(x) == '#', below < kRows && dots.at(below).at(x) == '#');
    }
}

}  // namespace

Block big_word(std::string_view word) {
  Block block;
  for (const char letter : word) {
    if (!block[0].empty())
      for (auto& line : block) line += ' ';
    bool found = false;
    for (const auto& glyph : letters) {
      if (glyph.letter != letter) continue;
      append(block, glyph.dots);
      found = true;
    }
    if (!found)
      for (auto& line : block) line += "   ";
  }
  return block;
}

Block big_shape(Shape shape) {
  Block block;
  append(block, of(shape).dots);
  return block;
}

char ascii_shape(Shape shape) { return of(shape).ascii; }

std::string_view small_shape(Shape shape, bool ascii) {
  const auto& dots = of(shape);
  return ascii ? std::string_view(&dots.ascii, 1) : dots.one;
}

}  // namespace plugrig::cli
