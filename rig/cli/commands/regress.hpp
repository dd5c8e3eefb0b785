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

/// Runs the builds until it is decided, prints and writes what came out. Returns the exit code: 0
/// no regression, 1 regression, 3 when the bench left nothing to decide by, 4, 5 and 130 as a run.
int carry_out_regress(RegressJob job, RecordStore& store, Console& console);

/// Goes on with a comparison that broke off.
int resume_regress(const RunRecord& run, const boost::program_options::variables_map& given,
                   RecordStore& store, Console& console);

}  // namespace plugrig::cli
