#pragma once

#include <filesystem>
#include <string>

#include "rig/record/store.hpp"

namespace plugrig::cli {

/// The folder for reports: the one given, else `reports/` beside the store.
std::filesystem::path reports_folder(const std::string& given, const std::filesystem::path& store);

/// The software of a run, not of the program that writes a report now; empty for an unknown run.
std::string software_of(const RecordStore& store, const std::string& run_id);

/// Writes a file: a reader never sees half of it, and an old one stays until the new one is
/// complete. Fault `file.write` (host), which tells to name another `place`.
void write_whole(const std::filesystem::path& path, std::string_view bytes,
                 std::string_view place = "folder");

/// Writes `unit.json`, `report.html` and `samples.csv` of a recorded unit into a folder of its name
/// below `folder`, whose path is returned. The same store gives the same bytes. Each file appears
/// whole or not at all. Faults: `file.write` (host), those of `build_unit_report`.
std::filesystem::path write_unit_report(const RecordStore& store, const std::string& unit_id,
                                        const std::filesystem::path& folder);

}  // namespace plugrig::cli
