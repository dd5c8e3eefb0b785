#include "rig/engine/sequence_variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include "rig/core/did_you_mean.hpp"

namespace plugrig {
namespace {

constexpr std::array kTypes{
    FieldType::text,  FieldType::secret,    FieldType::file,    FieldType::out_file,
    FieldType::json,  FieldType::boolean,   FieldType::integer, FieldType::duration,
    FieldType::bytes, FieldType::frequency, FieldType::voltage, FieldType::current,
    FieldType::power, FieldType::baud,      FieldType::ratio,
};

std::vector<std::string> type_names() {
  std::vector<std::string> names;
  names.reserve(kTypes.size());
  for (const FieldType type : kTypes) names.emplace_back(to_string(type));
  return names;
}

const std::vector<FieldSpec>& declaration_table() {
  static const std::vector<FieldSpec> table{
      {.name = "type",
       .type = FieldType::choice,
       .required = true,
       .help = "what the value must be",
       .choices = type_names()},
      {.name = "help", .type = FieldType::text, .help = "one line for the person who sets it"},
      {.name = "default", .type = FieldType::text, .help = "value when none is given"},
  };
  return table;
}

FieldType type_of(const std::string& name) {
  for (const FieldType type : kTypes) {
    if (to_string(type) == name) return type;
  }
  return FieldType::text;
}

bool is_text(FieldType type) {
  return type == FieldType::text || type == FieldType::secret || type == FieldType::file ||
         type == FieldType::out_file || type == FieldType::json;
}

bool is_variable_name(std::string_view name) {
  const auto lower = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && lower(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return lower(c) || digit(c); });
}

/// A value typed on the command line, as the file would hold it.
yaml::Node typed_in(const std::string& text, FieldType type) {
  yaml::Node node;
  node.kind = yaml::Kind::scalar;
  node.text = text;
  node.quoted = is_text(type);
  return node;
}

class Reader {
 public:
  Reader(const std::string& file, const VariableSources& sources, MissingValues missing,
         Problems& problems)
      : file_(file), sources_(sources), missing_(missing), problems_(problems) {}

  SequenceVariables read(const yaml::Node& node) {
    if (node.kind == yaml::Kind::map) {
      for (const yaml::Entry& entry : node.entries) declare(entry);
    } else if (node.kind != yaml::Kind::null) {
      problems_.error(file_, node.place, "'variables' must be a map of names",
                      "write 'variables:' and below it 'name: {type: text}'");
    }
    report_undeclared();
    return std::move(result_);
  }

 private:
  void declare(const yaml::Entry& entry) {
    result_.declared.push_back({entry.key, entry.key_place});
    if (!is_variable_name(entry.key)) {
      problems_.error(file_, entry.key_place,
                      fmt::format("'{}' is not a name for a variable", entry.key),
                      "use lower-case letters, digits and '_'");
    }
    const FieldValues fields =
        read_fields(entry.value, declaration_table(), fmt::format("variable '{}'", entry.key),
                    file_, problems_);
    const FieldType type = fields.has("type") ? type_of(fields.text("type")) : FieldType::text;
    if (type == FieldType::secret) {
      declare_secret(entry, fields.has("help") ? fields.text("help") : std::string{});
    } else if (const auto given = sources_.given.find(entry.key); given != sources_.given.end()) {
      set(entry, type, typed_in(given->second, type), "--set");
    } else if (const yaml::Node* fallback = entry.value.find("default")) {
      set(entry, type, beside_sequence(*fallback, type), file_);
    } else {
      miss(entry);
    }
  }

  /// A file that the sequence itself names stands beside it, wherever the program is started.
  [[nodiscard]] yaml::Node beside_sequence(yaml::Node fallback, FieldType type) const {
    if (type == FieldType::file && fallback.kind == yaml::Kind::scalar)
      fallback.text = (std::filesystem::path(file_).parent_path() / fallback.text).string();
    return fallback;
  }

  void set(const yaml::Entry& entry, FieldType type, yaml::Node value, const std::string& file) {
    yaml::Node map;
    map.kind = yaml::Kind::map;
    map.place = value.place;
    map.entries.push_back({entry.key, value.place, std::move(value)});
    const FieldValues read =
        read_fields(map, {{.name = entry.key, .type = type}},
                    fmt::format("the value of '{}'", entry.key), file, problems_);
    if (!read.has(entry.key)) {
      result_.missing.insert(entry.key);
      return;
    }
    const std::string& text = read.all().find(entry.key)->second.text;
    result_.values.values[entry.key] = text;
    result_.public_values.values[entry.key] = text;
  }

  void declare_secret(const yaml::Entry& entry, const std::string& help) {
    if (const yaml::Node* fallback = entry.value.find("default")) {
      refuse_default(entry.key, *fallback);
    }
    if (sources_.given.contains(entry.key)) {
      problems_.error("--set", {},
                      fmt::format("'{}' is a secret, and every user of this machine can read its "
                                  "command lines",
                                  entry.key),
                      places_hint(entry.key));
      result_.written_secrets.push_back(sources_.given.find(entry.key)->second);
    }
    std::optional<std::string> value;
    if (sources_.secret && missing_ == MissingValues::error) {
      value = sources_.secret(entry.key, help);
    }
    if (!value) return miss_secret(entry);
    if (!value->empty() && value->size() < kShortestSecret) {
      problems_.error(file_, entry.key_place,
                      fmt::format("the value of the secret '{}' has fewer than {} characters",
                                  entry.key, kShortestSecret),
                      "choose a longer one: this one could not be kept out of the record");
    }
    result_.values.values[entry.key] = *value;
    if (!value->empty()) result_.secrets.push_back(*value);
  }

  void refuse_default(const std::string& name, const yaml::Node& fallback) {
    problems_.error(file_, fallback.place, fmt::format("the secret '{}' stands in the file", name),
                    "take 'default' out; " + places_hint(name));
    if (fallback.text.empty()) return;
    result_.written_secrets.push_back(fallback.text);
    // As YAML writes it in single quotes.
    std::string doubled;
    for (const char c : fallback.text) doubled.append(c == '\'' ? 2U : 1U, c);
    result_.written_secrets.push_back(doubled);
  }

  static std::string places_hint(const std::string& name) {
    return fmt::format("put it into the environment variable {} or a file for --secrets",
                       secret_environment_name(name));
  }

  void miss_secret(const yaml::Entry& entry) {
    result_.missing.insert(entry.key);
    if (missing_ == MissingValues::allowed) return;
    problems_.error(file_, entry.key_place, fmt::format("secret '{}' has no value", entry.key),
                    places_hint(entry.key));
  }

  void miss(const yaml::Entry& entry) {
    result_.missing.insert(entry.key);
    if (missing_ == MissingValues::allowed) return;
    problems_.error(file_, entry.key_place, fmt::format("variable '{}' has no value", entry.key),
                    fmt::format("give it with --set {}=VALUE", entry.key));
  }

  void report_undeclared() {
    std::vector<std::string> known;
    for (const DeclaredVariable& variable : result_.declared) known.push_back(variable.name);
    for (const auto& [name, value] : sources_.given) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      problems_.error("--set", {}, fmt::format("{} has no variable '{}'", file_, name),
                      did_you_mean(name, known));
    }
  }

  const std::string& file_;
  const VariableSources& sources_;
  MissingValues missing_;
  Problems& problems_;
  SequenceVariables result_;
};

/// Calls `use` with each name used as `{{ name }}` in `text`, and the place of the name in it.
void for_each_use(std::string_view text,
                  const std::function<void(std::string_view name, std::size_t at)>& use) {
  std::size_t from = 0;
  while (true) {
    const std::size_t open = text.find("{{", from);
    if (open == std::string_view::npos) return;
    const std::size_t close = text.find("}}", open);
    if (close == std::string_view::npos) return;
    const std::size_t first = std::min(text.find_first_not_of(" \t", open + 2), close);
    const std::size_t last = text.find_last_not_of(" \t", close - 1) + 1;
    if (first < last) use(text.substr(first, last - first), first);
    from = close + 2;
  }
}

}  // namespace

SequenceVariables read_variables(const yaml::Node& node, const std::string& file,
                                 const VariableSources& sources, MissingValues missing,
                                 Problems& problems) {
  return Reader(file, sources, missing, problems).read(node);
}

void collect_used_names(const yaml::Node& node, std::set<std::string>& names) {
  if (node.kind == yaml::Kind::scalar) {
    for_each_use(node.text, [&](std::string_view name, std::size_t) { names.emplace(name); });
  }
  for (const yaml::Entry& entry : node.entries) collect_used_names(entry.value, names);
  for (const yaml::Node& item : node.items) collect_used_names(item, names);
}

void mark_missing(yaml::Node& node, const std::set<std::string>& missing) {
  if (node.kind == yaml::Kind::scalar) {
    std::vector<std::size_t> places;
    for_each_use(node.text, [&](std::string_view name, std::size_t at) {
      if (missing.contains(std::string(name))) places.push_back(at);
    });
    // From the back, so that the places before stay right.
    std::reverse(places.begin(), places.end());
    for (const std::size_t at : places) node.text.insert(at, kMissingPrefix);
  }
  for (yaml::Entry& entry : node.entries) mark_missing(entry.value, missing);
  for (yaml::Node& item : node.items) mark_missing(item, missing);
}

}  // namespace plugrig
