#pragma once

#include <string>

namespace plugrig::cli {

/// What a shell command printed, and how it ended.
struct ShellOutput {
  int status = 0;  ///< 0 = well; else its exit code, or that of the signal that ended it
  std::string text;
};

/// Runs a command in `/bin/sh`; its error stream goes where this program's goes. Blocks until it
/// has ended. A command that cannot be started ends with 127.
ShellOutput shell_output(const std::string& command);

/// A word that the shell takes as it is.
std::string shell_quoted(const std::string& word);

}  // namespace plugrig::cli
