#include "rig/cli/commands/run_end.hpp"

#include <fmt/format.h>

#include <ostream>
#include <set>

#include "reports/batch_table.hpp"
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

}  // namespace plugrig::cli
