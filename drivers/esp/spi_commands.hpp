#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "drivers/esp/loader_commands.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {

/// Bits of status register 1 of a NOR flash.
inline constexpr std::uint8_t flash_busy = 0x01;
inline constexpr std::uint8_t flash_write_enabled = 0x02;
inline constexpr std::uint8_t flash_protection = 0x3C;

/// Flash commands sent through the SPI0 registers, with READ_REG and WRITE_REG only: works with no
/// stub, and cannot hang the loader as its own flash commands do when the flash is dead.
/// (ESP8266 flashing notes, register recipe for any flash command.) One thread.
class SpiCommands {
 public:
  explicit SpiCommands(LoaderCommands& commands) : commands_(commands) {}

  /// Gives the flash pins to SPI0 and sets its clock to a quarter of the CPU's, as the ROM does.
  void attach(const Deadline& deadline);

  /// RDID: manufacturer | type << 8 | capacity << 16.
  std::uint32_t read_id(const Deadline& deadline);
  std::uint8_t read_status(const Deadline& deadline);
  void write_enable(const Deadline& deadline);
  void write_disable(const Deadline& deadline);
  void write_status(std::uint8_t value, const Deadline& deadline);

  /// Any range, 64 bytes a transfer: about 3 ms for each at 921600 baud, 25 ms at 115200.
  /// `reached` gets the bytes read so far. A flipped bit in an answer stays unnoticed: read twice
  /// what matters.
  std::vector<std::uint8_t> read(std::uint32_t address, std::uint32_t length,
                                 const std::function<void(std::uint32_t)>& reached,
                                 const Deadline& deadline);

  /// Erases the 4 KiB sector at `address`. Faults (unit): `esp.flash.wel`, `esp.flash.erase`.
  void erase_sector(std::uint32_t address, const Deadline& deadline);

  /// Polls status until not busy. False when `limit` passed first.
  bool wait_idle(Duration limit, const Deadline& deadline);

 private:
  struct Command {
    std::uint8_t opcode = 0;
    std::optional<std::uint32_t> address = {};  ///< 24 bits
    std::uint32_t out_bits = 0;                 ///< MOSI, from `out`
    std::uint32_t out = 0;
    std::uint32_t in_bits = 0;  ///< MISO, up to 512
  };
  /// Returns the words that hold the MISO bits.
  std::vector<std::uint32_t> run(const Command& command, const Deadline& deadline);

  /// One transfer with the registers set up by `read`; empty when the line had to be put in order.
  std::vector<std::uint8_t> read_transfer(std::uint32_t address, const Deadline& deadline);

  LoaderCommands& commands_;
};

/// Looks for what would make a flash command hang or be useless, and leaves the flash as it was.
/// Empty when all is well; else `esp.flash.absent`, `esp.flash.busy` or `esp.flash.wel` (unit).
std::optional<Fault> inspect_flash(SpiCommands& spi, const Deadline& deadline);

/// Lifts write protection when it is set. Fault `esp.flash.locked` (unit).
void unlock_flash(SpiCommands& spi, const Deadline& deadline);

}  // namespace plugrig::esp
