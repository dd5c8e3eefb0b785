#include "rig/cli/commands/files.hpp"

#include <cstdlib>
#include <ostream>
#include <system_error>

namespace plugrig::cli {

namespace fs = std::filesystem;

namespace {

/// `../share/plugrig/fixtures` as seen from the program's folder; empty when it was not installed.
fs::path installed_fixtures() {
  std::error_code failed;
  const auto program = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return {};
  auto folder = program.parent_path().parent_path() / "share" / "plugrig" / "fixtures";
  return fs::is_directory(folder, failed) ? folder : fs::path();
}

}  // namespace

fs::path shipped_fixtures() {
  if (const char* folder = std::getenv("PLUGRIG_FIXTURES"); folder != nullptr) return folder;
  if (auto folder = installed_fixtures(); !folder.empty()) return folder;
  return PLUGRIG_FIXTURES_DIR;
}

PlugFolders plug_folders(const std::filesystem::path& sequence) {
  return {sequence.parent_path() / "plugs", shipped_fixtures() / "plugs"};
}

std::string software_name() { return std::string("plugrig ") + PLUGRIG_VERSION; }

VariableValues parse_values(const std::vector<std::string>& arguments) {
  VariableValues values;
  for (const auto& argument : arguments) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError("'" + argument + "' is not NAME=VALUE");
    values.insert_or_assign(argument.substr(0, equals), argument.substr(equals + 1));
  }
  return values;
}

void print_problems(const Problems& problems, Console& console) {
  console.err << problems.render();
}

}  // namespace plugrig::cli
