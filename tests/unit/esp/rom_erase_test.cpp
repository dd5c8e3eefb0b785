#include <gtest/gtest.h>

#include <algorithm>

#include "drivers/esp/rom_flash.hpp"

namespace plugrig::esp {
namespace {

/// Sectors that the ROM really erases for `size` at `offset` (ESP8266 flashing notes, the
/// erase-size bug), written down from the notes and not from the code under test.
std::uint32_t rom_erases(std::uint32_t offset, std::uint32_t size) {
  const std::uint32_t asked = (size + 4095) / 4096;
  const std::uint32_t head = 16 - offset / 4096 % 16;
  return std::min(head, asked) + asked;
}

TEST(RomErase, ExactlyTheRangeEverywhereOnOneMebibyte) {
  for (std::uint32_t start = 0; start < 256; ++start) {
    for (std::uint32_t count = 1; start + count <= 256; ++count) {
      const RomErase plan = plan_rom_erase(start * 4096, count * 4096);
      ASSERT_LE(plan.last_sectors, 1U);
      ASSERT_EQ(rom_erases(start * 4096, plan.erase_size) + plan.last_sectors, count)
          << "sector " << start << " count " << count;
    }
  }
}

TEST(RomErase, LastSectorOfTheChipIsNeverAskedOfTheRom) {
  // The ROM would erase the sector behind it too and refuse with error 6.
  const RomErase plan = plan_rom_erase(0xFF000, 0x1000);
  EXPECT_EQ(plan.erase_size, 0U);
  EXPECT_EQ(plan.last_sectors, 1U);
}

}  // namespace
}  // namespace plugrig::esp
