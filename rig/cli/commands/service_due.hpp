#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fixtures/bench/bench.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/record/fixture_life.hpp"

namespace plugrig::cli {

/// Start of the count: the day of `serviced`, or the begin of all records.
UtcTime counted_since(const bench::BenchSpec& bench);

/// Slots whose contacts are due for service, one sentence each.
std::vector<std::string> service_due(const bench::BenchSpec& bench,
                                     const std::vector<SlotLife>& slots);

/// At the start of a run: warns on the console's error stream of what is due. A store that cannot
/// be read says so elsewhere.
void warn_of_service(const bench::BenchSpec& bench, const std::filesystem::path& store,
                     Console& console);

}  // namespace plugrig::cli
