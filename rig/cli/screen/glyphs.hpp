#pragma once

#include <array>
#include <string>
#include <string_view>

namespace plugrig::cli {

/// Shapes that tell verdicts apart without colour and without words.
enum class Shape : std::uint8_t { check, cross, triangle, square, question };

/// Three lines of a text of the same width.
using Block = std::array<std::string, 3>;

/// `word` in letters three lines high, of half-block characters: readable from 2 m. Letters that
/// have no picture are left blank.
Block big_word(std::string_view word);
Block big_shape(Shape shape);

/// What stands for the shape where only ASCII is to be had.
char ascii_shape(Shape shape);
/// The shape as one character.
std::string_view small_shape(Shape shape, bool ascii);

}  // namespace plugrig::cli
