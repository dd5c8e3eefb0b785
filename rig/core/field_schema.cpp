#include <nlohmann/json.hpp>

#include "rig/core/field_parse.hpp"
#include "rig/core/field_spec.hpp"

namespace plugrig {
namespace {

using Json = nlohmann::ordered_json;

/// A symbol as part of a regular expression. Units hold no special characters but these would be.
std::string escaped(std::string_view symbol) {
  std::string out;
  for (const char c : symbol) {
    if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// Regular expression of "number unit" (the grammar of parse_quantity).
std::string quantity_pattern(const Dimension& dimension) {
  std::string symbols;
  for (const Unit& unit : unit_table()) {
    if (unit.dimension != dimension) continue;
    symbols += (symbols.empty() ? "" : "|") + escaped(unit.symbol);
  }
  return R"(^ *-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)? *()" + symbols + R"() *$)";
}

Json with_range(const FieldSpec& spec, std::int64_t natural_minimum) {
  Json out{{"type", "integer"}};
  if (spec.minimum) {
    out["minimum"] = static_cast<std::int64_t>(*spec.minimum);
  } else if (spec.type == FieldType::baud) {
    out["minimum"] = natural_minimum;
  }
  if (spec.maximum) out["maximum"] = static_cast<std::int64_t>(*spec.maximum);
  return out;
}

/// The type of a value that is written out, without variables.
Json literal_schema(const FieldSpec& spec) {
  if (const auto dimension = dimension_of(spec.type)) {
    std::string pattern = quantity_pattern(*dimension);
    if (spec.type == FieldType::tolerance) pattern.insert(1, "(\u00B1|\\+-)?");
    return {{"type", "string"}, {"pattern", std::move(pattern)}};
  }
  switch (spec.type) {
    case FieldType::boolean:
      return {{"type", "boolean"}};
    case FieldType::integer:
    case FieldType::baud:
      return with_range(spec, 1);
    case FieldType::choice: {
      // Editors read YAML 1.1 or 1.2: on and off may reach them as booleans.
      Json choices = Json::array();
      for (const std::string& choice : spec.choices) choices.push_back(choice);
      for (const std::string& choice : spec.choices) {
        if (choice == "on" || choice == "yes") choices.push_back(true);
        if (choice == "off" || choice == "no") choices.push_back(false);
      }
      return {{"enum", choices}};
    }
    case FieldType::list:
      return {{"type", "array"},
              {"items", {{"type", Json::array({"string", "number", "boolean"})}}}};
    case FieldType::map:
      return {{"type", Json::array({"object", "null"})}};
    case FieldType::text_or_map:
      return {{"type", Json::array({"string", "object"})}};
    case FieldType::maps:
      return {{"type", "array"}, {"items", {{"type", Json::array({"object", "null"})}}}};
    default:
      // Texts may look like numbers or booleans to an editor: a password of digits, a version.
      return {{"type", Json::array({"string", "number", "boolean"})}};
  }
}

bool may_hold_variable(FieldType type) {
  return dimension_of(type).has_value() || type == FieldType::boolean ||
         type == FieldType::integer || type == FieldType::baud || type == FieldType::choice;
}

Json field_schema(const FieldSpec& spec) {
  Json schema = literal_schema(spec);
  if (may_hold_variable(spec.type)) {
    const Json variable{{"type", "string"}, {"pattern", R"(\{\{.*\}\})"}};
    Json either{{"anyOf", Json::array({std::move(schema), variable})}};
    schema = std::move(either);
  }
  if (!spec.help.empty()) schema["description"] = spec.help;
  if (spec.fallback.empty()) return schema;
  if (spec.type == FieldType::boolean) {
    schema["default"] = spec.fallback == "true";
  } else if (const auto number = parse_integer(spec.fallback);
             number && (spec.type == FieldType::integer || spec.type == FieldType::baud)) {
    schema["default"] = *number;
  } else {
    schema["default"] = spec.fallback;
  }
  return schema;
}

}  // namespace

std::string json_schema(const std::vector<FieldSpec>& table) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const FieldSpec& spec : table) {
    properties[spec.name] = field_schema(spec);
    if (spec.required && spec.fallback.empty()) required.push_back(spec.name);
  }
  Json schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema.dump(2);
}

}  // namespace plugrig
