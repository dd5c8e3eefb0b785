#include "rig/cli/commands/regress_judge.hpp"

#include <utility>

#include "rig/regress/fault_share.hpp"

namespace plugrig::cli {

Judge::Judge(const RegressPlan& plan, std::string today, Problems& problems)
    : margins_(regress::load_margins(plan.margins, problems)), today_(std::move(today)) {
  for (const auto& kept : plan.builds) builds_.push_back(kept.build);
  if (!plan.quarantine.empty()) quarantine_ = regress::load_quarantine(plan.quarantine, problems);
  // Slots may ask after each block from the first count on.
  confidence_.looks = plan.trials.most_blocks - plan.trials.blocks + 1;
}

bool Judge::undecided(const std::vector<regress::Trial>& trials) const {
  return compare(trials, builds_).needs_more;
}

regress::Comparison Judge::compare(const std::vector<regress::Trial>& trials,
                                   std::vector<regress::Build> builds) const {
  return regress::compare(regress::with_faults_of_builds(trials), std::move(builds), margins_,
                          quarantine_, today_, confidence_);
}

}  // namespace plugrig::cli
