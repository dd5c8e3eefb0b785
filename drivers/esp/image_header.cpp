#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "drivers/esp/image.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

constexpr std::uint32_t kKi = 1024;

struct SizeCode {
  std::uint32_t bytes;
  std::uint8_t nibble;
};
// ESP8266 flashing notes, image format. The first row with a size is the one written.
constexpr std::array<SizeCode, 9> kSizes{{{512 * kKi, 0},
                                          {256 * kKi, 1},
                                          {1024 * kKi, 2},
                                          {2048 * kKi, 3},
                                          {4096 * kKi, 4},
                                          {2048 * kKi, 5},
                                          {4096 * kKi, 6},
                                          {8192 * kKi, 8},
                                          {16384 * kKi, 9}}};

struct FrequencyCode {
  std::uint32_t MHz;
  std::uint8_t nibble;
};
constexpr std::array<FrequencyCode, 4> kFrequencies{{{40, 0x0}, {26, 0x1}, {20, 0x2}, {80, 0xF}}};

}  // namespace

std::optional<std::uint32_t> header_flash_bytes(std::uint8_t size_freq) {
  for (const auto& row : kSizes) {
    if (row.nibble == size_freq >> 4U) return row.bytes;
  }
  return std::nullopt;
}

std::vector<std::uint8_t> patch_header(std::span<const std::uint8_t> file,
                                       const HeaderPatch& patch) {
  std::vector<std::uint8_t> out(file.begin(), file.end());
  if (out.size() < 4 || out[0] != 0xE9) return out;
  if (patch.mode) out[2] = static_cast<std::uint8_t>(*patch.mode);
  if (patch.size_bytes) {
    const auto* row = std::find_if(kSizes.begin(), kSizes.end(), [&](const SizeCode& code) {
      return code.bytes == *patch.size_bytes;
    });
    if (row == kSizes.end()) {
      throw Fault("image.patch", Blame::config,
                  fmt::format("An image header cannot say {} bytes of flash.", *patch.size_bytes),
                  "Use 256 KB, 512 KB, 1 MB, 2 MB, 4 MB, 8 MB or 16 MB.");
    }
    out[3] = static_cast<std::uint8_t>((out[3] & 0x0FU) | static_cast<unsigned>(row->nibble) << 4U);
  }
  if (patch.frequency_MHz) {
    const auto* row =
        std::find_if(kFrequencies.begin(), kFrequencies.end(),
                     [&](const FrequencyCode& code) { return code.MHz == *patch.frequency_MHz; });
    if (row == kFrequencies.end()) {
      throw Fault("image.patch", Blame::config,
                  fmt::format("An image header cannot say {} MHz.", *patch.frequency_MHz),
                  "Use 20, 26, 40 or 80 MHz.");
    }
    out[3] = static_cast<std::uint8_t>((out[3] & 0xF0U) | row->nibble);
  }
  return out;
}

}  // namespace plugrig::esp
