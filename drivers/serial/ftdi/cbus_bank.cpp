#include "drivers/serial/ftdi/cbus_bank.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include "drivers/serial/ftdi/eeprom_faults.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

namespace {

constexpr unsigned kPinMask = 0x0F;

/// Request 0B in CBUS mode: directions in the high nibble, levels in the low (FTDI facts, 6).
std::uint8_t mask_of(const PinState& state) {
  const unsigned levels = unsigned{state.latch} & state.directions;
  return low_byte((unsigned{state.directions} << 4U) | levels);
}

}  // namespace

CbusBank::CbusBank(std::shared_ptr<Channel> channel, Clock& clock, std::uint8_t used)
    : channel_(std::move(channel)), clock_(clock), eeprom_(read_eeprom(*channel_)) {
  pins_ = facts_of(*channel_->adapter().chip).cbus_pins;
  check(used);
  channel_->set_bit_mode(BitMode::cbus, 0);
}

void CbusBank::check(std::uint8_t used) const {
  require_valid(eeprom_, channel_->name());
  std::vector<int> numbers;
  std::vector<std::string> wrong;
  for (const CbusFunction& pin : cbus_functions(*channel_->adapter().chip, eeprom_)) {
    if (((unsigned{used} >> static_cast<unsigned>(pin.pin)) & 1U) == 0 || pin.io) continue;
    numbers.push_back(pin.pin);
    wrong.push_back(fmt::format("{} ({}) is {}", pin.pad, pin.pin, pin.name));
  }
  if (wrong.empty()) return;
  throw Fault("ftdi.cbus", Blame::fixture,
              fmt::format("The EEPROM of {} gives pins that the bench file uses to something other "
                          "than I/O: {}.",
                          channel_->name(), fmt::join(wrong, ", ")),
              fmt::format("Run 'plugrig adapters --eeprom {} --set-cbus-io {}', then unplug the "
                          "adapter and plug it in again.",
                          eeprom_argument(channel_->adapter()), fmt::join(numbers, ",")));
}

void CbusBank::set(std::uint16_t mask, std::uint16_t directions, std::uint16_t levels) {
  const std::lock_guard lock(mutex_);
  const PinState next =
      state_.with(static_cast<std::uint16_t>(mask & kPinMask), directions, levels);
  // A lost adapter is told even when there is nothing to do.
  if (mask_of(next) != mask_of(state_) || channel_->lost())
    channel_->set_bit_mode(BitMode::cbus, mask_of(next));
  state_ = next;
  const unsigned driven_low = state_.directions & ~unsigned{state_.latch};
  if ((driven_low & ~proven_) != 0) prove(driven_low);
}

/// Low only: what a chip shows of a pin that it drives high is not documented.
void CbusBank::prove(unsigned driven_low) {
  const unsigned seen = channel_->read_pins();
  const unsigned astray = seen & driven_low;
  proven_ |= driven_low & ~astray;
  if (astray == 0) return;
  std::vector<std::string_view> pads;
  for (const CbusFunction& pin : cbus_functions(*channel_->adapter().chip, eeprom_))
    if (((astray >> static_cast<unsigned>(pin.pin)) & 1U) != 0) pads.push_back(pin.pad);
  throw Fault("ftdi.cbus_dead", Blame::fixture,
              fmt::format("{} of {} cannot be driven, though the EEPROM gives it to I/O.",
                          fmt::join(pads, ", "), channel_->name()),
              "If the EEPROM was programmed just now, unplug the adapter and plug it in again. "
              "Else look for a short circuit at the pin; chips that are counterfeit have no CBUS.",
              {{"pins driven low", fmt::format("{:04b}", driven_low)},
               {"levels read", fmt::format("{:04b}", seen & kPinMask)}});
}

PinReading CbusBank::read() {
  const Instant at = clock_.now();
  return {static_cast<std::uint16_t>(channel_->read_pins() & kPinMask), at};
}

std::unique_ptr<PinBank> make_cbus_bank(std::shared_ptr<Channel> channel, Clock& clock,
                                        std::uint8_t used) {
  return std::make_unique<CbusBank>(std::move(channel), clock, used);
}

}  // namespace plugrig::ftdi
