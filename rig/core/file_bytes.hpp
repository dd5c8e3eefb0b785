#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace plugrig {

/// The whole content of a file. Fault `file.read` (config) when it cannot be read. Blocks.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path);

}  // namespace plugrig
