#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "drivers/serial/ftdi/pin_bank.hpp"

namespace plugrig::ftdi {

/// Sets the modem outputs that are stated, in one request; asserted = pin low.
using SetModemLines = std::function<void(std::optional<bool> dtr, std::optional<bool> rts)>;

/// DTR (0) and RTS (1) of a UART channel as a bank of two outputs. They are always driven: a
/// released pin is high. Cannot be read.
std::unique_ptr<PinBank> make_modem_bank(std::shared_ptr<Channel> channel, SetModemLines set);

}  // namespace plugrig::ftdi
