#pragma once

#include <boost/program_options.hpp>
#include <map>
#include <string>
#include <vector>

#include "rig/cli/commands/run_options.hpp"

/// What a run was told, kept with it in the store, so that it can be gone on with after a crash.
namespace plugrig::cli {

using RunFacts = std::map<std::string, std::string, std::less<>>;

/// Files with their digests, values of variables (secrets are never given on the command line),
/// options.
RunFacts run_facts_of(const boost::program_options::variables_map& values,
                      const Prepared& prepared);

/// The arguments of `plugrig run` that say the same, without the command's name. Fault
/// `resume.not_recorded` (config) for a run of an older program.
std::vector<std::string> arguments_of(const RunFacts& facts);

/// The files of a run are still those that it was started with; prints what is not.
bool files_as_then(const RunFacts& then, const RunFacts& now, Console& console);

}  // namespace plugrig::cli
