#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fixtures/bench/bench.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/core/problem.hpp"
#include "rig/engine/sequence.hpp"

namespace plugrig::cli {

/// Where the shipped wirings, plugs, loads and instruments stand: `$PLUGRIG_FIXTURES`, else
/// `../share/plugrig/fixtures` beside an installed program, else among the sources.
std::filesystem::path shipped_fixtures();

/// Where the product that a sequence names is looked for: `plugs/` beside the sequence, then the
/// shipped ones.
PlugFolders plug_folders(const std::filesystem::path& sequence);

/// Name and version of this program, for records.
std::string software_name();

/// `NAME=VALUE` arguments as a map. UsageError for anything else.
VariableValues parse_values(const std::vector<std::string>& arguments);

/// Prints all problems to the console's error stream.
void print_problems(const Problems& problems, Console& console);

}  // namespace plugrig::cli
