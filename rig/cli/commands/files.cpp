#include "rig/cli/commands/files.hpp"

#include <cstdlib>
#include <ostream>

namespace plugrig::cli {

std::filesystem::path shipped_fixtures() {
  const char* folder = std::getenv("PLUGRIG_FIXTURES");
  return folder != nullptr ? folder : PLUGRIG_FIXTURES_DIR;
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
