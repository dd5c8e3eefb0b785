#include "rig/engine/serial_pattern.hpp"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

namespace plugrig {
namespace {

constexpr std::size_t kLongestPattern = 100;
constexpr int kLargestCount = 64;

struct FreeRegex {
  void operator()(regex_t* regex) const {
    regfree(regex);
    delete regex;  // NOLINT(cppcoreguidelines-owning-memory)
  }
};
using Regex = std::unique_ptr<regex_t, FreeRegex>;

/// Compiles; `error` is regcomp's code.
Regex compile(const std::string& pattern, int& error) {
  auto regex = std::make_unique<regex_t>();
  error = regcomp(regex.get(), pattern.c_str(), REG_EXTENDED);
  // A regex that was not compiled must not be freed by regfree.
  return error == 0 ? Regex(regex.release()) : Regex();
}

std::string message_of(int error) {
  std::array<char, 128> text{};
  regerror(error, nullptr, text.data(), text.size());
  return text.data();
}

bool is_repeat(char c) { return c == '*' || c == '+' || c == '?' || c == '{'; }

/// Length of the count at the front of `text` ("{2,5}"), and whether it is small enough.
std::string count_problem(std::string_view text) {
  int number = 0;
  for (const char c : text.substr(1, text.find('}') - 1)) {
    if (c == ',') {
      number = 0;
    } else if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      return "a count is written {6} or {2,6}";
    } else {
      number = std::min(number * 10 + (c - '0'), 1000);
    }
    if (number > kLargestCount) return fmt::format("a count is at most {}", kLargestCount);
  }
  return {};
}

/// Index of the ']' that ends the class which begins at `at`, or npos.
std::size_t class_end(std::string_view pattern, std::size_t at) {
  std::size_t from = at + 1;
  if (from < pattern.size() && pattern[from] == '^') ++from;
  if (from < pattern.size() && pattern[from] == ']') ++from;
  for (; from < pattern.size() && pattern[from] != ']'; ++from) {
    if (pattern[from] != '[' || from + 1 >= pattern.size()) continue;
    if (pattern[from + 1] != ':') return std::string_view::npos;  // [.x.] and [=x=]
    from = pattern.find(":]", from);
    if (from == std::string_view::npos) return from;
    ++from;
  }
  return from < pattern.size() ? from : std::string_view::npos;
}

/// What the C library would take, and either understand otherwise than meant or need long for.
std::string shape_problem(std::string_view pattern) {
  int groups = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const char following = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (c < ' ' || c > '~') return "it holds a character that no scanner sends";
    if (c == '\\' && std::isalnum(static_cast<unsigned char>(following)) != 0)
      return fmt::format("'\\{}' is not known here; write a class such as [0-9]", following);
    if (c == '\\') {
      ++i;
    } else if (c == '[') {
      i = class_end(pattern, i);
      if (i == std::string_view::npos) return "a class in [ ] has no end, or a name in it";
    } else if (c == '(') {
      if (++groups > 1) return "it may have one group in ( ), for the check digit";
      if (following == '?') return "'(?' is not known here";
    } else if (c == ')' && groups == 0) {
      return "')' without '('";
    } else if (c == ')' && is_repeat(following)) {
      return "a group in ( ) must not be repeated";
    } else if (c == '{') {
      if (pattern.find('}', i) == std::string_view::npos) return "'{' without '}'";
      if (auto problem = count_problem(pattern.substr(i)); !problem.empty()) return problem;
    } else if (is_repeat(c) && is_repeat(following)) {
      return "two repeats stand behind each other";
    } else if (c == '}' && is_repeat(following)) {
      return "two repeats stand behind each other";
    }
  }
  return {};
}

}  // namespace

std::string pattern_problem(const std::string& pattern) {
  if (pattern.empty()) return "it is empty";
  if (pattern.size() > kLongestPattern)
    return fmt::format("it is longer than {} characters", kLongestPattern);
  if (auto problem = shape_problem(pattern); !problem.empty()) return problem;
  int error = 0;
  const Regex regex = compile(pattern, error);
  return regex ? std::string() : message_of(error);
}

std::optional<PatternMatch> match_pattern(const std::string& pattern, const std::string& serial) {
  int error = 0;
  const Regex regex = compile(pattern, error);
  if (!regex || serial.size() > kLongestSerial) return std::nullopt;
  // POSIX matches are the longest of the leftmost: one that fits the whole serial is found.
  std::array<regmatch_t, 2> found{};
  if (regexec(regex.get(), serial.c_str(), found.size(), found.data(), 0) != 0) return std::nullopt;
  if (found[0].rm_so != 0 || found[0].rm_eo != static_cast<regoff_t>(serial.size()))
    return std::nullopt;
  PatternMatch match;
  match.has_group = found[1].rm_so >= 0;
  if (match.has_group) {
    match.group_at = static_cast<std::size_t>(found[1].rm_so);
    match.group_length = static_cast<std::size_t>(found[1].rm_eo - found[1].rm_so);
  }
  return match;
}

}  // namespace plugrig
