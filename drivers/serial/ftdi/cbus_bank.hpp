#pragma once

#include <memory>
#include <mutex>

#include "drivers/serial/ftdi/eeprom.hpp"
#include "drivers/serial/ftdi/pin_bank.hpp"
#include "drivers/serial/ftdi/pin_state.hpp"

namespace plugrig::ftdi {

/// The CBUS pins beside a UART. One request 0B carries all directions and levels. A pin that is
/// driven low for the first time is read back: a chip whose CBUS does nothing takes every request.
class CbusBank final : public PinBank {
 public:
  /// Reads the EEPROM and, when the pins of `used` are for I/O, enters CBUS mode with all pins
  /// released. Faults: those of `check`, `read_eeprom` and `Channel`.
  CbusBank(std::shared_ptr<Channel> channel, Clock& clock, std::uint8_t used);

  /// Faults `ftdi.cbus`, `ftdi.eeprom_blank`, `ftdi.eeprom_corrupt` (fixture) unless the EEPROM
  /// gives all pins of `used` to I/O. Asks the hardware nothing.
  void check(std::uint8_t used) const;

  [[nodiscard]] int pins() const override { return pins_; }
  /// Fault `ftdi.cbus_dead` (fixture) when a pin does not follow; those of `Channel`.
  void set(std::uint16_t mask, std::uint16_t directions, std::uint16_t levels) override;
  PinReading read() override;
  [[nodiscard]] const std::shared_ptr<Channel>& channel() const override { return channel_; }

 private:
  void prove(unsigned driven_low);

  const std::shared_ptr<Channel> channel_;
  Clock& clock_;
  EepromImage eeprom_;
  int pins_ = 0;
  std::mutex mutex_;
  PinState state_;
  unsigned proven_ = 0;  ///< pins that were seen low when they were driven low
};

}  // namespace plugrig::ftdi
