#include "rig/cli/commands/build_source.hpp"

#include <fmt/format.h>

#include <optional>
#include <system_error>
#include <vector>

#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/report_files.hpp"
#include "rig/cli/commands/shell.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/file_bytes.hpp"

namespace plugrig::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kExec = "exec:";
constexpr std::string_view kDigest = "sha256:";
constexpr std::size_t kLeastDigits = 8;

std::string last_line(const std::string& text) {
  const auto last = text.find_last_not_of(" \r\n");
  if (last == std::string::npos) return {};
  const auto before = text.find_last_of('\n', last);
  const auto first = before == std::string::npos ? 0 : before + 1;
  return text.substr(first, last + 1 - first);
}

fs::path made_by(const std::string& command) {
  const auto ran = shell_output(command);
  if (ran.status != 0) throw NoBuild(fmt::format("'{}' ended with {}", command, ran.status));
  const fs::path made = last_line(ran.text);
  std::error_code none;
  if (made.empty() || !fs::is_regular_file(made, none))
    throw NoBuild(fmt::format("'{}' did not print the path of an image in its last line", command));
  return made;
}

fs::path kept_before(const std::string& digits, const fs::path& folder) {
  if (digits.size() < kLeastDigits)
    throw UsageError(fmt::format("sha256:{}: at least {} digits", digits, kLeastDigits));
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.path().extension() == ".bin" && entry.path().stem().string().starts_with(digits))
      found.push_back(entry.path());
  if (found.size() == 1) return found.front();
  throw UsageError(fmt::format("sha256:{}: {} build in {}", digits,
                               found.empty() ? "no such" : "more than one such", folder.string()));
}

fs::path newest_in(const fs::path& folder) {
  std::optional<fs::directory_entry> newest;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".bin") continue;
    const auto later = [&] {
      return entry.last_write_time() != newest->last_write_time()
                 ? entry.last_write_time() > newest->last_write_time()
                 : entry.path() > newest->path();
    };
    if (!newest || later()) newest = entry;
  }
  if (!newest) throw UsageError(fmt::format("no .bin file in {}", folder.string()));
  return newest->path();
}

fs::path found(const std::string& source, const fs::path& folder) {
  if (source.starts_with(kExec)) return made_by(source.substr(kExec.size()));
  if (source.starts_with(kDigest)) return kept_before(source.substr(kDigest.size()), folder);
  std::error_code none;
  if (fs::is_directory(source, none)) return newest_in(source);
  if (fs::is_regular_file(source, none)) return source;
  throw UsageError(fmt::format("no firmware image '{}'", source));
}

}  // namespace

KeptBuild keep_build(const std::string& source, const fs::path& folder) {
  const auto file = found(source, folder);
  const auto bytes = read_bytes(file);
  if (bytes.empty()) throw UsageError(fmt::format("firmware image '{}' is empty", file.string()));
  KeptBuild kept;
  kept.build.digest = sha256_hex(bytes);
  kept.build.name =
      source.starts_with(kDigest) ? kept.build.digest.substr(0, 12) : file.filename().string();
  kept.file = fs::absolute(folder) / (kept.build.digest + ".bin");
  std::error_code none;
  fs::create_directories(folder, none);
  if (!fs::exists(kept.file, none))
    write_whole(kept.file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return kept;
}

}  // namespace plugrig::cli
