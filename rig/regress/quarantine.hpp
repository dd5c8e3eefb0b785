#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/field_spec.hpp"
#include "rig/core/yaml.hpp"

namespace plugrig::regress {

/// A quantity or step that decides nothing for a while, because somebody knows why it changed.
struct Quarantine {
  enum class What : std::uint8_t { quantity, step };
  What what = What::quantity;
  std::string pattern;  ///< of its name; `*` stands for any characters
  std::string reason;
  std::string owner;    ///< who looks after it
  std::string expires;  ///< YYYY-MM-DD; counts again on the day after
};

/// The entry is over on `today` (YYYY-MM-DD).
bool expired(const Quarantine& entry, std::string_view today);

/// The first entry for this name that is not over, or nullptr.
const Quarantine* quarantine_of(std::span<const Quarantine> entries, Quarantine::What what,
                                std::string_view name, std::string_view today);

/// The keys of one entry in a file.
const std::vector<FieldSpec>& quarantine_fields();

/// Reads `quarantine: [{quantity | step, reason, owner, expires}, …]`. What is wrong goes to
/// `problems`; an entry with a problem is left out, so what it names goes on counting.
std::vector<Quarantine> read_quarantine(const yaml::Document& document, Problems& problems);

/// Reads a file; one that cannot be read is a problem.
std::vector<Quarantine> load_quarantine(const std::filesystem::path& path, Problems& problems);

}  // namespace plugrig::regress
