#pragma once

#include <string>

#include "drivers/serial/ftdi/eeprom.hpp"

namespace plugrig::ftdi {

/// How commands name this adapter: serial number, else bus path.
std::string eeprom_argument(const AdapterInfo& adapter);

/// Faults `ftdi.eeprom_blank` and `ftdi.eeprom_corrupt` (fixture); `who` names the adapter.
void require_valid(const EepromImage& image, const std::string& who);

}  // namespace plugrig::ftdi
