#include "rig/regress/fault_share.hpp"

#include <map>
#include <string>
#include <utility>

namespace plugrig::regress {
namespace {

constexpr int kFewestFaults = 3;

/// The step where a trial ended by a fault; empty when it did not.
std::string faulted_step(const Trial& trial) {
  if (trial.outcome != Outcome::rig_fault) return {};
  for (const auto& check : trial.checks)
    if (!check.passed) return check.step;
  return {};
}

}  // namespace

double chance_of_all_there(int k, int c, int b) {
  double chance = 1;
  for (int i = 0; i < k; ++i) chance *= static_cast<double>(c - i) / (c + b - i);
  return chance;
}

std::vector<Trial> with_faults_of_builds(std::vector<Trial> trials) {
  std::map<std::pair<int, std::string>, int> faults;  // build and step
  std::map<int, int> run;
  for (const auto& trial : trials) {
    if (trial.outcome == Outcome::aborted) continue;
    ++run[trial.build];
    if (auto step = faulted_step(trial); !step.empty()) ++faults[{trial.build, std::move(step)}];
  }
  for (auto& trial : trials) {
    const auto step = faulted_step(trial);
    if (trial.build == 0 || step.empty()) continue;
    const int k = faults.at({trial.build, step});
    if (k < kFewestFaults || faults.contains({0, step})) continue;
    if (chance_of_all_there(k, run[trial.build], run[0]) <= kFaultRisk)
      trial.outcome = Outcome::unit_failed;
  }
  return trials;
}

}  // namespace plugrig::regress
