#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rig/regress/decision.hpp"
#include "rig/regress/quarantine.hpp"
#include "rig/regress/trial.hpp"

namespace plugrig::regress {

/// A step that passes or fails, under a candidate and under the baseline.
struct CheckDecision {
  std::string step;
  Change change = Change::inconclusive;
  std::string reason;
  int baseline_passed = 0;  ///< trials, units of the pairs only
  int baseline_failed = 0;
  int candidate_passed = 0;
  int candidate_failed = 0;
  std::string fault_id;  ///< of the candidate's first fail
  std::string happened;
  std::vector<std::string> failed_units;  ///< of the candidate, where the baseline passed
  bool needs_repeat = false;
  /// Neither build has ever passed it, so that nobody has seen what comes after it.
  bool never_passed = false;
  std::optional<Quarantine> quarantine;  ///< then it decides nothing
};

/// Decides every step that the trials of `candidate` and the baseline hold, in the order in which
/// they come first. Only trials that count (`counts`) and no control.
///
/// `worse`: the candidate failed in two trials or more on units where the baseline passed and never
/// failed. One fail asks for a repeat, and passes by two passes on that unit after it. On a unit
/// where the baseline failed too the check counts against nobody; on one where the baseline never
/// came so far it asks for a repeat. `better`: the baseline failed in two trials or more on units
/// where the candidate passed and never failed. What neither of them ever passed is inconclusive: a
/// bad build could hide behind it.
std::vector<CheckDecision> decide_checks(std::span<const Trial> trials, int candidate);

}  // namespace plugrig::regress
