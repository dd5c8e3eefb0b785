#include "rig/core/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rig/core/source_excerpt.hpp"

namespace plugrig::yaml {
namespace {

constexpr std::size_t largest_text = std::size_t{1} << 20U;
constexpr int most_byte_problems = 20;

struct Explanation {
  std::string_view contains;  ///< part of the library's message
  std::string_view message;
  std::string_view hint;
};

/// First match wins. The texts on the left are those of yaml-cpp 0.7.
constexpr std::array<Explanation, 19> explanations{{
    {"end of map flow not found", "this '{' is not closed", "add '}' or ','"},
    {"end of sequence flow not found", "this '[' is not closed", "add ']' or ','"},
    {"end of map not found", "this does not continue the map above it",
     "check the quotes, the indentation and the ':' after the key"},
    {"end of sequence not found", "this does not continue the list above it",
     "check the quotes, the indentation and the '- '"},
    {"illegal map value", "a ':' is not possible here",
     "put texts with ': ' into quotes, or check the indentation"},
    {"illegal map key", "a key is not possible here", "check the indentation"},
    {"illegal block entry", "a list item is not possible here", "check the indentation"},
    {"illegal EOF in scalar", "the text ends inside quotes", "add the closing quote"},
    {"illegal tab when looking for indentation", "tab in the indentation", "use blanks"},
    {"illegal document indicator in scalar", "'---' or '...' inside quotes",
     "add the closing quote before it"},
    {"illegal flow end", "a closing bracket without its opening one", ""},
    {"unknown escape character", "unknown escape after '\\'",
     "write '\\\\' for one backslash, or use single quotes"},
    {"bad character found while scanning hex number", "bad hexadecimal escape", ""},
    {"invalid unicode", "escape of a character that does not exist", ""},
    {"referenced anchor is not defined", "aliases (*name) are not allowed",
     "write the value out, or put it into quotes"},
    {"alias", "aliases (*name) are not allowed", "put a text that begins with '*' into quotes"},
    {"anchor", "anchors (&name) are not allowed", "put a text that begins with '&' into quotes"},
    {"tag", "tags (!name) are not allowed", "put a text that begins with '!' into quotes"},
    {"unknown token", "this character cannot begin a value", "put the text into quotes"},
}};

bool allowed_control(char32_t code) { return code == '\t' || code == '\n' || code == '\r'; }

/// What is wrong with the character `code` at `at`, or nothing.
std::string wrong_with(std::string_view text, std::size_t at, std::size_t length, char32_t code) {
  if (length == 0)
    return fmt::format("byte 0x{:02X} is not UTF-8", static_cast<unsigned char>(text[at]));
  if ((code < 0x20 && !allowed_control(code)) || code == 0x7F) {
    return fmt::format("control character 0x{:02X}", static_cast<unsigned>(code));
  }
  if (code == '\r' && (at + 1 == text.size() || text[at + 1] != '\n')) {
    return "carriage return without line feed";
  }
  if (code == 0x85 || code == 0x2028 || code == 0x2029) {
    return fmt::format("line separator U+{:04X}", static_cast<unsigned>(code));
  }
  if (code == 0xFEFF) return "byte order mark inside the text";
  return {};
}

}  // namespace

LineTable::LineTable(std::string_view text) {
  while (true) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  // A line feed ends the last line; it does not begin another.
  if (lines_.size() > 1 && lines_.back().empty()) lines_.pop_back();
}

SourcePlace LineTable::clamp(SourcePlace place) const {
  if (place.line < 1) return {1, 1};
  if (place.line > count()) {
    return {count(), static_cast<int>(lines_.back().size()) + 1};
  }
  const auto end = static_cast<int>(line(place.line).size()) + 1;
  return {place.line, std::clamp(place.column, 1, end)};
}

std::string_view LineTable::line(int number) const {
  if (number < 1 || number > count()) return {};
  return lines_[static_cast<std::size_t>(number - 1)];
}

std::string_view LineTable::rest(SourcePlace place) const {
  const SourcePlace inside = clamp(place);
  return line(inside.line).substr(static_cast<std::size_t>(inside.column - 1));
}

SourcePlace LineTable::last_before(SourcePlace place) const {
  SourcePlace inside = clamp(place);
  std::string_view part = line(inside.line).substr(0, static_cast<std::size_t>(inside.column - 1));
  while (true) {
    const std::size_t comment = part.starts_with('#') ? 0 : part.find(" #");
    const std::size_t last = part.substr(0, comment).find_last_not_of(" \t");
    if (last != std::string_view::npos) return {inside.line, static_cast<int>(last) + 1};
    if (inside.line == 1) return {1, 1};
    part = line(--inside.line);
  }
}

bool LineTable::closes_quote(SourcePlace place) const {
  std::string_view part = rest(place);
  if (part.empty()) return false;
  const char quote = part.front();
  part.remove_prefix(1);
  for (int number = place.line;; part = line(++number)) {
    for (std::size_t at = 0; at < part.size(); ++at) {
      if (quote == '"' && part[at] == '\\') {
        ++at;  // the escaped character
      } else if (part[at] == quote) {
        const bool doubled = quote == '\'' && at + 1 < part.size() && part[at + 1] == quote;
        if (!doubled) return true;
        ++at;
      }
    }
    if (number >= count()) return false;
  }
}

bool check_bytes(const std::string& file, std::string_view text, Problems& problems) {
  if (text.size() > largest_text) {
    problems.error(file, {}, "the file is larger than 1 MiB");
    return false;
  }
  int found = 0;
  SourcePlace place{1, 1};
  for (std::size_t at = 0; at < text.size() && found < most_byte_problems;) {
    char32_t code = 0;
    const std::size_t length = utf8_length(text.substr(at), code);
    const std::string wrong = wrong_with(text, at, length, code);
    if (!wrong.empty()) {
      problems.error(file, place, wrong, "save the file as UTF-8 text");
      ++found;
    }
    const std::size_t step = std::max<std::size_t>(length, 1);
    place.column += static_cast<int>(step);
    if (length == 1 && code == '\n') place = {place.line + 1, 1};
    at += step;
  }
  return found == 0;
}

std::vector<SourcePlace> indentation_tabs(const LineTable& lines) {
  std::vector<SourcePlace> places;
  for (int number = 1; number <= lines.count(); ++number) {
    const std::string_view line = lines.line(number);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') continue;
    const std::size_t tab = line.find('\t');
    if (tab < first) places.push_back({number, static_cast<int>(tab) + 1});
  }
  return places;
}

SyntaxMessage explain_syntax(const std::string& library_message) {
  const auto known = std::ranges::find_if(explanations, [&](const Explanation& e) {
    return library_message.find(e.contains) != std::string::npos;
  });
  if (known == explanations.end()) return {"not YAML: " + library_message, {}};
  return {std::string(known->message), std::string(known->hint)};
}

SyntaxMessage unclosed_quote() { return explain_syntax("illegal EOF in scalar"); }

}  // namespace plugrig::yaml
