#pragma once

#include <optional>
#include <string>

#include "rig/record/store.hpp"

namespace plugrig::cli {

/// The unit that is meant: its id, or the MAC or serial of a plug, whose newest record counts.
/// UsageError with the nearest id when there is none.
std::string find_unit(const std::string& wanted, const RecordStore& store);

/// Nothing when the store has no run of that id.
std::optional<RunRecord> find_run(const std::string& run_id, const RecordStore& store);

}  // namespace plugrig::cli
