#pragma once

#include <cstdint>
#include <span>

#include "drivers/api/chip_flasher.hpp"
#include "drivers/esp/loader_commands.hpp"
#include "drivers/esp/spi_commands.hpp"

namespace plugrig::esp {

inline constexpr std::uint32_t sector_bytes = 4096;

/// How to make the ROM erase exactly a range of sectors in spite of its arithmetic bug.
struct RomErase {
  std::uint32_t erase_size = 0;    ///< to be passed to FLASH_BEGIN, in bytes
  std::uint32_t last_sectors = 0;  ///< sectors at the end (0 or 1) to be erased by registers
};

/// The ROM erases min(head, N') + N' sectors when asked for N', head = sectors up to the next
/// 64 KiB boundary (ESP8266 flashing notes, the erase-size bug). Odd short ranges cannot be said
/// exactly: their last sector is left to the caller, which also avoids the refusal at the end of
/// the chip. `offset` and `length` are multiples of 4096.
RomErase plan_rom_erase(std::uint32_t offset, std::uint32_t length);

/// Flash operations with nothing but the ROM loader. The ROM reads back what it programs (its
/// error 8), there is no digest command. FLASH_END is never sent: it would write-protect the flash
/// and leave the loader. One thread.
class RomFlash {
 public:
  RomFlash(LoaderCommands& commands, SpiCommands& spi, std::uint32_t flash_bytes)
      : commands_(commands), spi_(spi), flash_bytes_(flash_bytes) {}

  /// Lifts write protection and tells the ROM the flash's size. Fault `esp.flash.locked`.
  void prepare(const Deadline& deadline);

  /// Sector-aligned.
  void erase(FlashRange range, const FlashProgressFn& progress, const Deadline& deadline);

  /// Erases and writes. `offset` sector-aligned, length a multiple of 4. Faults:
  /// `esp.flash.program` (unit) when read-back differs again and again at one place; LinkTrouble.
  void write(std::uint32_t offset, std::span<const std::uint8_t> bytes,
             const FlashProgressFn& progress, const Deadline& deadline);

  /// 64 bytes a time through SPI registers; see SpiCommands::read for how slow that is.
  std::vector<std::uint8_t> read(FlashRange range, const FlashProgressFn& progress,
                                 const Deadline& deadline);

 private:
  void begin(std::uint32_t offset, std::uint32_t erase_size, std::uint32_t write_size,
             const Deadline& deadline);
  std::uint32_t recover(std::uint32_t address, std::uint32_t end, const Deadline& deadline);

  LoaderCommands& commands_;
  SpiCommands& spi_;
  std::uint32_t flash_bytes_;
  std::uint32_t block_ = 0x1000;
};

}  // namespace plugrig::esp
