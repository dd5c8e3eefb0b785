#include "rig/core/unit_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include "rig/core/did_you_mean.hpp"
#include "rig/core/problem.hpp"

namespace plugrig {
namespace {

constexpr Dimension energy_dimension{.volt = 1, .ampere = 1, .second = 1};
constexpr double Ki = 1024;
constexpr double Mi = 1024 * 1024;

/// Sizes of memory: data sheets of flash chips say "1 MB" and mean 2^20 bytes (JEDEC JESD100B.01,
/// prefixes for semiconductor storage), so kB and MB are read that way. Printing uses KiB and MiB,
/// which nobody can take for something else.
constexpr std::array<Unit, 40> units{{
    {"s", time_dimension},
    {"ms", time_dimension, 1, -3},
    {"us", time_dimension, 1, -6},
    {"\u00B5s", time_dimension, 1, -6, UnitUse::never},  // micro sign
    {"\u03BCs", time_dimension, 1, -6, UnitUse::never},  // Greek mu
    {"ns", time_dimension, 1, -9},
    {"min", time_dimension, 60, 0, UnitUse::when_whole},
    {"h", time_dimension, 3600, 0, UnitUse::when_whole},
    {"B", bytes_dimension},
    {"kB", bytes_dimension, Ki, 0, UnitUse::never},
    {"KiB", bytes_dimension, Ki, 0, UnitUse::when_whole},
    {"MB", bytes_dimension, Mi, 0, UnitUse::never},
    {"MiB", bytes_dimension, Mi, 0, UnitUse::when_whole},
    {"Hz", frequency_dimension},
    {"mHz", frequency_dimension, 1, -3},
    {"kHz", frequency_dimension, 1, 3},
    {"MHz", frequency_dimension, 1, 6},
    {"V", voltage_dimension},
    {"uV", voltage_dimension, 1, -6},
    {"mV", voltage_dimension, 1, -3},
    {"kV", voltage_dimension, 1, 3},
    {"A", current_dimension},
    {"uA", current_dimension, 1, -6},
    {"mA", current_dimension, 1, -3},
    {"W", power_dimension},
    {"mW", power_dimension, 1, -3},
    {"kW", power_dimension, 1, 3},
    {"\u03A9", resistance_dimension},  // Greek omega
    {"Ohm", resistance_dimension, 1, 0, UnitUse::never},
    {"\u2126", resistance_dimension, 1, 0, UnitUse::never},  // ohm sign
    {"m\u03A9", resistance_dimension, 1, -3},
    {"mOhm", resistance_dimension, 1, -3, UnitUse::never},
    {"k\u03A9", resistance_dimension, 1, 3},
    {"J", energy_dimension},
    {"Wh", energy_dimension, 3600, 0, UnitUse::when_whole},
    {"kWh", energy_dimension, 3600, 3, UnitUse::when_whole},
    {"m", length_dimension},
    {"mm", length_dimension, 1, -3},
    {"%", dimensionless, 1, -2, UnitUse::usual, -2},
    {"ppm", dimensionless, 1, -6},
}};

struct Name {
  Dimension dimension;
  std::string_view name;
};
constexpr std::array<Name, 10> names{{{time_dimension, "duration"},
                                      {bytes_dimension, "number of bytes"},
                                      {frequency_dimension, "frequency"},
                                      {voltage_dimension, "voltage"},
                                      {current_dimension, "current"},
                                      {power_dimension, "power"},
                                      {resistance_dimension, "resistance"},
                                      {energy_dimension, "energy"},
                                      {length_dimension, "length"},
                                      {dimensionless, "ratio"}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// A decimal number: its digits as written, and the power of ten behind its 'e'.
struct Decimal {
  std::string mantissa;
  int exponent = 0;
};

double value_of(const Decimal& number) {
  const std::string text = fmt::format("{}e{}", number.mantissa, number.exponent);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{}) return value;
  return number.exponent < 0 ? 0.0 : std::numeric_limits<double>::infinity();
}

/// The number at the front of `text`, which then begins behind it.
std::optional<Decimal> take_number(std::string_view& text) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  if (text.size() <= sign || !is_digit(text[sign])) return std::nullopt;  // no ".5", "inf", "nan"
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view number = text.substr(0, static_cast<std::size_t>(end - text.data()));
  text.remove_prefix(number.size());

  const std::size_t e = number.find_first_of("eE");
  Decimal out{std::string(number.substr(0, e)), 0};
  if (e != std::string_view::npos) {
    std::string_view power = number.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    std::from_chars(power.data(), power.data() + power.size(), out.exponent);
  }
  return out;
}

/// The shortest decimal number that is read as `value`: one digit, then the rest as fraction.
Decimal shortest(double value) {
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::scientific);
  std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  return take_number(text).value_or(Decimal{"0", 0});
}

/// Without an exponent where that stays readable.
std::string written(const Decimal& number) {
  if (number.exponent < -6 || number.exponent > 15) {
    return fmt::format("{}e{}", number.mantissa, number.exponent);
  }
  std::string digits;
  for (const char c : number.mantissa) {
    if (is_digit(c)) digits += c;
  }
  const std::string sign = number.mantissa.starts_with('-') ? "-" : "";
  if (number.exponent < 0) {
    return sign + "0." + std::string(static_cast<std::size_t>(-number.exponent - 1), '0') + digits;
  }
  const auto whole = static_cast<std::size_t>(number.exponent) + 1;
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0');
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && is_digit(text[1]);
}

std::string without_leading_zeros(std::string_view text) {
  const std::string sign = text.starts_with('-') ? "-" : "";
  text.remove_prefix(sign.size());
  while (has_leading_zero(text)) text.remove_prefix(1);
  return sign + std::string(text);
}

std::vector<std::string> symbols_of(const Dimension& dimension) {
  std::vector<std::string> out;
  for (const Unit& unit : units) {
    if (unit.dimension == dimension) out.emplace_back(unit.symbol);
  }
  return out;
}

const Unit* find_unit(std::string_view symbol) {
  const auto* const found = std::ranges::find(units, symbol, &Unit::symbol);
  return found == units.end() ? nullptr : found;
}

const Unit* base_unit(const Dimension& dimension) {
  const auto* const found = std::ranges::find(units, dimension, &Unit::dimension);
  return found == units.end() ? nullptr : found;
}

/// The symbol to write for a dimension: the base unit's, "%" for ratios.
std::string_view usual_symbol(const Dimension& dimension) {
  const Unit* const unit = base_unit(dimension);
  return unit == nullptr ? "" : unit->symbol;
}

/// "a duration", "an energy"
std::string with_article(const Dimension& dimension) {
  const std::string_view name = dimension_name(dimension);
  return (name.starts_with('e') ? "an " : "a ") + std::string(name);
}

/// `value` in front of `unit`, or nothing when the unit does not suit it.
std::optional<std::string> in_unit(double value, const Unit& unit, bool smallest) {
  if (unit.use == UnitUse::never) return std::nullopt;
  const double scaled = value / unit.factor;
  if (unit.factor != 1 && (scaled != std::trunc(scaled) || scaled * unit.factor != value)) {
    return std::nullopt;
  }
  Decimal number = shortest(scaled);
  number.exponent -= unit.exponent;
  if (unit.use == UnitUse::when_whole && number.exponent < 0) return std::nullopt;
  if (number.exponent < unit.least && !smallest) return std::nullopt;
  return written(number);
}

double size_of(const Unit& unit) { return unit.factor * std::pow(10.0, unit.exponent); }

}  // namespace

std::span<const Unit> unit_table() { return units; }

std::string_view dimension_name(const Dimension& dimension) {
  const auto* const found = std::ranges::find(names, dimension, &Name::dimension);
  return found == names.end() ? "quantity" : found->name;
}

std::string unit_choices(const Dimension& dimension) {
  std::string out;
  std::vector<std::string_view> shown;
  for (const Unit& unit : units) {
    const bool spelling = unit.use == UnitUse::never && dimension != bytes_dimension;
    if (unit.dimension == dimension && !spelling) shown.push_back(unit.symbol);
  }
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (i > 0) out += i + 1 == shown.size() ? " or " : ", ";
    out += shown[i];
  }
  return out;
}

std::variant<double, QuantityError> parse_quantity(std::string_view text, const Dimension& wanted) {
  const std::string_view whole = trimmed(text);
  const std::string shown = in_quotes(whole);
  std::string_view rest = whole;
  std::optional<Decimal> number = take_number(rest);
  if (!number) {
    return QuantityError{
        fmt::format("{} is not {}", shown, with_article(wanted)),
        fmt::format("write a number and a unit, such as '10 {}'", usual_symbol(wanted))};
  }
  if (has_leading_zero(whole)) {
    return QuantityError{fmt::format("{} has a leading zero", shown),
                         fmt::format("write '{}'", without_leading_zeros(whole))};
  }
  const std::string_view symbol = trimmed(rest);
  if (symbol.empty()) {
    return QuantityError{fmt::format("{} has no unit", shown),
                         fmt::format("write '{} {}'", whole, usual_symbol(wanted))};
  }
  const Unit* const unit = find_unit(symbol);
  if (unit == nullptr) {
    return QuantityError{
        fmt::format("{} has the unknown unit {}", shown, in_quotes(symbol)),
        did_you_mean(symbol, symbols_of(wanted), "write it in " + unit_choices(wanted))};
  }
  if (unit->dimension != wanted) {
    return QuantityError{
        fmt::format("{} is {}, not {}", shown, with_article(unit->dimension), with_article(wanted)),
        "write it in " + unit_choices(wanted)};
  }
  number->exponent += unit->exponent;
  const double value = value_of(*number) * unit->factor;
  if (!std::isfinite(value)) return QuantityError{fmt::format("{} is too large", shown), ""};
  return value;
}

std::variant<double, QuantityError> parse_tolerance(std::string_view text,
                                                    const Dimension& wanted) {
  std::string_view rest = trimmed(text);
  for (const std::string_view sign : {"\u00B1", "+/-", "+-"}) {
    if (!rest.starts_with(sign)) continue;
    rest = trimmed(rest.substr(sign.size()));
    if (rest.starts_with('-')) break;
    return parse_quantity(rest, wanted);
  }
  return QuantityError{fmt::format("{} is not a tolerance", in_quotes(text)),
                       fmt::format("write '\u00B1' and {}, such as '\u00B1 1 {}'",
                                   with_article(wanted), usual_symbol(wanted))};
}

std::string print_quantity(double value, const Dimension& dimension) {
  if (!std::isfinite(value)) return fmt::format("{} {}", value, usual_symbol(dimension));
  if (value == 0) return fmt::format("0 {}", usual_symbol(dimension));
  const Unit* best = nullptr;
  const Unit* smallest = nullptr;
  for (const Unit& unit : units) {
    if (unit.dimension != dimension) continue;
    const bool suits = in_unit(value, unit, false).has_value();
    if (suits && (best == nullptr || size_of(unit) > size_of(*best))) best = &unit;
    if (unit.use != UnitUse::usual) continue;
    if (smallest == nullptr || size_of(unit) < size_of(*smallest)) smallest = &unit;
  }
  const Unit* const unit = best != nullptr ? best : smallest;
  if (unit == nullptr) return written(shortest(value));  // a dimension without units
  return fmt::format("{} {}", in_unit(value, *unit, true).value_or(""), unit->symbol);
}

}  // namespace plugrig
