#include "rig/cli/commands/regress_files.hpp"

#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <ostream>
#include <system_error>

#include "reports/regress_trend.hpp"
#include "rig/cli/commands/report_files.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/file_bytes.hpp"

namespace plugrig::cli {

namespace fs = std::filesystem;

namespace {

/// The end of the file may be torn: what comes now begins a line of its own.
void append_line(const fs::path& path, const std::string& line) {
  std::error_code none;
  const auto old = fs::exists(path, none) ? read_bytes(path) : std::vector<std::uint8_t>{};
  std::ofstream file(path, std::ios::app | std::ios::binary);
  if (!old.empty() && old.back() != '\n') file << '\n';
  file << line << std::flush;
  if (!file)
    throw Fault("file.write", Blame::host, fmt::format("{} was not written.", path.string()),
                "Make room, or name another file with --trend.");
}

}  // namespace

void write_comparison(const ComparisonOut& out, Console& console) {
  if (!out.quiet) console.out << "\n" << regress_table(out.comparison, console.columns);
  const auto written = [&](const fs::path& path, const std::function<void()>& write) {
    try {
      write();
      if (!out.quiet) console.out << path.string() << "\n";
    } catch (const Fault& fault) {
      console.err << fmt::format("{}: {} Next: {}\n", fault.id(), fault.happened(), fault.next());
    }
  };
  std::error_code none;
  fs::create_directories(out.folder, none);
  const auto file = [&](const char* name, const std::string& text) {
    const auto path = out.folder / name;
    written(path, [&] { write_whole(path, text); });
  };
  file("regress.html", regress_html(out.comparison, out.info));
  file("regress.json", regress_json(out.comparison, out.info));
  file("regress.xml", regress_junit(out.comparison, out.info));
  if (!out.trend.empty())
    written(out.trend, [&] { append_line(out.trend, trend_line(out.comparison, out.info)); });
}

}  // namespace plugrig::cli
