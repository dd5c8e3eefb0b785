#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rig/core/problem.hpp"
#include "rig/core/yaml.hpp"

namespace plugrig::steps {

/// What a member of an answer must be.
enum class ShapeType : std::uint8_t { any, text, number, boolean, list, map };

struct ShapeMember {
  std::string key;  ///< case matters: who reads the JSON looks for this spelling
  ShapeType type = ShapeType::any;
  std::vector<ShapeMember> members = {};  ///< of a map: those that it must have
};

/// The members that the answer to one command must have; it may have more.
struct AnswerShape {
  std::string command;  ///< "Status 2"
  std::vector<ShapeMember> members;
};

/// Reads a file of shapes, in its order. What is wrong goes to `problems`.
///
///     answers:
///       Status 2:
///         StatusFWR: {Version: text, Boot: number}
std::vector<AnswerShape> read_answer_shapes(const yaml::Document& document, Problems& problems);

/// The same of a file. Fault `answers.file` (config) with all problems of one that cannot be used.
std::vector<AnswerShape> load_answer_shapes(const std::string& path);

/// One sentence without a full stop for each member that `answer` lacks or has with another type;
/// empty when there is none. Values do not matter.
std::vector<std::string> shape_differences(const AnswerShape& shape, const nlohmann::json& answer);

}  // namespace plugrig::steps
