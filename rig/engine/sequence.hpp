#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rig/core/field_spec.hpp"
#include "rig/core/problem.hpp"
#include "rig/core/yaml.hpp"
#include "rig/engine/product.hpp"
#include "rig/engine/step.hpp"
#include "rig/engine/variable_sources.hpp"

namespace plugrig {

/// One step of a sequence file, checked. Its parameters are kept as read, because facts of the unit
/// (`{{unit.mac}}`) are filled in when it runs.
struct SequenceStep {
  int index = 0;      ///< position in the sequence, from 0; clean-up steps after the others
  std::string stage;  ///< "clean_up" for clean-up steps
  std::string name;   ///< as shown: `name:` when given, else the step type's name
  const StepType* type = nullptr;  ///< in the registry, which outlives the sequence
  yaml::Node params;
  int retries = 0;
  Duration timeout{};  ///< of one attempt
  bool stop_on_fail = true;
  bool power_cycle_before_retry = false;
  SourcePlace place;
  std::vector<NeededLoad> loads = {};  ///< load points that it will ask for, as far as known
};

struct SequenceStage {
  std::string name;
  bool mains_on = false;  ///< false: mains stays locked off for the slot while this stage runs
  std::vector<SequenceStep> steps;
};

/// A sequence file, checked, with the values of its variables.
struct Sequence {
  std::string file;
  std::string sha256;  ///< of the file
  std::string name;
  PlugInfo plug;
  Variables variables;
  std::vector<std::string> secrets;  ///< values that nothing may show
  std::vector<SequenceStage> stages;
  std::vector<SequenceStep> clean_up;
  Duration clean_up_budget = std::chrono::seconds{30};  ///< for all clean-up steps together
};

enum class MissingValues : std::uint8_t {
  error,    ///< to run
  allowed,  ///< to check a file by itself: what uses the variable is not typed
};

/// Where product files are looked for (`plug: gosund-ep2`), in this order.
using PlugFolders = std::vector<std::filesystem::path>;

/// Reads a sequence file. Everything that is wrong goes to `problems`; the result may be run only
/// when none of it is an error. `registry` must outlive the result. `plug:` names a product file
/// of `plugs`, or is a map of the same keys. No text in `problems` shows a secret afterwards.
Sequence load_sequence(const std::filesystem::path& path, const StepRegistry& registry,
                       const VariableSources& values, Problems& problems,
                       MissingValues missing = MissingValues::error, const PlugFolders& plugs = {});

/// The same for a document that has been read already.
Sequence read_sequence(const yaml::Document& document, const StepRegistry& registry,
                       const VariableSources& values, Problems& problems,
                       MissingValues missing = MissingValues::error, const PlugFolders& plugs = {});

/// Keeps only the stages named (`run --stages flash,boot`), in the order of the file; clean-up
/// stays. Only their steps are required then. Unknown names are problems, with the nearest name.
void keep_stages(Sequence& sequence, const std::vector<std::string>& names, Problems& problems);

}  // namespace plugrig
