#include "sequences/steps/answer_shapes.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "rig/core/fault.hpp"
#include "rig/core/yaml.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, ShapeType>, 6> kTypes{
    {{"any", ShapeType::any},
     {"text", ShapeType::text},
     {"number", ShapeType::number},
     {"boolean", ShapeType::boolean},
     {"list", ShapeType::list},
     {"map", ShapeType::map}}};

std::string_view name_of(ShapeType wanted) {
  for (const auto& [name, type] : kTypes)
    if (type == wanted) return name;
  return "any";
}

std::optional<ShapeType> type_named(std::string_view wanted) {
  for (const auto& [name, type] : kTypes)
    if (name == wanted) return type;
  return std::nullopt;
}

ShapeType type_of(const json& value) {
  if (value.is_string()) return ShapeType::text;
  if (value.is_number()) return ShapeType::number;
  if (value.is_boolean()) return ShapeType::boolean;
  if (value.is_array()) return ShapeType::list;
  return value.is_object() ? ShapeType::map : ShapeType::any;
}

std::vector<ShapeMember> read_members(const yaml::Node& node, const std::string& file,
                                      Problems& problems);

ShapeMember read_member(const yaml::Entry& entry, const std::string& file, Problems& problems) {
  if (entry.value.kind == yaml::Kind::map)
    return {entry.key, ShapeType::map, read_members(entry.value, file, problems)};
  const auto type = entry.value.kind == yaml::Kind::scalar ? type_named(entry.value.text)
                                                           : std::optional<ShapeType>();
  if (!type)
    problems.error(file, entry.value.place,
                   fmt::format("'{}' needs a type of JSON value", entry.key),
                   "write any, text, number, boolean, list or map, or the members of a map");
  return {entry.key, type.value_or(ShapeType::any)};
}

std::vector<ShapeMember> read_members(const yaml::Node& node, const std::string& file,
                                      Problems& problems) {
  std::vector<ShapeMember> members;
  if (node.kind != yaml::Kind::map)
    problems.error(file, node.place, "members of an answer are a map of names and types",
                   "write {Version: text}");
  for (const auto& entry : node.entries) members.push_back(read_member(entry, file, problems));
  return members;
}

void compare(const std::string& path, const std::vector<ShapeMember>& members, const json& answer,
             std::vector<std::string>& differences) {
  for (const auto& member : members) {
    const auto name = path + member.key;
    const auto found = answer.find(member.key);
    if (found == answer.end()) {
      differences.push_back(fmt::format("{} is missing", name));
      continue;
    }
    const auto type = type_of(*found);
    if (member.type != ShapeType::any && type != member.type)
      differences.push_back(fmt::format("{} is {} and no {}", name, found->dump().substr(0, 40),
                                        name_of(member.type)));
    else if (type == ShapeType::map)
      compare(name + ".", member.members, *found, differences);
  }
}

}  // namespace

std::vector<AnswerShape> read_answer_shapes(const yaml::Document& document, Problems& problems) {
  std::vector<AnswerShape> shapes;
  if (const auto* answers = document.root.find("answers"))
    for (const auto& entry : answers->entries)
      shapes.push_back({entry.key, read_members(entry.value, document.file, problems)});
  if (shapes.empty() && !problems.any_error())
    problems.error(document.file, document.root.place, "no command is named",
                   "write 'Status 2:' below 'answers:', and below it what its answer must have");
  return shapes;
}

std::vector<AnswerShape> load_answer_shapes(const std::string& path) {
  Problems problems;
  auto shapes = read_answer_shapes(yaml::load(path, problems), problems);
  if (!problems.any_error()) return shapes;
  throw Fault("answers.file", Blame::config,
              fmt::format("{} cannot be used: {}.", path, problems.all().front().message),
              "Correct the file.", {{"problems", problems.render()}});
}

std::vector<std::string> shape_differences(const AnswerShape& shape, const json& answer) {
  std::vector<std::string> differences;
  compare(shape.command + ": ", shape.members, answer.is_object() ? answer : json::object(),
          differences);
  return differences;
}

}  // namespace plugrig::steps
