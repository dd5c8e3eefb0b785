#pragma once

#include <string>
#include <string_view>

namespace plugrig {

/// `text` as valid UTF-8 without control characters other than line feed and tab: wrong bytes
/// become U+FFFD, control characters `?`. Texts of a record come from plugs, files and people.
std::string clean_text(std::string_view text);

/// `text` for HTML and SVG, in elements and in quoted attributes.
std::string html_escaped(std::string_view text);

/// The same for XML 1.0, which has no place for U+FFFE and U+FFFF, escaped or not: they become `?`.
std::string xml_escaped(std::string_view text);

}  // namespace plugrig
