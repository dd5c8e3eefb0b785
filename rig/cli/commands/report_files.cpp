#include "rig/cli/commands/report_files.hpp"

#include <fstream>
#include <system_error>

#include "reports/unit_report.hpp"
#include "rig/cli/commands/find_unit.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::cli {
namespace {

[[noreturn]] void not_written(const std::filesystem::path& path, std::string_view place) {
  throw Fault("file.write", Blame::host, "'" + path.string() + "' cannot be written.",
              "Make room on the disk, or name another " + std::string(place) + ".");
}

}  // namespace

std::string software_of(const RecordStore& store, const std::string& run_id) {
  const auto run = find_run(run_id, store);
  return run ? run->info.software : std::string();
}

void write_whole(const std::filesystem::path& path, std::string_view bytes,
                 std::string_view place) {
  auto unfinished = path;
  unfinished += ".part";
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code error;
  if (!file) {
    std::filesystem::remove(unfinished, error);
    not_written(path, place);
  }
  std::filesystem::rename(unfinished, path, error);
  if (error) not_written(path, place);
}

std::filesystem::path reports_folder(const std::string& given, const std::filesystem::path& store) {
  return given.empty() ? store.parent_path() / "reports" : std::filesystem::path(given);
}

std::filesystem::path write_unit_report(const RecordStore& store, const std::string& unit_id,
                                        const std::filesystem::path& folder) {
  const auto unit = store.unit(unit_id);
  ReportInfo info;
  info.software = software_of(store, unit.run_id);
  const auto report = build_unit_report(unit, read_attachment, info);
  auto target = folder / unit_id;
  std::error_code error;
  std::filesystem::create_directories(target, error);
  if (error) not_written(target, "folder");
  write_whole(target / "unit.json", unit_json(report));
  write_whole(target / "report.html", unit_html(report));
  write_whole(target / "samples.csv", samples_csv(report));
  return target;
}

}  // namespace plugrig::cli
