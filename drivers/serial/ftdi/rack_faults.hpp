#pragma once

#include "drivers/serial/ftdi/lines.hpp"
#include "drivers/serial/ftdi/rack.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

/// How many pins the bank has that holds `pin`. Faults: `ftdi.no_channel` (config), `ftdi.no_pin`
/// (config) when the chip has no such pin; they name what there is.
int pins_of_bank(ChipKind chip, bool mpsse, const Pin& pin);

/// "quad.B" as bench files write it.
std::string channel_text(const std::string& adapter, int channel);

Fault no_adapter_fault(const std::string& adapter, const std::vector<std::string>& known);
/// `use`: what the channel is already.
Fault in_use_fault(const std::string& adapter, int channel, const std::string& use);
Fault stale_fault(const std::string& adapter, int channel);

}  // namespace plugrig::ftdi
