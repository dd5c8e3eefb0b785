#pragma once

#include "rig/cli/commands/command.hpp"
#include "rig/engine/run.hpp"
#include "rig/engine/utilisation.hpp"
#include "rig/record/store.hpp"

/// What `plugrig run` shows and writes when the run is over.
namespace plugrig::cli {

/// The table of units, what broke outside them, and where it is recorded.
void print_end(const RunResult& result, const RecordStore& store, Console& console);

/// A report for every unit that is recorded, into `folder` (empty: beside the store). A report that
/// cannot be written spoils no verdict: it can be made again from the store.
void write_reports(const std::string& folder, const RunResult& result, const RecordStore& store,
                   bool quiet, Console& console);

/// The report of the run as a batch, beside the plan, into `folder`/RUN; none for a single unit.
void write_batch(const std::string& folder, const RunResult& result, const RecordStore& store,
                 const PlanDeviation& plan, bool quiet, Console& console);

}  // namespace plugrig::cli
