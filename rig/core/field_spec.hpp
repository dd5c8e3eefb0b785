#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rig/core/clock.hpp"
#include "rig/core/yaml.hpp"

namespace plugrig {

/// What a field's text must be. Booleans, integers and baud rates must not be in quotes unless they
/// come from a variable. Quantities must carry a unit ("60 s"); a bare number is an error
/// that names the expected unit.
enum class FieldType : std::uint8_t {
  text,
  secret,       ///< text that no log, record, report or event may show
  file,         ///< path of a file that exists when checked
  out_file,     ///< path of a file to be written
  json,         ///< text that parses as JSON
  boolean,      ///< true or false, nothing else
  integer,      ///< decimal, no leading zero, or 0x… hexadecimal
  choice,       ///< one of `choices`
  duration,     ///< s, ms, us, ns, min, h; 0 to 366 days
  bytes,        ///< B, kB, KiB, MB, MiB; "1 MB" of flash means 2^20, as on its data sheet
  frequency,    ///< Hz, kHz, MHz
  voltage,      ///< V, mV
  current,      ///< A, mA
  power,        ///< W, kW, mW
  resistance,   ///< Ohm, mΩ, kΩ
  baud,         ///< bare integer, 1 or more bit/s
  ratio,        ///< % or ppm; 1 % is 0.01
  tolerance,    ///< a ratio to both sides, "± 1 %" or "1 %"
  list,         ///< list of text scalars
  map,          ///< a nested map (or nothing); the reader of the outer table handles it
  maps,         ///< a list of maps (or of anything else); the reader of the outer table handles it
  text_or_map,  ///< a text, or a nested map that the reader of the outer table handles
  length,       ///< mm, m
};

std::string_view to_string(FieldType type);

/// One key of a map in a bench or sequence file. Declared once, in a table; the parser, the
/// reference printed by `plugrig steps`, the JSON Schema and the manual come from it.
struct FieldSpec {
  std::string name;
  FieldType type = FieldType::text;
  bool required = false;
  /// Used when the key is missing, read like the user's text (`{{ }}` too); "" = absent.
  std::string fallback = {};
  std::string help = {};                  ///< one line
  std::vector<std::string> choices = {};  ///< for `choice`
  /// Limits for integer, bytes, duration (in seconds) and other quantities (in base units).
  std::optional<double> minimum = {};
  std::optional<double> maximum = {};
};

/// A checked field: its text (after substitution), and its value in base units where it has one.
struct FieldValue {
  std::string text;
  std::optional<double> number;    ///< integer, quantity in base unit (s, B, Hz, V, A, W, 1)
  std::vector<std::string> items;  ///< list
  SourcePlace place;
};

/// The checked fields of one map.
class FieldValues {
 public:
  [[nodiscard]] bool has(std::string_view name) const;
  /// All of these throw std::logic_error when the field is absent or of another sort: the table
  /// and the code that reads it disagree.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name) const;
  [[nodiscard]] Duration duration(std::string_view name) const;
  [[nodiscard]] std::uint32_t bytes(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;
  [[nodiscard]] SourcePlace place(std::string_view name) const;

  void set(std::string name, FieldValue value);
  [[nodiscard]] const std::map<std::string, FieldValue, std::less<>>& all() const {
    return values_;
  }

 private:
  std::map<std::string, FieldValue, std::less<>> values_;
};

/// Values for `{{ name }}` in scalars. `deferred` prefixes (for example "unit.") are known only
/// while running: at check time a scalar that uses one is accepted as text and not typed.
struct Variables {
  std::map<std::string, std::string, std::less<>> values;
  std::vector<std::string> deferred_prefixes;
};

/// Reads the map `node` by the table: unknown keys (with the nearest name), missing required keys,
/// wrong types, values out of range, unknown variables are all reported; what is right is
/// returned. `what` names the map in messages ("step flash.write"). A null node is an empty map.
/// Variables are put in before checking, so a typed field may be one variable: `"{{ rate }}"`.
FieldValues read_fields(const yaml::Node& node, const std::vector<FieldSpec>& table,
                        const std::string& what, const std::string& file, Problems& problems,
                        const Variables& variables = {});

/// `{{ name }}` replaced once (values are not searched again); unknown names are reported at
/// `place`, deferred ones stay as they are.
std::string substitute(std::string_view text, const Variables& variables, const std::string& file,
                       SourcePlace place, Problems& problems);

/// JSON Schema (draft 2020-12) of a map described by `table`, as JSON text of one object. Without
/// "$schema", which may stand only at the root of what the caller builds from it. An editor that
/// applies it sees YAML's types, so every typed field also takes a text with `{{ }}`.
std::string json_schema(const std::vector<FieldSpec>& table);

}  // namespace plugrig
