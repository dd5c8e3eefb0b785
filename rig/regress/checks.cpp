#include "rig/regress/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "rig/regress/readings.hpp"

namespace plugrig::regress {
namespace {

struct Tally {
  int passed = 0;
  int failed = 0;
  int passed_since_fail = 0;
  void add(bool pass) {
    passed += pass ? 1 : 0;
    failed += pass ? 0 : 1;
    passed_since_fail = pass ? passed_since_fail + 1 : 0;
  }
};

struct UnitTally {
  Tally baseline;
  Tally candidate;
};

struct StepTally {
  CheckDecision decision;
  std::map<std::string, UnitTally> units;
};

/// Where a trial holds a step more than once (retries, loops), the last one is its result.
std::vector<const Check*> last_of_each_step(const Trial& trial) {
  std::vector<const Check*> last;
  for (const Check& check : trial.checks) {
    const auto found =
        std::ranges::find_if(last, [&](const Check* known) { return known->step == check.step; });
    if (found == last.end()) {
      last.push_back(&check);
    } else {
      *found = &check;
    }
  }
  return last;
}

void add(StepTally& step, const Trial& trial, const Check& check) {
  UnitTally& unit = step.units[trial.unit];
  CheckDecision& decision = step.decision;
  const bool baseline = trial.build == 0;
  (baseline ? unit.baseline : unit.candidate).add(check.passed);
  if (baseline) {
    (check.passed ? decision.baseline_passed : decision.baseline_failed)++;
    return;
  }
  (check.passed ? decision.candidate_passed : decision.candidate_failed)++;
  if (!check.passed && decision.candidate_failed == 1) {
    decision.fault_id = check.fault_id;
    decision.happened = check.happened;
  }
}

std::vector<StepTally> tallies_of(std::span<const Trial> trials, int candidate) {
  std::vector<const Trial*> in_time;
  for (const Trial& trial : trials)
    if (counts(trial) && !trial.control && (trial.build == 0 || trial.build == candidate))
      in_time.push_back(&trial);
  std::ranges::stable_sort(in_time, {}, [](const Trial* trial) { return trial->begun_s; });
  std::vector<StepTally> steps;
  for (const Trial* trial : in_time)
    for (const Check* check : last_of_each_step(*trial)) {
      auto found = std::ranges::find_if(
          steps, [&](const StepTally& step) { return step.decision.step == check->step; });
      if (found == steps.end()) {
        found = steps.insert(steps.end(), StepTally{});
        found->decision.step = check->step;
      }
      add(*found, *trial, *check);
    }
  return steps;
}

/// What the units say together.
struct Sum {
  int failed = 0;       ///< of the candidate, where the baseline passed
  int unexplained = 0;  ///< single fails that have not passed since
  int unpaired = 0;     ///< fails where the baseline has not come so far
  int shared = 0;       ///< fails of both
  int mended = 0;       ///< fails of the baseline where the candidate passed
};

Sum sum_of(StepTally& step) {
  Sum sum;
  for (const auto& [name, unit] : step.units) {
    const auto& [baseline, candidate] = unit;
    if (candidate.failed == 0) {
      if (candidate.passed > 0) sum.mended += baseline.failed;
    } else if (baseline.failed > 0) {
      sum.shared += candidate.failed;
    } else if (baseline.passed == 0) {
      sum.unpaired += candidate.failed;
    } else {
      sum.failed += candidate.failed;
      sum.unexplained += candidate.passed_since_fail < 2 ? 1 : 0;
      step.decision.failed_units.push_back(name);
    }
  }
  return sum;
}

CheckDecision decided(StepTally step) {
  const auto sum = sum_of(step);
  CheckDecision& decision = step.decision;
  decision.never_passed =
      sum.shared > 0 && decision.baseline_passed == 0 && decision.candidate_passed == 0;
  if (sum.failed >= 2) {
    decision.change = Change::worse;
    decision.reason = fmt::format("failed {} times where the baseline passed", sum.failed);
  } else if (sum.unpaired > 0 || sum.unexplained > 0) {
    decision.needs_repeat = true;
    decision.reason = sum.unexplained > 0 ? "failed once where the baseline passed"
                                          : "failed where the baseline has not been tried";
  } else if (sum.mended >= 2 && sum.shared == 0 && sum.failed == 0) {
    decision.change = Change::better;
    decision.reason = fmt::format("the baseline failed {} times", sum.mended);
  } else if (decision.never_passed) {
    decision.reason =
        "the baseline fails it too, and neither passes: what comes after it was not tried";
  } else if (sum.shared > 0) {
    decision.change = Change::same;
    decision.reason = "the baseline fails it too";
  } else if (decision.baseline_passed + decision.baseline_failed == 0 ||
             decision.candidate_passed + decision.candidate_failed == 0) {
    decision.reason = decision.baseline_passed + decision.baseline_failed == 0
                          ? "the baseline did not come to it"
                          : "the candidate did not come to it";
  } else {
    decision.change = Change::same;
    if (sum.failed == 1) decision.reason = "failed once and passed since";
  }
  return std::move(decision);
}

}  // namespace

std::vector<CheckDecision> decide_checks(std::span<const Trial> trials, int candidate) {
  std::vector<CheckDecision> decisions;
  for (StepTally& step : tallies_of(trials, candidate))
    decisions.push_back(decided(std::move(step)));
  return decisions;
}

}  // namespace plugrig::regress
