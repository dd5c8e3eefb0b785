#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "drivers/serial/ftdi/channel.hpp"

namespace plugrig::ftdi {

/// Levels at pins and when they were read.
struct PinReading {
  std::uint16_t levels = 0;  ///< bit n = pin n, 1 = high
  Instant at{};              ///< before the request was sent
};

/// Pins that change together in one USB request: a channel in bit-bang mode, the CBUS pins beside a
/// UART, or a channel in MPSSE mode. Pins start as inputs. Several slots may use pins of one bank,
/// from any thread.
class PinBank {
 public:
  virtual ~PinBank() = default;
  [[nodiscard]] virtual int pins() const = 0;
  /// Pins of `mask` take these directions (1 = driven) and levels; the others keep theirs. A pin
  /// that only changes from released to driven low, or back, sees no other level on the way.
  virtual void set(std::uint16_t mask, std::uint16_t directions, std::uint16_t levels) = 0;
  virtual PinReading read() = 0;
  /// Pins of `mask` stay as they are when the bank goes: lamps. Bit-bang alone can; the pins of
  /// other banks are inputs then.
  virtual void keep(std::uint16_t /*mask*/) {}
  [[nodiscard]] virtual const std::shared_ptr<Channel>& channel() const = 0;
};

std::unique_ptr<PinBank> make_bitbang_bank(std::shared_ptr<Channel> channel, Clock& clock);
/// Fault `ftdi.cbus` (fixture) lists pins of `used` whose EEPROM function is not I/O and how to set
/// it; `ftdi.eeprom_blank`, `ftdi.eeprom_corrupt` (fixture). Its `set` throws `ftdi.cbus_dead`
/// (fixture) when a pin that is driven low for the first time does not read low.
std::unique_ptr<PinBank> make_cbus_bank(std::shared_ptr<Channel> channel, Clock& clock,
                                        std::uint8_t used);
/// Fault `ftdi.mpsse` (host) when the engine does not answer its sync check.
std::unique_ptr<PinBank> make_mpsse_bank(std::shared_ptr<Channel> channel, Clock& clock);

}  // namespace plugrig::ftdi
