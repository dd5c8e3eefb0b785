#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "drivers/serial/ftdi/eeprom.hpp"

namespace plugrig::ftdi {

/// UART signals that the EEPROM inverts, in the order of the pins ("TXD", "RXD", "RTS", …): an
/// inverted DTR or RTS resets the unit when it should run, an inverted RXD reads nothing. Only an
/// FT232R is known to have this setting (byte 0x0B, one bit a pin in the order of FTDI facts,
/// section 1). Nothing: this chip's inversions cannot be told, or the image is not valid.
std::optional<std::vector<std::string_view>> inverted_lines(ChipKind chip,
                                                            const EepromImage& image);

}  // namespace plugrig::ftdi
