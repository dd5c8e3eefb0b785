#include "drivers/serial/ftdi/cbus_pins.hpp"

#include <array>

namespace plugrig::ftdi {

namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<CbusPlace, 4> kPlacesR{{{"CBUS0", 0x14, 0, 0xF},
                                             {"CBUS1", 0x14, 4, 0xF},
                                             {"CBUS2", 0x15, 0, 0xF},
                                             {"CBUS3", 0x15, 4, 0xF}}};
constexpr std::array<CbusPlace, 4> kPlacesX{{{"CBUS0", 0x1A, 0, 0xFF},
                                             {"CBUS1", 0x1B, 0, 0xFF},
                                             {"CBUS2", 0x1C, 0, 0xFF},
                                             {"CBUS3", 0x1D, 0, 0xFF}}};
constexpr std::array<CbusPlace, 4> kPlacesH{{{"ACBUS5", 0x1A, 4, 0xF},
                                             {"ACBUS6", 0x1B, 0, 0xF},
                                             {"ACBUS8", 0x1C, 0, 0xF},
                                             {"ACBUS9", 0x1C, 4, 0xF}}};

constexpr std::array<std::string_view, 13> kNamesR{
    "TXDEN",     "PWREN#",    "RXLED#",   "TXLED#", "TX&RXLED#", "SLEEP#", "CLK48 MHz",
    "CLK24 MHz", "CLK12 MHz", "CLK6 MHz", "I/O",    "BB_WR#",    "BB_RD#"};
constexpr std::array<std::string_view, 22> kNamesX{
    "tristate", "TXLED#",      "RXLED#",       "TX&RXLED#",  "PWREN#",    "SLEEP#",
    "drive 0",  "drive 1",     "I/O",          "TXDEN",      "CLK24 MHz", "CLK12 MHz",
    "CLK6 MHz", "BCD_CHARGER", "BCD_CHARGER#", "I2C_TXE#",   "I2C_RXF#",  "VBUS_SENSE",
    "BB_WR#",   "BB_RD#",      "TIME_STAMP",   "KEEP_AWAKE#"};
constexpr std::array<std::string_view, 13> kNamesH{
    "tristate", "TXLED#", "RXLED#", "TX&RXLED#", "PWREN#",    "SLEEP#",    "drive 0",
    "drive 1",  "I/O",    "TXDEN",  "CLK30 MHz", "CLK15 MHz", "CLK7.5 MHz"};

}  // namespace

std::span<const CbusPlace> cbus_places(ChipKind chip) {
  switch (chip) {
    case ChipKind::ft232r:
      return kPlacesR;
    case ChipKind::ft_x:
      return kPlacesX;
    case ChipKind::ft232h:
      return kPlacesH;
    case ChipKind::ft2232h:
    case ChipKind::ft4232h:
      break;
  }
  return {};
}

std::span<const std::string_view> cbus_function_names(ChipKind chip) {
  switch (chip) {
    case ChipKind::ft232r:
      return Names(kNamesR);
    case ChipKind::ft_x:
      return Names(kNamesX);
    case ChipKind::ft232h:
      return Names(kNamesH);
    case ChipKind::ft2232h:
    case ChipKind::ft4232h:
      break;
  }
  return {};
}

std::uint8_t cbus_io_code(ChipKind chip) {
  return chip == ChipKind::ft232r ? std::uint8_t{0xA} : std::uint8_t{0x8};
}

}  // namespace plugrig::ftdi
