#include "rig/cli/commands/batch_files.hpp"

#include <system_error>

#include "rig/cli/commands/report_files.hpp"

namespace plugrig::cli {

namespace fs = std::filesystem;

void write_batch_report(const BatchSummary& summary, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  write_whole(folder / "batch.html", batch_html(summary));
  write_whole(folder / "batch.csv", batch_csv(summary));
  write_whole(folder / "batch.junit.xml", batch_junit(summary));
}

BatchInfo batch_info(const std::vector<UnitRecord>& units, const std::string& title,
                     const std::string& software, const fs::path& reports, const fs::path& folder) {
  BatchInfo info;
  info.title = title;
  info.software = software;
  for (const auto& unit : units) {
    const auto page = reports / unit.unit_id / "report.html";
    std::error_code error;
    if (!fs::exists(page, error)) continue;
    const auto link = fs::relative(page, folder, error);
    if (!error) info.links[unit.unit_id] = link.generic_string();
  }
  return info;
}

}  // namespace plugrig::cli
