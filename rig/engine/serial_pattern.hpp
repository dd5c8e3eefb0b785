#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace plugrig {

/// Longest serial of any product, in characters.
inline constexpr std::size_t kLongestSerial = 64;

/// Pattern of a serial: an extended regular expression of POSIX (the C library's regcomp), which
/// must fit the whole serial: `EP2-[0-9]{6}[0-9X]`. One group may stand in parentheses, to say what
/// the check digit guards.
///
/// A product file must not be able to hang a bench: patterns are short, groups are not repeated,
/// counts are small, nothing refers back; then the C library's automaton takes microseconds.

/// Why `pattern` is none, one sentence without a full stop; empty when it is one.
std::string pattern_problem(const std::string& pattern);

/// What a pattern found in a serial.
struct PatternMatch {
  std::size_t group_at = 0;  ///< of the group, or 0
  std::size_t group_length = 0;
  bool has_group = false;
};

/// Empty when the serial does not fit. `pattern` must be without problem.
std::optional<PatternMatch> match_pattern(const std::string& pattern, const std::string& serial);

}  // namespace plugrig
