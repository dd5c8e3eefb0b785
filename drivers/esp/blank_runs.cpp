#include "drivers/esp/blank_runs.hpp"

#include <algorithm>

#include "drivers/esp/rom_flash.hpp"

namespace plugrig::esp {
namespace {

constexpr std::uint32_t kLeastBlank = 4 * sector_bytes;

bool is_blank(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0xFF; });
}

/// Sector by sector, neighbours of one kind joined.
std::vector<WritePart> runs(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
  std::vector<WritePart> parts;
  for (std::size_t at = 0; at < bytes.size(); at += sector_bytes) {
    const auto length =
        static_cast<std::uint32_t>(std::min<std::size_t>(sector_bytes, bytes.size() - at));
    const bool blank = is_blank(bytes.subspan(at, length));
    if (parts.empty() || parts.back().blank != blank)
      parts.push_back({{offset + static_cast<std::uint32_t>(at), 0}, blank});
    parts.back().range.length += length;
  }
  return parts;
}

}  // namespace

std::vector<WritePart> split_blank(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
  const auto all = runs(offset, bytes);
  if (all.size() < 2) return all;
  std::vector<WritePart> parts;
  for (const WritePart& part : all) {
    const bool blank = part.blank && part.range.length >= kLeastBlank;
    if (!parts.empty() && parts.back().blank == blank)
      parts.back().range.length += part.range.length;
    else
      parts.push_back({part.range, blank});
  }
  return parts;
}

}  // namespace plugrig::esp
