#pragma once

#include <boost/program_options.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "rig/cli/commands/build_source.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/run_facts.hpp"
#include "rig/cli/commands/trial_desk.hpp"

/// The command line of `plugrig regress`: what `plugrig run` knows of bench and sequence, and which
/// builds are held against each other.
namespace plugrig::cli {

boost::program_options::options_description regress_options();

/// What is compared, and where the outcome goes.
struct RegressPlan {
  std::vector<KeptBuild> builds;  ///< the first is the baseline
  TrialPlan trials;
  std::filesystem::path margins;
  std::filesystem::path quarantine;  ///< empty = none
  std::filesystem::path trend;       ///< file that the run is appended to; empty = beside the store
};

/// The sequence that is run when none is named.
std::filesystem::path default_regression();

/// UsageError for what cannot be compared so. Builds are kept in the folder `builds`. `slots`:
/// those that take part, in their order.
RegressPlan regress_plan(const boost::program_options::variables_map& values,
                         const std::vector<std::string>& slots,
                         const std::filesystem::path& builds);

/// What the run's record must say beside what `plugrig run` notes, so that it can be gone on with.
RunFacts regress_facts(const RegressPlan& plan);
/// A run is one of `plugrig regress`.
bool is_regress(const RunFacts& facts);
/// The options that say the same as the facts, but for the builds' names.
std::vector<std::string> regress_arguments(const RunFacts& facts);
/// What was compared, for judging it again; nothing of it is run, so the builds need not be there.
RegressPlan plan_as_recorded(const RunFacts& facts);
/// Builds are called what they were called when the run began.
void name_as_before(RegressPlan& plan, const RunFacts& facts);

}  // namespace plugrig::cli
