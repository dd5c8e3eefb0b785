#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "drivers/api/chip_flasher.hpp"

namespace plugrig::steps {

/// A part of the flash as sequence files and by-hand commands name it: `all`, `settings` (from
/// 0xF3000, where Tasmota keeps settings, RF calibration and SDK parameters, to the end), or
/// OFFSET+LENGTH with decimal or 0x numbers. `flash_bytes` is the size of the chip. Empty when the
/// text is none of these or lies outside the chip.
std::optional<FlashRange> parse_flash_range(std::string_view text, std::uint32_t flash_bytes);

}  // namespace plugrig::steps
