#pragma once

#include <cstdint>

#include "drivers/api/boot_control.hpp"
#include "drivers/api/chip_flasher.hpp"
#include "drivers/esp/loader_commands.hpp"

namespace plugrig::esp {

/// Rate of the boot text with the usual 26 MHz crystal.
inline constexpr std::uint32_t boot_text_baud = 74880;
/// The same with another crystal, MHz: the ROM's divisor stays 694, its clock follows the crystal.
constexpr std::uint32_t boot_text_baud_of(std::uint32_t crystal_MHz) {
  return boot_text_baud / 26 * crystal_MHz;
}
/// Rate at which the ROM's autobaud always works, and of the application's console.
inline constexpr std::uint32_t first_baud = 115200;

/// Resets the unit into its ROM loader and synchronises: up to 4 resets, each with a look at the
/// boot text and up to 5 SYNCs. Returns at 115200 with the line quiet. Faults: see
/// `diagnose_no_sync`.
void enter_rom(Link& link, BootControl& boot, const Deadline& deadline);

/// Reads what the chip says of itself. Wants to be called right after `enter_rom`, before the rate
/// changes: the crystal shows in the divisor that autobaud found. Faults: `esp.chip.unknown`,
/// `esp.chip.mac` (both unit).
ChipIdentity read_identity(LoaderCommands& commands, const Deadline& deadline);

/// Sets the chip's UART divisor by register and follows with the host. LinkTrouble when no SYNC is
/// answered at the new rate.
void raise_baud(LoaderCommands& commands, std::uint32_t crystal_MHz, std::uint32_t baud,
                const Deadline& deadline);

}  // namespace plugrig::esp
