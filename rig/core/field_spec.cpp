#include "rig/core/field_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "rig/core/did_you_mean.hpp"
#include "rig/core/field_parse.hpp"

namespace plugrig {
namespace {

std::vector<std::string> names_of(const std::vector<FieldSpec>& table) {
  std::vector<std::string> names;
  names.reserve(table.size());
  for (const FieldSpec& spec : table) names.push_back(spec.name);
  return names;
}

std::string unknown_key_hint(const std::string& key, const std::vector<FieldSpec>& table) {
  return did_you_mean_or_known(key, names_of(table), "it takes no keys");
}

const FieldValue& need(const std::map<std::string, FieldValue, std::less<>>& values,
                       std::string_view name) {
  const auto found = values.find(name);
  if (found == values.end()) throw std::logic_error(fmt::format("no field '{}'", name));
  return found->second;
}

double need_number(const FieldValue& value, std::string_view name) {
  if (!value.number) throw std::logic_error(fmt::format("field '{}' has no number", name));
  return *value.number;
}

}  // namespace

std::string_view to_string(FieldType type) {
  static constexpr std::array<std::string_view, 23> names{
      "text",    "secret", "file",       "out_file",    "json",      "boolean",
      "integer", "choice", "duration",   "bytes",       "frequency", "voltage",
      "current", "power",  "resistance", "baud",        "ratio",     "tolerance",
      "list",    "map",    "maps",       "text or map", "length"};
  return names.at(static_cast<std::size_t>(type));
}

FieldValues read_fields(const yaml::Node& node, const std::vector<FieldSpec>& table,
                        const std::string& what, const std::string& file, Problems& problems,
                        const Variables& variables) {
  FieldValues values;
  if (node.kind != yaml::Kind::map && node.kind != yaml::Kind::null) {
    problems.error(file, node.place,
                   fmt::format("{} must be a map, not a {}", what, kind_name(node.kind)),
                   "write 'key: value'");
    return values;
  }
  const FieldParser parser(file, problems, variables);
  for (const yaml::Entry& entry : node.entries) {
    const auto spec = std::ranges::find(table, entry.key, &FieldSpec::name);
    if (spec == table.end()) {
      problems.error(file, entry.key_place,
                     fmt::format("unknown key {} in {}", in_quotes(entry.key), what),
                     unknown_key_hint(entry.key, table));
    } else if (auto value = parser.read(*spec, entry.value)) {
      values.set(spec->name, std::move(*value));
    }
  }
  for (const FieldSpec& spec : table) {
    if (node.find(spec.name) != nullptr) continue;
    if (!spec.fallback.empty()) {
      yaml::Node fallback;
      fallback.kind = yaml::Kind::scalar;
      fallback.place = node.place;
      fallback.text = spec.fallback;
      if (auto value = parser.read(spec, fallback)) values.set(spec.name, std::move(*value));
    } else if (spec.required) {
      problems.error(file, node.place, fmt::format("{} needs the key '{}'", what, spec.name),
                     spec.help);
    }
  }
  return values;
}

std::string substitute(std::string_view text, const Variables& variables, const std::string& file,
                       SourcePlace place, Problems& problems) {
  std::string out;
  while (true) {
    const std::size_t open = text.find("{{");
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const std::size_t close = text.find("}}", open);
    if (close == std::string_view::npos) {
      problems.error(file, place, "'{{' without '}}'", "write {{ name }}");
      return out + std::string(text.substr(open));
    }
    const std::string_view whole = text.substr(open, close + 2 - open);
    const std::string_view name = variable_name(whole);
    const auto known = variables.values.find(name);
    if (known != variables.values.end()) {
      out += known->second;
    } else {
      if (!is_deferred(name, variables))
        report_unknown_variable(name, variables, file, place, problems);
      out += whole;
    }
    text.remove_prefix(close + 2);
  }
}

bool FieldValues::has(std::string_view name) const { return values_.contains(name); }

const std::string& FieldValues::text(std::string_view name) const {
  return need(values_, name).text;
}

bool FieldValues::boolean(std::string_view name) const {
  const std::string& text = need(values_, name).text;
  if (text != "true" && text != "false") {
    throw std::logic_error(fmt::format("field '{}' is not a boolean", name));
  }
  return text == "true";
}

std::int64_t FieldValues::integer(std::string_view name) const {
  // The text is exact where the double is not (above 2^53).
  if (const auto value = parse_integer(need(values_, name).text)) return *value;
  throw std::logic_error(fmt::format("field '{}' is not an integer", name));
}

double FieldValues::number(std::string_view name) const {
  return need_number(need(values_, name), name);
}

Duration FieldValues::duration(std::string_view name) const {
  return Duration{std::llround(number(name) * 1e9)};
}

std::uint32_t FieldValues::bytes(std::string_view name) const {
  const double value = number(name);
  if (value < 0 || value > 4294967295.0 || value != std::floor(value)) {
    throw std::logic_error(fmt::format("field '{}' is not a number of bytes", name));
  }
  return static_cast<std::uint32_t>(value);
}

const std::vector<std::string>& FieldValues::list(std::string_view name) const {
  return need(values_, name).items;
}

SourcePlace FieldValues::place(std::string_view name) const { return need(values_, name).place; }

void FieldValues::set(std::string name, FieldValue value) {
  values_.insert_or_assign(std::move(name), std::move(value));
}

}  // namespace plugrig
