#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rig/core/problem.hpp"

namespace plugrig::yaml {

/// Lines of a text, to turn any place into one that exists.
class LineTable {
 public:
  explicit LineTable(std::string_view text);

  /// `place` moved into the text: line 1…last, column 1…one behind the line's end.
  [[nodiscard]] SourcePlace clamp(SourcePlace place) const;
  /// The line's bytes without its line end; empty outside.
  [[nodiscard]] std::string_view line(int number) const;
  [[nodiscard]] int count() const { return static_cast<int>(lines_.size()); }
  /// The text from `place` (clamped) to the end of its line.
  [[nodiscard]] std::string_view rest(SourcePlace place) const;
  /// The last character before `place` that is neither blank nor comment; 1:1 when there is none.
  /// (A '#' counts as the beginning of a comment behind a blank, quotes are not looked at.)
  [[nodiscard]] SourcePlace last_before(SourcePlace place) const;
  /// True when the quoted text that begins at `place` has its closing quote.
  [[nodiscard]] bool closes_quote(SourcePlace place) const;

 private:
  std::vector<std::string_view> lines_;
};

/// Checks that have to come before a YAML parser sees the bytes: size (1 MiB), UTF-8, control
/// characters, bare carriage returns. False when the text must not be parsed; the reasons are in
/// `problems` (at most 20 of them).
bool check_bytes(const std::string& file, std::string_view text, Problems& problems);

/// Places of tabs among the leading blanks of lines that are not empty.
std::vector<SourcePlace> indentation_tabs(const LineTable& lines);

/// What a message of the YAML library means for the person who wrote the file.
struct SyntaxMessage {
  std::string message;
  std::string hint;
};
SyntaxMessage explain_syntax(const std::string& library_message);

/// Quotes that are never closed: the library overlooks them when the text ends with a line feed.
SyntaxMessage unclosed_quote();

}  // namespace plugrig::yaml
