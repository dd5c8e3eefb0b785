#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "drivers/api/chip_flasher.hpp"

namespace plugrig::esp {

struct ImageSegment {
  std::uint32_t load_address = 0;
  std::uint32_t file_offset = 0;  ///< of the data, behind the segment's header
  std::uint32_t length = 0;
};

/// An `E9` image at one place of a file (ESP8266 flashing notes, image format).
struct Image {
  std::uint8_t mode = 0;       ///< header byte 2; 0 QIO, 1 QOUT, 2 DIO, 3 DOUT
  std::uint8_t size_freq = 0;  ///< header byte 3
  std::uint32_t entry = 0;
  std::vector<ImageSegment> segments;
  std::uint32_t end = 0;  ///< file offset behind the checksum byte
};

/// Reads the image that starts at `offset`. Faults (blame config): `image.short`, `image.magic`,
/// `image.segment`, `image.checksum`.
Image parse_image(std::span<const std::uint8_t> file, std::uint32_t offset);

/// Bytes of flash by the high nibble of header byte 3; nullopt for values outside the table.
std::optional<std::uint32_t> header_flash_bytes(std::uint8_t size_freq);

/// A copy with header bytes 2 and 3 changed as asked, only when the file starts with E9. Faults
/// (config): `image.patch` for a size or frequency that the header cannot say.
std::vector<std::uint8_t> patch_header(std::span<const std::uint8_t> file,
                                       const HeaderPatch& patch);

/// First flash address that belongs to settings on a 1 MiB Tasmota layout.
inline constexpr std::uint32_t tasmota_space_end = 0xF3000;

struct ImageRules {
  bool esp8285 = true;            ///< embedded flash: DOUT only
  std::uint32_t flash_bytes = 0;  ///< 0 = not known yet
  std::uint32_t space_end = tasmota_space_end;
  bool force = false;  ///< accept any mode, flash size and length that fits
};

/// Pre-flight check of a file meant for address 0, as patched. Each thing that can be wrong has
/// its own Fault with blame config and a hint: `image.short`, `image.gzip`, `image.text`,
/// `image.v2`, `image.magic`, `image.esp32`, `image.segment`, `image.checksum`, `image.second`,
/// `image.mode`, `image.flash_size`, `image.too_large`.
void check_image(std::span<const std::uint8_t> file, const ImageRules& rules);

}  // namespace plugrig::esp
