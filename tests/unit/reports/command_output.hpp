#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace plugrig {

/// Standard output and standard error of a command.
inline std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return "no pipe";
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) out += buffer.data();
  pclose(pipe);
  return out;
}

}  // namespace plugrig
