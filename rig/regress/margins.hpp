#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/field_spec.hpp"
#include "rig/core/yaml.hpp"

namespace plugrig::regress {

/// Which way a quantity may change without harm.
enum class Direction : std::uint8_t {
  lower_is_better,
  higher_is_better,
  either,                 ///< any change beyond the margin is one for the worse
  nearer_zero_is_better,  ///< sizes are compared, without their signs
};

/// "lower_is_better", …
std::string_view to_string(Direction direction);

/// A number in a unit, as a file says it.
struct Amount {
  double number = 0;
  std::string unit;
};

/// "0.15 %", "50 ms", "3": finite, not negative, in any unit. Nothing when it is none.
std::optional<Amount> parse_amount(std::string_view text);

/// `amount` in `unit`: units that are spelled alike, or that the table of units can convert.
std::optional<double> in_unit(const Amount& amount, std::string_view unit);

/// How much a quantity may change before it counts as changed. One of `amount` and `of_baseline` is
/// there.
struct Margin {
  std::string pattern;                ///< of the quantity's name; `*` stands for any characters
  std::optional<Amount> amount;       ///< in the quantity's own unit
  std::optional<double> of_baseline;  ///< as a share of the baseline's mean: 0.01 is 1 %
  Direction direction = Direction::either;
  std::optional<Amount> resolution;  ///< of a reading; without it the readings show it
};

/// `pattern` fits all of `name`; each `*` fits any number of characters.
bool pattern_fits(std::string_view pattern, std::string_view name);

/// The first margin whose pattern fits, or nullptr: the quantity is reported and not decided. A
/// pattern may stand there with several units (an error is in % at a load and in W without one);
/// then the one for `unit` counts.
const Margin* margin_of(std::span<const Margin> margins, std::string_view quantity,
                        std::string_view unit);

/// The keys of one margin in a file.
const std::vector<FieldSpec>& margin_fields();

/// Reads `margins: [{quantity, margin | margin_of_baseline, direction, resolution}, …]`. What is
/// wrong goes to `problems`, what is right is returned in the order of the file. A pattern that
/// stands behind one that fits all it could fit is an error: it would never count. The same pattern
/// may stand there again with another sort of unit.
std::vector<Margin> read_margins(const yaml::Document& document, Problems& problems);

/// Reads a file; one that cannot be read is a problem.
std::vector<Margin> load_margins(const std::filesystem::path& path, Problems& problems);

}  // namespace plugrig::regress
