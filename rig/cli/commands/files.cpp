#include "rig/cli/commands/files.hpp"

#include <cstdlib>
#include <ostream>

namespace plugrig::cli {

std::filesystem::path shipped_fixtures() {
  const char* folder = std::getenv("PLUGRIG_FIXTURES");
  return folder != nullptr ? folder : PLUGRIG_FIXTURES_DIR;
}

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
