#pragma once

#include <filesystem>
#include <string>

#include "reports/regress_report.hpp"
#include "rig/cli/commands/regress_judge.hpp"
#include "rig/record/store.hpp"

/// What a comparison of builds came to, read from the store alone: while it is new, and later.
namespace plugrig::cli {

/// Today, for the quarantine: "2026-05-31".
std::string today_utc();

struct ComparisonOutcome {
  regress::Comparison comparison;
  RegressInfo info;
};

/// Judges the records of `run`. The same records, files and day give the same outcome.
ComparisonOutcome outcome_of(const RunRecord& run, const RegressPlan& plan, const Judge& judge,
                             const RecordStore& store);

/// Judges a run of `plugrig regress` anew and writes its page and documents below `reports`; the
/// trend file has it already. `margins`, `quarantine`: instead of the files that it was begun with;
/// empty = these. Returns an exit code as `plugrig regress` does.
int report_comparison(const RunRecord& run, const std::string& margins,
                      const std::string& quarantine, const RecordStore& store,
                      const std::filesystem::path& reports, Console& console);

}  // namespace plugrig::cli
