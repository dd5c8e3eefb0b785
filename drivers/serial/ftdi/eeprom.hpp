#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "drivers/serial/ftdi/channel.hpp"
#include "drivers/serial/ftdi/chip.hpp"

namespace plugrig::ftdi {

/// The chip's settings, in words as requests 90 and 91 carry them (FTDI facts, section 7).
struct EepromImage {
  enum class State : std::uint8_t {
    valid,    ///< its checksum holds
    blank,    ///< all ones: never programmed, or none is fitted
    corrupt,  ///< its checksum does not hold
  };
  std::vector<std::uint16_t> words;  ///< as many as the memory holds; the last is the checksum
  State state = State::blank;
};

/// Checksum of all words but the last, which holds it. An FT-X leaves its user area out.
std::uint16_t eeprom_checksum(ChipKind chip, std::span<const std::uint16_t> words);
/// Finds the memory's size (a small one repeats itself) and its state. `words`: all that the chip's
/// largest memory can hold (64 on an FT232R, else 128).
EepromImage decode_eeprom(ChipKind chip, std::vector<std::uint16_t> words);
/// Blocks for up to 150 ms. Fault `ftdi.unknown_chip` (host); those of `Channel`.
EepromImage read_eeprom(Channel& channel);

/// What one CBUS pin does, as the EEPROM says.
struct CbusFunction {
  int pin = 0;            ///< bit in a CBUS bank, 0 … 3
  std::string_view pad;   ///< "CBUS0"; on an FT232H "ACBUS5", "ACBUS6", "ACBUS8", "ACBUS9"
  std::uint8_t code = 0;  ///< in the EEPROM; each chip has its own codes
  std::string_view name;  ///< "I/O", "TXLED#", …; "unknown" for a code without a meaning
  bool io = false;        ///< the pin is the rig's to drive and read
};

/// The pins that a CBUS bank can have, by bit; empty unless the image is valid and the chip has
/// CBUS bit-bang.
std::vector<CbusFunction> cbus_functions(ChipKind chip, const EepromImage& image);

/// What giving pins to I/O would change.
struct CbusPlan {
  std::vector<CbusFunction> before;  ///< of the pins that change
  std::vector<CbusFunction> after;   ///< the same pins
  struct Word {
    std::uint16_t address = 0, before = 0, after = 0;
  };
  std::vector<Word> words;  ///< that change, checksum last; empty when nothing has to
};

/// Plans without writing. Faults: `ftdi.no_pin` (config) for a pin that is no CBUS pin of this
/// chip, `ftdi.eeprom_blank` and `ftdi.eeprom_corrupt` (fixture): such an image is not changed.
CbusPlan plan_cbus_io(ChipKind chip, const EepromImage& image, std::span<const int> pins);

/// Gives these pins to I/O: reads, plans, writes the words that change, reads back and compares.
/// All else in the EEPROM stays. Acts after the adapter was unplugged and plugged in again. Blocks
/// for up to 1 s; nobody else may use the channel. Only for a command that was asked twice.
/// Faults: those of `plan_cbus_io`; `ftdi.eeprom_write` (host) when it does not read back as
/// written, with the words as they were in its evidence; those of `Channel`.
CbusPlan program_cbus_io(Channel& channel, std::span<const int> pins);

}  // namespace plugrig::ftdi
