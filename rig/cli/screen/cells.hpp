#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Text on a terminal, measured in cells. Pure functions; the program's locale does not matter.
namespace plugrig::cli {

/// How a piece of text looks. Colours are left out on a terminal that must not have any; what they
/// say is always said by words and shapes as well.
enum class Style : std::uint8_t { plain, bold, dim, inverse, pass, fail, rig_fault, stopped };

struct Span {
  std::string text;
  Style style = Style::plain;
};

/// One line of a screen, without line feed.
using Line = std::vector<Span>;

/// Cells that `text` takes: CJK takes two a character, combining marks none. Bytes that are no
/// UTF-8 and control characters count as one.
int cells_of(std::string_view text);

/// `text` with every control character and wrong byte replaced by `?`: nothing that a plug or a
/// file says can move the cursor. `ascii`: everything beyond ASCII is written with what is near.
std::string for_terminal(std::string_view text, bool ascii);

/// Exactly `cells` wide: filled with spaces, or cut at the end with `…` (`~` in ASCII) in place of
/// what is missing. `text` has gone through `for_terminal`.
std::string fitted(std::string_view text, int cells, bool ascii);

/// A line cut or filled to exactly `cells`.
Line fitted(const Line& line, int cells, bool ascii);

std::string text_of(const Line& line);

/// The line with escape sequences for its styles; ends in plain. Without colour, the verdicts'
/// styles become inverse video.
std::string ansi_of(const Line& line, bool colour);

}  // namespace plugrig::cli
