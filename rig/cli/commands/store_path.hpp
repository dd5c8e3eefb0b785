#pragma once

#include <filesystem>
#include <string>

namespace plugrig::cli {

/// The record store: `given` when not empty, else `$PLUGRIG_STORE`, else
/// `$XDG_DATA_HOME/plugrig/records.sqlite` (`~/.local/share/…`). The folder of
/// the last is made; the others must be there.
std::filesystem::path store_path(const std::string& given);

/// The same of a store that is there; UsageError when none is.
std::filesystem::path existing_store(const std::string& given);

/// Where OFF NOT CONFIRMED of this bench outlives the program, whichever store a run writes to:
/// `$XDG_STATE_HOME/plugrig/BENCH.off-not-confirmed.json` (`~/.local/state/…`). Benches of the same
/// name on one computer share it, which is on the safe side.
std::filesystem::path off_marks_path(const std::string& bench);

}  // namespace plugrig::cli
