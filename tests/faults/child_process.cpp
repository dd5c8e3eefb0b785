#include "tests/faults/child_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace plugrig::test {

ChildResult run_child(const std::vector<std::string>& arguments, int kill_after_lines) {
  ChildResult result;
  int ends[2] = {};
  if (::pipe2(ends, O_CLOEXEC) != 0) return result;
  std::vector<char*> raw;
  for (const auto& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::execv(raw[0], raw.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  char bytes[4096];
  ssize_t count = 0;
  while ((count = ::read(ends[0], bytes, sizeof bytes)) > 0) {
    result.text.append(bytes, static_cast<std::size_t>(count));
    result.lines = static_cast<int>(std::count(result.text.begin(), result.text.end(), '\n'));
    if (kill_after_lines > 0 && result.lines >= kill_after_lines) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

}  // namespace plugrig::test
