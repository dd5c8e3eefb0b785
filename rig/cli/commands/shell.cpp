#include "rig/cli/commands/shell.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdio>

namespace plugrig::cli {

ShellOutput shell_output(const std::string& command) {
  constexpr int not_started = 127;
  constexpr int by_signal = 128;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {not_started, {}};
  ShellOutput output;
  std::array<char, 4096> bytes{};
  while (const auto count = std::fread(bytes.data(), 1, bytes.size(), pipe))
    output.text.append(bytes.data(), count);
  const int status = ::pclose(pipe);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : by_signal + WTERMSIG(status);
  return output;
}

std::string shell_quoted(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace plugrig::cli
