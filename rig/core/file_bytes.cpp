#include "rig/core/file_bytes.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "rig/core/fault.hpp"

namespace plugrig {

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad() || std::filesystem::is_directory(path))
    throw Fault("file.read", Blame::config,
                "'" + path.string() + "' cannot be read: " +
                    (errno != 0 ? std::strerror(errno) : "not a plain file") + ".",
                "Check the path and its permissions.");
  return bytes;
}

}  // namespace plugrig
