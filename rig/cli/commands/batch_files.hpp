#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reports/batch_summary.hpp"

namespace plugrig::cli {

/// Writes `batch.html`, `batch.csv` and `batch.junit.xml` of these units into `folder`, which is
/// made; links lead to the units' own reports below `reports`, as far as they are there. Each file
/// appears whole or not at all. Faults: `file.write` (host).
void write_batch_report(const BatchSummary& summary, const std::filesystem::path& folder);

/// What a batch report is told of its units: the title, the software of their run, and links to the
/// reports in `reports` as seen from `folder`.
BatchInfo batch_info(const std::vector<UnitRecord>& units, const std::string& title,
                     const std::string& software, const std::filesystem::path& reports,
                     const std::filesystem::path& folder);

}  // namespace plugrig::cli
