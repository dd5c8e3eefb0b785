#pragma once

#include <boost/program_options.hpp>
#include <optional>

#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/regress_options.hpp"
#include "rig/cli/commands/run_options.hpp"
#include "rig/engine/resume.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

/// A comparison of builds whose files are checked.
struct RegressJob {
  const boost::program_options::variables_map& values;  ///< those of regress_options()
  const Prepared& prepared;
  RegressPlan plan;
  std::optional<LeftRun> left = {};  ///< what a crash left of it; empty = a new one
};

/// How a comparison ended.
struct Compared {
  int exit_code = 0;  ///< 0 no regression, 1 regression, 3 the bench left nothing to decide by; 2,
                      ///< 4, 5 and 130 as a run
  bool decided = false;  ///< false: it was stopped, or could not begin
  bool open = false;     ///< nothing is worse, and more trials could still show something
};

/// Runs the builds until it is decided, prints and writes what came out.
Compared compare_builds(const RegressJob& job, RecordStore& store, Console& console);

/// Goes on with a comparison that broke off: `values` are those of regress_options() that it was
/// begun with, its files are checked.
int resume_regress(const RunRecord& run, const boost::program_options::variables_map& values,
                   const Prepared& prepared, RecordStore& store, Console& console);

}  // namespace plugrig::cli
