#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "drivers/serial/ftdi/chip.hpp"

namespace plugrig::ftdi {

/// Where the EEPROM keeps the function of one CBUS pin (FTDI facts, section 7).
struct CbusPlace {
  std::string_view pad;
  std::uint16_t byte = 0;  ///< offset in the EEPROM
  unsigned shift = 0;      ///< of the code in that byte
  unsigned mask = 0;       ///< of the code, before shifting
};

/// By bit of a CBUS bank; empty for a chip without CBUS bit-bang.
std::span<const CbusPlace> cbus_places(ChipKind chip);
/// Names by code (libftdi1 1.5, ftdi.h: CBUS_…, CBUSX_…, CBUSH_…); empty like `cbus_places`.
std::span<const std::string_view> cbus_function_names(ChipKind chip);
/// The code that makes a pin the program's own.
std::uint8_t cbus_io_code(ChipKind chip);

}  // namespace plugrig::ftdi
