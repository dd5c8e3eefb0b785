#pragma once

#include <string>
#include <vector>

#include "rig/core/yaml.hpp"
#include "rig/engine/sequence.hpp"

namespace plugrig {

/// What the step items of one file have in common.
struct StepReading {
  const std::string& file;
  const StepRegistry& registry;
  /// With `unit.` deferred: known only while running.
  const Variables& variables;
  /// For the options beside a step: no secrets, because names are shown, and no facts of the unit,
  /// because options are fixed before the run starts.
  const Variables& shown;
  Problems& problems;
};

/// Where the items of a list stand.
struct StepPlace {
  std::string stage;
  bool mains_on = false;
  bool clean_up = false;
  int first_index = 0;
};

/// Reads a list of step items: maps of one step name (with its parameters) and options beside it.
/// Items that are wrong are reported and left out, and so is a
/// list that is none (its field table reports it).
std::vector<SequenceStep> read_steps(const yaml::Node& list, const StepPlace& place,
                                     const StepReading& reading);

}  // namespace plugrig
