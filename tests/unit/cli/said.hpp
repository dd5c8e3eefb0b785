#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "rig/cli/commands/command.hpp"

namespace plugrig::cli {

/// What a run of the program ended with and printed.
struct Said {
  int code;
  std::string out, err;
};

/// The whole program with this command line, in this process.
inline Said plugrig(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{.out = out, .err = err, .stop = {}};
  const int code = run_program(arguments, console);
  return {code, out.str(), err.str()};
}

}  // namespace plugrig::cli
