#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rig/core/field_spec.hpp"
#include "rig/core/unit_table.hpp"

namespace plugrig {

/// Reads single fields by their specification.
class FieldParser {
 public:
  /// All references must outlive the parser.
  FieldParser(const std::string& file, Problems& problems, const Variables& variables)
      : file_(file), problems_(problems), variables_(variables) {}

  /// The checked value, or nothing after a problem was reported.
  [[nodiscard]] std::optional<FieldValue> read(const FieldSpec& spec, const yaml::Node& node) const;

 private:
  [[nodiscard]] std::optional<FieldValue> read_list(const FieldSpec& spec,
                                                    const yaml::Node& node) const;
  [[nodiscard]] std::optional<FieldValue> read_scalar(const FieldSpec& spec,
                                                      const yaml::Node& node) const;
  /// Checks `value.text` by the type and fills in its number; false after a problem.
  [[nodiscard]] bool check_type(const FieldSpec& spec, const yaml::Node& node,
                                FieldValue& value) const;
  [[nodiscard]] bool check_quantity(const FieldSpec& spec, FieldValue& value) const;
  [[nodiscard]] bool check_integer(const FieldSpec& spec, FieldValue& value) const;
  [[nodiscard]] bool check_range(const FieldSpec& spec, const FieldValue& value) const;
  bool refuse(SourcePlace place, std::string message, std::string hint = {}) const;

  const std::string& file_;
  Problems& problems_;
  const Variables& variables_;
};

/// "map", "list", "text", "missing value"
std::string_view kind_name(yaml::Kind kind);

/// Decimal without leading zero, or 0x and hexadecimal digits, each with an optional minus.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// Dimension of a quantity type, nothing for the others.
std::optional<Dimension> dimension_of(FieldType type);

/// `name` of "{{ name }}".
std::string_view variable_name(std::string_view braces);
bool is_deferred(std::string_view name, const Variables& variables);
/// `text` uses a variable that is known only while running.
bool uses_deferred(std::string_view text, const Variables& variables);
void report_unknown_variable(std::string_view name, const Variables& variables,
                             const std::string& file, SourcePlace place, Problems& problems);

}  // namespace plugrig
