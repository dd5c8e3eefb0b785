#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "rig/core/fault.hpp"
#include "rig/engine/sequence.hpp"
#include "rig/engine/unit_run.hpp"

namespace plugrig {

/// A unit that goes on in the slot where it was when the rig broke off.
struct LeftUnit {
  std::string slot;
  UnitWork work;
};
/// A unit that waited for a slot with mains.
struct LeftWaiting {
  std::string slot;
  UnitRecord record;
};
/// A unit that cannot go on: it gets its verdict now, and this reason.
struct LostUnit {
  std::string slot;
  UnitRecord record;
  Fault why;
};

/// What a crash left of a run.
struct LeftRun {
  std::string run_id;
  std::vector<LeftUnit> units;
  std::vector<LeftWaiting> waiting;
  std::vector<LostUnit> lost;
  std::set<int> begun;  ///< numbers of units that have a record
  int replaced = 0;     ///< new units that begin in the stead of some that cannot go on
};

/// Why a unit does not go on: its MAC was not read yet. A new one begins in its stead.
inline constexpr std::string_view kUnknownUnit = "resume.unknown_unit";

/// What is to be done with the units of a run that has no end. Units with a verdict are left alone.
///
/// A unit goes on at the begin of a stage, never within one: at the first stage that is not
/// finished; where that is one with mains on, or comes after one, at the first stage with mains on.
/// What comes before counts only when it can be shown: by its steps (StepType::prove) in a slot
/// with contacts; in a slot without them by the plug's own answers, for which the first stage with
/// mains on asks. A stage with a step that has no proof is run again, with all that follow.
///
/// A unit that had failed for good, or whose MAC was not read yet, does not go on: nothing could
/// show that the unit in the slot is the one of the record.
///
/// `contacts` holds the names of slots with contacts. Pure.
LeftRun what_is_left(const Sequence& sequence, const std::string& run_id,
                     const std::vector<UnitRecord>& units, const std::set<std::string>& contacts);

/// Facts of a run (`…_sha256`) that are not the same now: the files that were used have changed.
/// One line each: name, then, now.
std::vector<std::string> changed_files(const std::map<std::string, std::string, std::less<>>& then,
                                       const std::map<std::string, std::string, std::less<>>& now);

}  // namespace plugrig
