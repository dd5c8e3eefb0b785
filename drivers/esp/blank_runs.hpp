#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "drivers/api/chip_flasher.hpp"

namespace plugrig::esp {

/// A part of what is to be written; erasing alone makes a blank one right.
struct WritePart {
  FlashRange range;
  bool blank = false;
  friend bool operator==(const WritePart&, const WritePart&) = default;
};

/// Splits a range that is to be written into parts of data and blank parts, at sector boundaries. A
/// blank part is the whole range or some sectors in a row: fewer are sent as data, which takes no
/// longer than another begin. `offset` sector-aligned; the last part may end within a sector.
std::vector<WritePart> split_blank(std::uint32_t offset, std::span<const std::uint8_t> bytes);

}  // namespace plugrig::esp
