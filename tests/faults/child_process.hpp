#pragma once

#include <string>
#include <vector>

namespace plugrig::test {

struct ChildResult {
  int exit_code = -1;  ///< -1: it was killed
  int lines = 0;       ///< of its standard output
  std::string text;    ///< standard output and error
};

/// Runs a program to its end, or kills it (SIGKILL) after so many lines of its output; 0 = never.
ChildResult run_child(const std::vector<std::string>& arguments, int kill_after_lines = 0);

}  // namespace plugrig::test
