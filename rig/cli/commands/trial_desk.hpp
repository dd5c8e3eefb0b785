#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rig/cli/commands/build_source.hpp"
#include "rig/engine/start_signal.hpp"
#include "rig/regress/trial.hpp"

namespace plugrig::cli {

/// How often builds are run before and while it is decided.
struct TrialPlan {
  std::uint64_t seed = 0;    ///< of the order
  int blocks = 3;            ///< each holds every build once on each slot
  int most_blocks = 10;      ///< what an undecided comparison may take
  std::string control = {};  ///< slot that runs the baseline all along; empty = none
};

/// So often a trial is done again that the rig, contacts or the network ended.
inline constexpr int kMostFaults = 3;
/// A slot takes no further trial after so many in a row that ended so.
inline constexpr int kMostFaultsInARow = 5;

/// Says which build each slot runs next. What was done is read from the trials of the run alone, so
/// that a run that broke off goes on as if nothing had been: a trial that the rig or a stop ended
/// is done again, and the order is one of seed, slot and builds.
///
/// Thread rule: as StartSignal; the functions given are called by slot threads.
class TrialDesk final : public StartSignal {
 public:
  /// Trials of the run so far.
  using Trials = std::function<std::vector<regress::Trial>()>;
  /// More trials than these could decide what is open.
  using Undecided = std::function<bool(const std::vector<regress::Trial>& trials)>;

  TrialDesk(TrialPlan plan, std::vector<KeptBuild> builds, Trials trials, Undecided undecided);

  [[nodiscard]] std::string asks(const std::string& slot) const override;
  /// Does not block. The facts say which build is run.
  ReadyUnit wait(const std::string& slot, const Deadline& deadline) override;
  /// The slot has something to run; to be asked after `wait`.
  [[nodiscard]] bool goes_on(const std::string& slot) const;
  /// Records that a run of so many slots can have at most.
  [[nodiscard]] int most_trials(std::size_t slots) const;

  /// One build, once.
  struct Item {
    int build = 0;
    int block = 0;
    auto operator<=>(const Item&) const = default;
  };
  /// What one slot has behind it.
  struct Behind {
    std::map<Item, int> done;  ///< a control runs the same item more than once
    std::map<Item, int> faults;
    int faults_in_a_row = 0;
  };

 private:
  /// Nothing when the slot has nothing left to run.
  std::optional<Item> next(const std::string& slot);
  [[nodiscard]] int blocks_of(const std::string& slot) const;
  [[nodiscard]] std::optional<Item> left_in(const std::string& slot, int blocks,
                                            const Behind& behind) const;

  const TrialPlan plan_;
  const std::vector<KeptBuild> builds_;
  const Trials trials_;
  const Undecided undecided_;
  mutable std::mutex lock_;
  std::map<std::string, int> blocks_;  ///< that the slot is to run
  std::set<std::string> over_;
};

}  // namespace plugrig::cli
