#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace plugrig {

/// Exponents of volt, ampere, second, byte and metre: W = V·A, Ω = V/A, Hz = 1/s, J = V·A·s.
struct Dimension {
  int volt = 0;
  int ampere = 0;
  int second = 0;
  int byte = 0;
  int metre = 0;
  friend bool operator==(const Dimension&, const Dimension&) = default;
};

inline constexpr Dimension dimensionless{};
inline constexpr Dimension time_dimension{.second = 1};
inline constexpr Dimension bytes_dimension{.byte = 1};
inline constexpr Dimension frequency_dimension{.second = -1};
inline constexpr Dimension voltage_dimension{.volt = 1};
inline constexpr Dimension current_dimension{.ampere = 1};
inline constexpr Dimension power_dimension{.volt = 1, .ampere = 1};
inline constexpr Dimension resistance_dimension{.volt = 1, .ampere = -1};
inline constexpr Dimension length_dimension{.metre = 1};

/// When a unit is chosen for printing.
enum class UnitUse : std::uint8_t {
  usual,       ///< when the number in front of it is large enough
  when_whole,  ///< only when that number is whole: 2 min, but 90 s
  never,       ///< other spellings, read only
};

/// One unit that files and reports may use: `factor` · 10^`exponent` base units. The power of ten
/// is kept apart because it only moves the decimal point: "12.3 mV" is the double nearest to
/// 0.0123.
struct Unit {
  std::string_view symbol;
  Dimension dimension;
  double factor = 1;
  int exponent = 0;
  UnitUse use = UnitUse::usual;
  int least = 0;  ///< the smallest number printed in front of it is 10^least
};

/// The one table of units, the base unit of a dimension before its other units.
std::span<const Unit> unit_table();

/// "duration", "voltage", …; "quantity" for a dimension without a name.
std::string_view dimension_name(const Dimension& dimension);

/// "s, ms, us, min or h": the units to write for a dimension, base unit first, for hints.
std::string unit_choices(const Dimension& dimension);

/// Why a text is no quantity: one sentence without a full stop, and what to write instead.
struct QuantityError {
  std::string message;
  std::string hint;
};

/// "60 s" as 60. Decimal number (sign, fraction and exponent allowed), optional blanks, unit. No
/// leading zero, no infinity. The unit must be of dimension `wanted`.
std::variant<double, QuantityError> parse_quantity(std::string_view text, const Dimension& wanted);

/// "± 1 %" (also "+- 1 %", "+/- 1 %") as 0.01; the sign is required, the number not negative.
std::variant<double, QuantityError> parse_tolerance(std::string_view text, const Dimension& wanted);

/// The value in a unit that makes it easy to read ("1.5 kW", "250 ms"), with as many digits as
/// `parse_quantity` needs to give back the same value.
std::string print_quantity(double value, const Dimension& dimension);

}  // namespace plugrig
