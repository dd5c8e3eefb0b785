#pragma once

#include <string>
#include <string_view>

#include "rig/core/problem.hpp"

namespace plugrig {

/// The line of `text` at `place` and a caret under its column, both with a line feed; empty when
/// there is no such line. Lines wider than 100 columns keep their beginning and the part around
/// the caret. Bytes that are no printable UTF-8 show as '?', so a file cannot drive the terminal.
std::string source_excerpt(std::string_view text, SourcePlace place);

/// `text` as it may stand inside a message: control characters and broken UTF-8 become '?'.
std::string printable(std::string_view text);

/// Length in bytes of the UTF-8 character that `text` begins with; 0 when it is none (overlong,
/// surrogate, cut off, above U+10FFFF, or `text` is empty). `code` receives the code point.
std::size_t utf8_length(std::string_view text, char32_t& code);

}  // namespace plugrig
