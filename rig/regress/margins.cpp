#include "rig/regress/margins.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "rig/core/unit_table.hpp"

namespace plugrig::regress {
namespace {

const Unit* unit_of(std::string_view symbol) {
  const auto units = unit_table();
  const auto found = std::ranges::find(units, symbol, &Unit::symbol);
  return found == units.end() ? nullptr : &*found;
}

double size_of(const Unit& unit) { return unit.factor * std::pow(10.0, unit.exponent); }

}  // namespace

std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::lower_is_better:
      return "lower_is_better";
    case Direction::higher_is_better:
      return "higher_is_better";
    case Direction::either:
      return "either";
    case Direction::nearer_zero_is_better:
      return "nearer_zero_is_better";
  }
  return "unknown";
}

std::optional<Amount> parse_amount(std::string_view text) {
  Amount amount;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, amount.number);
  if (error != std::errc{} || !std::isfinite(amount.number) || amount.number < 0) return {};
  const auto* unit = rest;
  while (unit != end && *unit == ' ') ++unit;
  amount.unit.assign(unit, end);
  // What begins like a number is a slip of the pen, no unit.
  if (amount.unit.find_first_of(" .,0123456789+-") == 0) return {};
  return amount;
}

std::optional<double> in_unit(const Amount& amount, std::string_view unit) {
  if (amount.unit == unit) return amount.number;
  const auto* from = unit_of(amount.unit);
  const auto* to = unit_of(unit);
  if (from == nullptr || to == nullptr || from->dimension != to->dimension) return {};
  return amount.number * size_of(*from) / size_of(*to);
}

bool pattern_fits(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

const Margin* margin_of(std::span<const Margin> margins, std::string_view quantity,
                        std::string_view unit) {
  const auto first = std::ranges::find_if(
      margins, [&](const Margin& margin) { return pattern_fits(margin.pattern, quantity); });
  if (first == margins.end()) return nullptr;
  const auto of_unit = std::find_if(first, margins.end(), [&](const Margin& margin) {
    return margin.pattern == first->pattern && margin.amount && in_unit(*margin.amount, unit);
  });
  return of_unit == margins.end() ? &*first : &*of_unit;
}

}  // namespace plugrig::regress
