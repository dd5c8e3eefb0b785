#include "rig/core/field_parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "rig/core/did_you_mean.hpp"

namespace plugrig {
namespace {

/// How far a type reaches when its table says nothing.
struct Reach {
  FieldType type;
  double minimum;
  double maximum;
};
constexpr double unlimited = std::numeric_limits<double>::infinity();
constexpr std::array<Reach, 6> reaches{{
    {FieldType::duration, 0, 366.0 * 24 * 3600},  // a year: fits the clock's nanoseconds
    {FieldType::bytes, 0, 4294967295.0},          // 32 bit addresses
    {FieldType::frequency, 0, unlimited},
    {FieldType::resistance, 0, unlimited},
    {FieldType::tolerance, 0, unlimited},
    {FieldType::baud, 1, 4294967295.0},
}};

struct OldBoolean {
  std::string_view text;
  std::string_view write;
};
/// What YAML 1.1 takes for booleans, in lower case.
constexpr std::array<OldBoolean, 8> old_booleans{{{"yes", "true"},
                                                  {"on", "true"},
                                                  {"y", "true"},
                                                  {"true", "true"},
                                                  {"no", "false"},
                                                  {"off", "false"},
                                                  {"n", "false"},
                                                  {"false", "false"}}};

std::string boolean_hint(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto* const old = std::ranges::find(old_booleans, text, &OldBoolean::text);
  return old == old_booleans.end() ? "write true or false" : fmt::format("write {}", old->write);
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view type_word(FieldType type) {
  switch (type) {
    case FieldType::boolean:
      return "true or false";
    case FieldType::integer:
      return "an integer";
    case FieldType::baud:
      return "a baud rate";
    case FieldType::list:
      return "a list";
    case FieldType::map:
      return "a map";
    case FieldType::maps:
      return "a list of maps";
    case FieldType::text_or_map:
      return "a text or a map";
    default:
      return "a single value";
  }
}

std::string number_text(double value, FieldType type) {
  if (const auto dimension = dimension_of(type)) return print_quantity(value, *dimension);
  return fmt::format("{}", value);
}

std::string range_text(double low, double high, FieldType type) {
  if (high == unlimited) return "at least " + number_text(low, type);
  if (low == -unlimited) return "at most " + number_text(high, type);
  return fmt::format("{} to {}", number_text(low, type), number_text(high, type));
}

/// Position and reason of the first error in a JSON text.
std::string json_error(const std::string& text) {
  try {
    const auto parsed = nlohmann::json::parse(text);
    return parsed.is_discarded() ? "no JSON" : "";
  } catch (const nlohmann::json::parse_error& error) {
    return fmt::format("error at character {}", error.byte);
  } catch (const nlohmann::json::exception&) {
    return "a number is out of range";
  }
}

/// Deeper JSON than any template needs; the JSON library's destructor recurses.
bool json_too_deep(std::string_view text) {
  constexpr int deepest = 200;
  int depth = 0;
  int worst = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') worst = std::max(worst, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return worst > deepest;
}

}  // namespace

std::string_view kind_name(yaml::Kind kind) {
  static constexpr std::array<std::string_view, 4> names{"missing value", "text", "map", "list"};
  return names.at(static_cast<std::size_t>(kind));
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus) text.remove_prefix(1);
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  if (!hex && text.size() > 1 && text.front() == '0') return std::nullopt;
  // The sign goes through from_chars together with the digits, so the smallest value fits too.
  const std::string digits = (minus ? "-" : "") + std::string(text);
  if (text.empty() || text.front() == '-') return std::nullopt;
  std::int64_t value = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, value, hex ? 16 : 10);
  if (error != std::errc{} || end != last) return std::nullopt;
  return value;
}

std::optional<Dimension> dimension_of(FieldType type) {
  switch (type) {
    case FieldType::duration:
      return time_dimension;
    case FieldType::bytes:
      return bytes_dimension;
    case FieldType::frequency:
      return frequency_dimension;
    case FieldType::voltage:
      return voltage_dimension;
    case FieldType::current:
      return current_dimension;
    case FieldType::power:
      return power_dimension;
    case FieldType::resistance:
      return resistance_dimension;
    case FieldType::length:
      return length_dimension;
    case FieldType::ratio:
    case FieldType::tolerance:
      return dimensionless;
    default:
      return std::nullopt;
  }
}

bool FieldParser::refuse(SourcePlace place, std::string message, std::string hint) const {
  problems_.error(file_, place, std::move(message), std::move(hint));
  return false;
}

std::optional<FieldValue> FieldParser::read(const FieldSpec& spec, const yaml::Node& node) const {
  const bool nested = spec.type == FieldType::text_or_map && node.kind == yaml::Kind::map;
  const bool is_map = spec.type == FieldType::map || nested;
  const bool is_maps = spec.type == FieldType::maps;
  const bool is_list = spec.type == FieldType::list;
  if (node.kind == yaml::Kind::null && !is_map) {
    refuse(node.place, fmt::format("'{}' has no value", spec.name),
           spec.required ? spec.help : "give it one or remove the key");
    return std::nullopt;
  }
  const bool fits = is_map ? node.kind == yaml::Kind::map || node.kind == yaml::Kind::null
                    : is_list || is_maps ? node.kind == yaml::Kind::list
                                         : node.kind == yaml::Kind::scalar;
  if (!fits) {
    const std::string_view hint = is_list && node.kind == yaml::Kind::scalar ? "write [a, b]" : "";
    refuse(node.place,
           fmt::format("'{}' must be {}, not a {}", spec.name, type_word(spec.type),
                       kind_name(node.kind)),
           std::string(hint));
    return std::nullopt;
  }
  if (is_list) return read_list(spec, node);
  if (is_map || is_maps) {
    FieldValue value;
    value.place = node.place;
    return value;
  }
  return read_scalar(spec, node);
}

std::optional<FieldValue> FieldParser::read_list(const FieldSpec& spec,
                                                 const yaml::Node& node) const {
  FieldValue value;
  value.place = node.place;
  bool good = true;
  for (const yaml::Node& item : node.items) {
    if (item.kind != yaml::Kind::scalar) {
      good = refuse(item.place, fmt::format("the items of '{}' must be texts, this is a {}",
                                            spec.name, kind_name(item.kind)));
      continue;
    }
    const std::size_t before = problems_.all().size();
    value.items.push_back(substitute(item.text, variables_, file_, item.place, problems_));
    good = good && problems_.all().size() == before;
  }
  return good ? std::optional(value) : std::nullopt;
}

std::optional<FieldValue> FieldParser::read_scalar(const FieldSpec& spec,
                                                   const yaml::Node& node) const {
  const std::size_t before = problems_.all().size();
  FieldValue value;
  value.place = node.place;
  value.text = substitute(node.text, variables_, file_, node.place, problems_);
  if (problems_.all().size() != before) return std::nullopt;
  if (uses_deferred(node.text, variables_)) return value;  // checked again while running
  if (!check_type(spec, node, value)) return std::nullopt;
  return value;
}

bool FieldParser::check_type(const FieldSpec& spec, const yaml::Node& node,
                             FieldValue& value) const {
  const std::string& text = value.text;
  const bool literal = spec.type == FieldType::boolean || spec.type == FieldType::integer ||
                       spec.type == FieldType::baud;
  if (literal && node.quoted && node.text.find("{{") == std::string::npos) {
    return refuse(value.place, fmt::format("a text in quotes is not {}", type_word(spec.type)),
                  "remove the quotes");
  }
  if (dimension_of(spec.type)) return check_quantity(spec, value);
  switch (spec.type) {
    case FieldType::boolean:
      if (text == "true" || text == "false") return true;
      return refuse(value.place, in_quotes(text) + " is not true or false", boolean_hint(text));
    case FieldType::integer:
    case FieldType::baud:
      return check_integer(spec, value);
    case FieldType::choice: {
      if (std::ranges::find(spec.choices, text) != spec.choices.end()) return true;
      return refuse(value.place,
                    fmt::format("'{}' is {}, must be one of {}", spec.name, in_quotes(text),
                                fmt::join(spec.choices, ", ")),
                    did_you_mean(text, spec.choices));
    }
    case FieldType::json: {
      const std::string error = json_too_deep(text) ? "nested too deep" : json_error(text);
      return error.empty() ||
             refuse(value.place, fmt::format("'{}' is not JSON: {}", spec.name, error));
    }
    case FieldType::file:
    case FieldType::out_file: {
      std::error_code error;
      const std::filesystem::file_status status = std::filesystem::status(text, error);
      if (text.empty()) return refuse(value.place, fmt::format("'{}' is empty", spec.name));
      if (std::filesystem::is_directory(status)) {
        return refuse(value.place, fmt::format("{} is a directory", in_quotes(text)),
                      "name a file");
      }
      if (spec.type == FieldType::out_file || std::filesystem::exists(status)) return true;
      return refuse(value.place, fmt::format("the file {} does not exist", in_quotes(text)),
                    "relative paths start at the current directory");
    }
    default:
      return true;
  }
}

bool FieldParser::check_quantity(const FieldSpec& spec, FieldValue& value) const {
  const Dimension dimension = dimension_of(spec.type).value_or(dimensionless);
  std::string_view text = value.text;
  if (spec.type == FieldType::tolerance) {
    for (const std::string_view sign : {"\u00B1", "+-"})
      if (text.starts_with(sign)) text.remove_prefix(sign.size());
  }
  auto parsed = parse_quantity(text, dimension);
  if (auto* error = std::get_if<QuantityError>(&parsed)) {
    return refuse(value.place, std::move(error->message), std::move(error->hint));
  }
  value.number = std::get<double>(parsed);
  if (spec.type == FieldType::bytes && *value.number != std::floor(*value.number)) {
    return refuse(value.place, in_quotes(value.text) + " is not a whole number of bytes");
  }
  return check_range(spec, value);
}

bool FieldParser::check_integer(const FieldSpec& spec, FieldValue& value) const {
  const std::string& text = value.text;
  const bool baud = spec.type == FieldType::baud;
  if (const auto number = parse_integer(text)) {
    value.number = static_cast<double>(*number);
    return check_range(spec, value);
  }
  const std::string_view unsigned_text =
      std::string_view(text).substr(text.starts_with('-') ? 1 : 0);
  if (is_digits(unsigned_text) && unsigned_text.front() == '0') {
    const std::size_t first = unsigned_text.find_first_not_of('0');
    const std::string_view digits =
        first == std::string_view::npos ? "0" : unsigned_text.substr(first);
    return refuse(value.place,
                  in_quotes(text) + " has a leading zero, which some read as an octal number",
                  fmt::format("write {}{}", text.starts_with('-') ? "-" : "", digits));
  }
  if (is_digits(unsigned_text)) return refuse(value.place, in_quotes(text) + " is too large");
  return refuse(value.place, fmt::format("{} is not {}", in_quotes(text), type_word(spec.type)),
                baud ? "write the bare number of bits a second, such as 115200"
                     : "write a number without a fraction, such as 10 or 0x0A");
}

bool FieldParser::check_range(const FieldSpec& spec, const FieldValue& value) const {
  const auto* const reach = std::ranges::find(reaches, spec.type, &Reach::type);
  const bool natural = reach != reaches.end();
  const double low = spec.minimum.value_or(natural ? reach->minimum : -unlimited);
  const double high = spec.maximum.value_or(natural ? reach->maximum : unlimited);
  if (*value.number >= low && *value.number <= high) return true;
  return refuse(value.place, fmt::format("'{}' is {}, must be {}", spec.name, in_quotes(value.text),
                                         range_text(low, high, spec.type)));
}

std::string_view variable_name(std::string_view braces) {
  std::string_view name = braces.substr(2, braces.size() - 4);
  const std::size_t first = name.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return name.substr(first, name.find_last_not_of(" \t") - first + 1);
}

bool is_deferred(std::string_view name, const Variables& variables) {
  return std::ranges::any_of(variables.deferred_prefixes, [&](const std::string& prefix) {
    return name.size() > prefix.size() && name.starts_with(prefix);
  });
}

bool uses_deferred(std::string_view text, const Variables& variables) {
  while (true) {
    const std::size_t open = text.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) return false;
    const std::string_view name = variable_name(text.substr(open, close + 2 - open));
    if (!variables.values.contains(name) && is_deferred(name, variables)) return true;
    text.remove_prefix(close + 2);
  }
}

void report_unknown_variable(std::string_view name, const Variables& variables,
                             const std::string& file, SourcePlace place, Problems& problems) {
  std::vector<std::string> known;
  for (const auto& [variable, value] : variables.values) known.push_back(variable);
  problems.error(file, place, "unknown variable " + in_quotes(name),
                 did_you_mean_or_known(name, known, "no variables are declared"));
}

}  // namespace plugrig
