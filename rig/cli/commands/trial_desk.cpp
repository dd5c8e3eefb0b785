#include "rig/cli/commands/trial_desk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rig/cli/commands/trials.hpp"
#include "rig/regress/readings.hpp"
#include "rig/regress/schedule.hpp"

namespace plugrig::cli {
namespace {

using regress::Outcome;
using regress::Trial;

TrialDesk::Behind behind_of(const std::string& slot, const std::vector<Trial>& trials) {
  TrialDesk::Behind behind;
  for (const auto& trial : trials) {
    if (trial.slot != slot) continue;
    const TrialDesk::Item item{trial.build, trial.repeat};
    if (trial.outcome == Outcome::rig_fault) {
      ++behind.faults[item];
      ++behind.faults_in_a_row;
    }
    if (!regress::counts(trial)) continue;
    ++behind.done[item];
    behind.faults_in_a_row = 0;
  }
  return behind;
}

}  // namespace

TrialDesk::TrialDesk(TrialPlan plan, std::vector<KeptBuild> builds, Trials trials,
                     Undecided undecided)
    : plan_(std::move(plan)),
      builds_(std::move(builds)),
      trials_(std::move(trials)),
      undecided_(std::move(undecided)) {}

std::string TrialDesk::asks(const std::string& /*slot*/) const { return {}; }

ReadyUnit TrialDesk::wait(const std::string& slot, const Deadline& deadline) {
  if (deadline.stop.stop_requested()) throw Stopped();
  const auto item = next(slot);
  if (!item) {
    const std::scoped_lock guard(lock_);
    over_.insert(slot);
    return {};
  }
  const auto& kept = builds_.at(static_cast<std::size_t>(item->build));
  ReadyUnit ready;
  ready.facts[kBuildFact] = std::to_string(item->build);
  ready.facts[kBlockFact] = std::to_string(item->block);
  ready.facts[kBuildFileFact] = kept.file.string();
  ready.facts[kBaselineFileFact] = builds_.front().file.string();
  ready.facts[kBuildDigestFact] = kept.build.digest;
  if (slot == plan_.control) ready.facts[kControlFact] = "yes";
  return ready;
}

bool TrialDesk::goes_on(const std::string& slot) const {
  const std::scoped_lock guard(lock_);
  return !over_.contains(slot);
}

int TrialDesk::most_trials(std::size_t slots) const {
  const int a_slot = plan_.most_blocks * static_cast<int>(builds_.size());
  return static_cast<int>(slots) * a_slot * kMostFaults;
}

std::optional<TrialDesk::Item> TrialDesk::next(const std::string& slot) {
  const auto trials = trials_();
  const auto behind = behind_of(slot, trials);
  if (behind.faults_in_a_row >= kMostFaultsInARow) return std::nullopt;
  int blocks = blocks_of(slot);
  if (const auto item = left_in(slot, blocks, behind)) return item;
  if (!undecided_(trials)) return std::nullopt;
  // One block at a time: what the other slots measure meanwhile may decide it. (After a resume
  // there may be more behind than the plan's first blocks.)
  while (blocks < plan_.most_blocks) {
    ++blocks;
    if (const auto item = left_in(slot, blocks, behind)) {
      const std::scoped_lock guard(lock_);
      blocks_[slot] = blocks;
      return item;
    }
  }
  return std::nullopt;
}

int TrialDesk::blocks_of(const std::string& slot) const {
  const std::scoped_lock guard(lock_);
  const auto found = blocks_.find(slot);
  return found == blocks_.end() ? plan_.blocks : found->second;
}

/// What the rig ended comes again behind everything else: only with other builds in between does it
/// show whose fault it was.
std::optional<TrialDesk::Item> TrialDesk::left_in(const std::string& slot, int blocks,
                                                  const Behind& behind) const {
  const int builds = static_cast<int>(builds_.size());
  const regress::Schedule schedule(plan_.seed, slot, builds, slot == plan_.control);
  auto done = behind.done;
  std::optional<Item> next;
  int fewest = kMostFaults;
  for (int k = 0; k < builds * blocks; ++k) {
    const auto [build, block, place] = schedule.at(k);
    const Item item{build, block};
    if (done[item]-- > 0) continue;
    const auto found = behind.faults.find(item);
    const int faults = found == behind.faults.end() ? 0 : found->second;
    if (faults >= fewest) continue;
    next = item;
    fewest = faults;
  }
  return next;
}

}  // namespace plugrig::cli
