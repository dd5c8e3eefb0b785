#include "drivers/serial/ftdi/eeprom_faults.hpp"

#include <fmt/format.h>

#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

std::string eeprom_argument(const AdapterInfo& adapter) {
  return adapter.serial.empty() ? adapter.path : adapter.serial;
}

void require_valid(const EepromImage& image, const std::string& who) {
  if (image.state == EepromImage::State::blank) {
    throw Fault("ftdi.eeprom_blank", Blame::fixture,
                fmt::format("The EEPROM of {} is blank, or none is fitted: its CBUS pins cannot be "
                            "used.",
                            who),
                "Write the maker's defaults to it with FT_PROG or ftdi_eeprom, or use an adapter "
                "with a programmed EEPROM, or move the lines to another channel's pins.");
  }
  if (image.state == EepromImage::State::corrupt) {
    throw Fault(
        "ftdi.eeprom_corrupt", Blame::fixture,
        fmt::format("The checksum of the EEPROM of {} does not hold.", who),
        "Write the maker's defaults to it with FT_PROG or ftdi_eeprom, then unplug the "
        "adapter and plug it in again.",
        {{"checksum", image.words.empty() ? "none" : fmt::format("{:04X}", image.words.back())}});
  }
}

}  // namespace plugrig::ftdi
