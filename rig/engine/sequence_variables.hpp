#pragma once

#include <set>
#include <string>
#include <vector>

#include "rig/core/yaml.hpp"
#include "rig/engine/sequence.hpp"

namespace plugrig {

/// A variable that a sequence declares.
struct DeclaredVariable {
  std::string name;
  SourcePlace place;
};

/// The `variables:` part of a sequence, with values.
struct SequenceVariables {
  std::vector<DeclaredVariable> declared;
  Variables values;
  Variables public_values;  ///< without the secrets
  std::vector<std::string> secrets;
  std::set<std::string> missing;  ///< declared, but without a (right) value
};

/// Prefix of the names that `mark_missing` writes; to be deferred by whoever reads the fields.
inline constexpr const char* kMissingPrefix = "missing.";

/// Renames the uses of `missing` variables below `node` to `{{missing.NAME}}`: a variable that is
/// known to have no value is reported once, where it is declared, and not again where it is used.
void mark_missing(yaml::Node& node, const std::set<std::string>& missing);

/// Reads `variables:` and gives each variable its value: from `given`, else its default. Undeclared
/// names in `given`, values of the wrong type and missing values are problems.
SequenceVariables read_variables(const yaml::Node& node, const std::string& file,
                                 const VariableValues& given, MissingValues missing,
                                 Problems& problems);

/// Adds the names used as `{{ name }}` in any scalar below `node`.
void collect_used_names(const yaml::Node& node, std::set<std::string>& names);

}  // namespace plugrig
