#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rig/cli/commands/run_options.hpp"
#include "rig/engine/resume.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

/// Carries a run out whose files are checked: `values` are those of run_options(). `left`: what a
/// crash left of it; empty = a new run. Returns the exit code.
int carry_out(const boost::program_options::variables_map& values, const Prepared& prepared,
              RecordStore& store, std::optional<LeftRun> left, Console& console);

/// Names of the bench's slots with UART contacts.
std::set<std::string> slots_with_contacts(const bench::BenchSpec& bench);

/// The slots of a session, built from `bench`, as a run takes them. The session outlives them.
std::vector<RunSlot> run_slots(const bench::BenchSpec& bench, BenchSession& session);

}  // namespace plugrig::cli
