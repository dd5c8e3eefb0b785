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
  /// Defaults of secrets, which the file should not hold, as they may stand in its text.
  std::vector<std::string> written_secrets;
  std::set<std::string> missing;  ///< declared, but without a (right) value
};

/// Prefix of the names that `mark_missing` writes; to be deferred by whoever reads the fields.
inline constexpr const char* kMissingPrefix = "missing.";

/// Renames the uses of `missing` variables below `node` to `{{missing.NAME}}`: a variable that is
/// known to have no value is reported once, where it is declared, and not again where it is used.
void mark_missing(yaml::Node& node, const std::set<std::string>& missing);

/// Shortest secret: a shorter one could not be told from other text when the record is cleaned.
inline constexpr std::size_t kShortestSecret = 4;

/// Reads `variables:` and gives each variable its value: from `sources.given`, else its default; a
/// secret only from `sources.secret`, which is not asked when missing values are allowed.
/// Undeclared names, values of the wrong type, missing values, secrets that are given or have a
/// default, and secrets of less than `kShortestSecret` bytes (but not empty) are problems.
SequenceVariables read_variables(const yaml::Node& node, const std::string& file,
                                 const VariableSources& sources, MissingValues missing,
                                 Problems& problems);

/// Adds the names used as `{{ name }}` in any scalar below `node`.
void collect_used_names(const yaml::Node& node, std::set<std::string>& names);

}  // namespace plugrig
