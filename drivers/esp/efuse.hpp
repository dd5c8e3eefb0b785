#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace plugrig::esp {

/// The four eFuse words at 0x3FF00050…5C.
using EfuseWords = std::array<std::uint32_t, 4>;

struct EfuseFacts {
  std::string mac;  ///< station MAC, "A4:CF:12:34:56:78"; empty: OUI not known
  bool esp8285 = false;
  std::string package;               ///< "ESP8285N08", …, or empty
  std::uint32_t embedded_bytes = 0;  ///< 0 = none, or an early part without the size bits
};

/// ESP8266 flashing notes, chip identification.
EfuseFacts decode_efuse(const EfuseWords& efuse);

/// Flash size by the RDID word (manufacturer | type << 8 | capacity << 16); 0 = not known.
std::uint32_t flash_bytes_of(std::uint32_t flash_id);

/// True for 000000 and FFFFFF: nothing answers on the flash's pins.
bool flash_absent(std::uint32_t flash_id);

/// Crystal, in MHz: 26 or 40, from the divisor that autobaud found at `baud`.
std::uint32_t crystal_MHz(std::uint32_t divisor, std::uint32_t baud);

/// Divisor nearest to `baud` for the UART clock of the loader, which is twice the crystal.
std::uint32_t uart_divisor(std::uint32_t crystal_MHz, std::uint32_t baud);

}  // namespace plugrig::esp
