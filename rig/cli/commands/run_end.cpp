#include "rig/cli/commands/run_end.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <set>
#include <vector>

#include "reports/batch_table.hpp"
#include "rig/cli/commands/batch_files.hpp"
#include "rig/cli/commands/report_files.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::cli {

void print_end(const RunResult& result, const RecordStore& store, Console& console) {
  std::vector<UnitRecord> records;
  std::set<std::string> not_recorded;
  for (const auto& unit : result.units) {
    records.push_back(unit.record);
    if (!unit.recorded) not_recorded.insert(unit.record.unit_id);
  }
  console.out << "\n" << batch_table(records, console.columns, not_recorded);
  if (result.fault)
    console.out << fmt::format("{}: {} Next: {}\n", result.fault->id(), result.fault->happened(),
                               result.fault->next());
  console.out << fmt::format("\nrun {} recorded in {}\n", result.run_id, store.path().string());
}

void write_reports(const std::string& folder, const RunResult& result, const RecordStore& store,
                   bool quiet, Console& console) {
  const auto reports = reports_folder(folder, store.path());
  for (const auto& unit : result.units) {
    if (!unit.recorded) continue;
    try {
      const auto written = write_unit_report(store, unit.record.unit_id, reports);
      if (!quiet) console.out << fmt::format("report {}\n", (written / "report.html").string());
    } catch (const Fault& fault) {
      console.err << fmt::format("{}: {} Next: {} Then: plugrig report {}\n", fault.id(),
                                 fault.happened(), fault.next(), unit.record.unit_id);
    }
  }
}

void write_batch(const std::string& folder, const RunResult& result, const RecordStore& store,
                 const PlanDeviation& plan, bool quiet, Console& console) {
  if (result.units.size() < 2) return;
  std::vector<UnitRecord> records;
  std::set<std::string> not_recorded;
  for (const auto& unit : result.units) {
    records.push_back(unit.record);
    if (!unit.recorded) not_recorded.insert(unit.record.unit_id);
  }
  std::stable_sort(records.begin(), records.end(), [](const UnitRecord& a, const UnitRecord& b) {
    return a.started.unix_ms < b.started.unix_ms;
  });
  const auto reports = reports_folder(folder, store.path());
  const auto target = reports / result.run_id;
  try {
    auto info =
        batch_info(records, result.run_id, software_of(store, result.run_id), reports, target);
    info.not_recorded = std::move(not_recorded);
    if (plan.planned.units > 0)
      info.plan = PlannedBatch{plan.planned.units_per_hour(),
                               std::chrono::duration<double>(plan.planned.total()).count(), ""};
    write_batch_report(summarise_batch(std::move(records), std::move(info)), target);
    if (!quiet) console.out << fmt::format("batch report {}\n", (target / "batch.html").string());
  } catch (const Fault& fault) {
    console.err << fmt::format("{}: {} Next: {} Then: plugrig batch {}\n", fault.id(),
                               fault.happened(), fault.next(), result.run_id);
  }
}

}  // namespace plugrig::cli
