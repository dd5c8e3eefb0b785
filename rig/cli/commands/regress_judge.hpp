#pragma once

#include <string>
#include <vector>

#include "rig/cli/commands/regress_options.hpp"
#include "rig/regress/comparison.hpp"

namespace plugrig::cli {

/// Decides what the trials of a run say, by the files that the plan names. Pure but for reading
/// these files once, when it is made; any thread.
class Judge {
 public:
  /// What is wrong with the files goes to `problems`. `today`: YYYY-MM-DD, for the quarantine.
  Judge(const RegressPlan& plan, std::string today, Problems& problems);

  /// More trials than these could decide what is open.
  [[nodiscard]] bool undecided(const std::vector<regress::Trial>& trials) const;
  [[nodiscard]] regress::Comparison compare(const std::vector<regress::Trial>& trials,
                                            std::vector<regress::Build> builds) const;

 private:
  std::vector<regress::Build> builds_;
  std::vector<regress::Margin> margins_;
  std::vector<regress::Quarantine> quarantine_;
  std::string today_;
  regress::Confidence confidence_;
};

}  // namespace plugrig::cli
