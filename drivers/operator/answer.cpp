#include "drivers/operator/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "rig/core/problem.hpp"
#include "rig/core/unit_table.hpp"

namespace plugrig::person {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// The table's unit with this symbol, or null.
const Unit* unit_of(std::string_view symbol) {
  const auto table = unit_table();
  const auto known = std::ranges::find(table, symbol, &Unit::symbol);
  return known == table.end() ? nullptr : &*known;
}

/// The number's text with a decimal point; nothing when a comma could mean either.
std::optional<std::string> with_point(std::string_view number) {
  std::string out(number);
  const std::size_t comma = out.find(',');
  if (comma == std::string::npos) return out;
  const std::string_view after = std::string_view(out).substr(comma + 1);
  const std::string_view before = std::string_view(out).substr(0, comma);
  const bool thousands = after.size() == 3 && before != "0" && before != "-0";
  if (thousands || after.find_first_of(",.") != std::string_view::npos ||
      before.find('.') != std::string_view::npos) {
    return std::nullopt;
  }
  out[comma] = '.';
  return out;
}

/// Where the number ends and its unit begins.
std::size_t number_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && (is_digit(text[at]) || text[at] == ',' || text[at] == '.' ||
                              text[at] == '+' || text[at] == '-')) {
    ++at;
  }
  return at;
}

std::optional<double> plain_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

/// Factor from the typed unit to the wanted one; nothing when they do not go together.
std::optional<double> conversion(std::string_view typed, std::string_view wanted) {
  // Nobody thinks of the case of a unit's letters; only prefixes differ by it ("mW", "MW").
  if (typed.empty() || lowered(typed) == lowered(wanted)) return 1.0;
  const Unit* from = unit_of(typed);
  const Unit* to = unit_of(wanted);
  if (from == nullptr || to == nullptr || from->dimension != to->dimension) return std::nullopt;
  return from->factor / to->factor * std::pow(10.0, from->exponent - to->exponent);
}

std::string example(std::string_view unit) {
  return unit.empty() ? "Type a number such as 12.3."
                      : fmt::format("Type a number such as 12.3 {}.", unit);
}

}  // namespace

std::optional<bool> parse_confirmation(std::string_view text) {
  static constexpr std::array<std::string_view, 4> yes{"y", "yes", "ok", "true"};
  static constexpr std::array<std::string_view, 3> no{"n", "no", "false"};
  const std::string word = lowered(trimmed(text));
  if (std::ranges::find(yes, word) != yes.end()) return true;
  if (std::ranges::find(no, word) != no.end()) return false;
  return std::nullopt;
}

std::variant<double, NotUnderstood> parse_value(std::string_view text, std::string_view unit) {
  text = trimmed(text);
  if (text.empty()) return NotUnderstood{example(unit)};
  const std::size_t length = number_length(text);
  const std::string_view typed_unit = trimmed(text.substr(length));
  const auto number = with_point(text.substr(0, length));
  if (!number) {
    return NotUnderstood{
        fmt::format("{} could be read in two ways. Use a point for decimals and nothing between "
                    "thousands.",
                    in_quotes(text))};
  }
  const auto value = plain_number(*number);
  if (!value)
    return NotUnderstood{fmt::format("{} is no number. {}", in_quotes(text), example(unit))};
  const auto factor = conversion(typed_unit, unit);
  if (!factor) {
    return NotUnderstood{
        fmt::format("{} is no unit for this. {}", in_quotes(typed_unit), example(unit))};
  }
  return *value * *factor;
}

std::variant<double, NotUnderstood> answer_to(const OperatorPrompt& prompt, std::string_view text) {
  auto parsed = parse_value(text, prompt.unit);
  const auto* value = std::get_if<double>(&parsed);
  if (value == nullptr) return parsed;
  const std::string unit = prompt.unit.empty() ? "" : " " + prompt.unit;
  if (prompt.low && *value < *prompt.low) {
    return NotUnderstood{fmt::format("{}{} is too low, at least {}{} is expected.", *value, unit,
                                     *prompt.low, unit)};
  }
  if (prompt.high && *value > *prompt.high) {
    return NotUnderstood{fmt::format("{}{} is too high, at most {}{} is expected.", *value, unit,
                                     *prompt.high, unit)};
  }
  return *value;
}

std::string prompt_text(const OperatorPrompt& prompt) {
  std::string text =
      prompt.slot.empty() ? prompt.text : fmt::format("[{}] {}", prompt.slot, prompt.text);
  const std::string unit = prompt.unit.empty() ? "" : prompt.unit + ", ";
  if (prompt.low && prompt.high)
    return text + fmt::format(" ({}{} to {})", unit, *prompt.low, *prompt.high);
  if (prompt.low) return text + fmt::format(" ({}at least {})", unit, *prompt.low);
  if (prompt.high) return text + fmt::format(" ({}at most {})", unit, *prompt.high);
  return prompt.unit.empty() ? text : text + fmt::format(" ({})", prompt.unit);
}

}  // namespace plugrig::person
