#pragma once

#include <boost/program_options.hpp>
#include <map>
#include <optional>
#include <string>

#include "rig/cli/commands/batch_control.hpp"
#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/core/problem.hpp"
#include "rig/engine/run.hpp"
#include "rig/engine/sequence.hpp"
#include "rig/record/store.hpp"

/// The command line of `plugrig run`, and what it makes of files and session.
namespace plugrig::cli {

boost::program_options::options_description run_options();

/// Checked files and everything that a run is made of.
struct Prepared {
  Sequence sequence;
  bench::BenchSpec bench;
};

/// Reads sequence and bench, and prints everything that is wrong; nothing when one cannot be used.
/// May ask for secrets. Throws UsageError. `registry` outlives the result.
std::optional<Prepared> prepare_run(const boost::program_options::variables_map& values,
                                    const StepRegistry& registry, Console& console);

/// What `--auto`, `--start` and `--handling` say. UsageError.
BatchOptions batch_options(const boost::program_options::variables_map& values);

/// `--retests` and `--retest-auto`; UsageError.
RetestRule retest_rule(const boost::program_options::variables_map& values);

SessionOptions session_options(const boost::program_options::variables_map& values,
                               RecordStore& store);

/// What every unit's record says of the files that decided what was done.
std::map<std::string, std::string, std::less<>> file_facts(const Prepared& prepared);

/// The session outlives the run.
RunOptions options_of_run(const boost::program_options::variables_map& values,
                          const Prepared& prepared, BenchSession& session);

}  // namespace plugrig::cli
