#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig {

/// Characters of UTF-8 text, each counted as one column.
std::size_t text_width(std::string_view text);

/// `text` followed by blanks up to `width` columns.
std::string padded(std::string_view text, std::size_t width);

/// At most `width` columns: a longer text loses its middle to `…`, because both ends of names and
/// paths tell more.
std::string shortened_middle(std::string_view text, std::size_t width);

/// Lines of at most `width` columns, broken at blanks and line feeds, and within words that are
/// longer than a line. Control characters become blanks. At least one line.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace plugrig
