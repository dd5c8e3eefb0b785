#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <string>
#include <vector>

#include "rig/cli/commands/command.hpp"
#include "rig/regress/bisect.hpp"

namespace plugrig::cli {

/// The commits after `good` up to and with `bad`, oldest first, with `good` before them; along the
/// first parents, so that each is one step of the branch. UsageError when git does not know them,
/// or when `bad` does not come after `good`.
std::vector<std::string> commits_between(const std::string& repository, const std::string& good,
                                         const std::string& bad);

/// `{commit}` in a command, replaced by the commit. UsageError when it is not there.
std::string build_command(const std::string& command, const std::string& commit);

/// Searches the first bad commit; `test` says what came out for one. Prints each step and the end.
/// Returns the exit code: 0 found, 1 narrowed down to several, 3 the bench failed too often.
int bisect_commits(const std::vector<std::string>& commits,
                   const std::function<regress::Answer(const std::string& commit)>& test,
                   Console& console);

}  // namespace plugrig::cli
