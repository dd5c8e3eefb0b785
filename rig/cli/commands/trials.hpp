#pragma once

#include <vector>

#include "rig/engine/build_facts.hpp"
#include "rig/record/unit_record.hpp"
#include "rig/regress/trial.hpp"

/// Trials of firmware builds as the store keeps them: a unit record each, whose facts say which
/// build it ran.
namespace plugrig::cli {

/// Facts of a trial's record, beside those in build_facts.hpp. `build` is the number in the list of
/// builds, 0 = baseline.
inline constexpr const char* kBuildFact = "build";
/// Image of the baseline: updates go from it to the build and back.
inline constexpr const char* kBaselineFileFact = "baseline_file";
inline constexpr const char* kBuildDigestFact = "build_sha256";
inline constexpr const char* kBlockFact = "build_block";
inline constexpr const char* kControlFact = "build_control";

/// The trials among the records of a run, in their order; `begun_s` counts from the first record.
/// Of a step that was tried more than once its last attempt counts. A record without an end counts
/// as stopped.
std::vector<regress::Trial> trials_of(const std::vector<UnitRecord>& records);

/// What the firmware called itself in the trials of a build; empty when none came so far.
std::string version_seen(const std::vector<UnitRecord>& records, int build);

}  // namespace plugrig::cli
