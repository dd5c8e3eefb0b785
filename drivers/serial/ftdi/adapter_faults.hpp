#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drivers/serial/ftdi/adapters.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

/// "FT4232H FT7XK2A1 at 1-4.2": how people tell an adapter; parts that are not known are left out.
std::string describe(const AdapterInfo& adapter);
/// 'A', 'B', …
char channel_letter(int index);

/// `ftdi.usb` (host): the USB cannot be reached; `reason` as libusb names it.
Fault no_usb_fault(const std::string& reason);
/// `ftdi.missing` (host): nothing attached is what `wanted` says; nearest names.
Fault missing_fault(const AdapterWanted& wanted, const std::vector<AdapterInfo>& attached);
/// `ftdi.ambiguous` (config): several fit; how to tell them apart.
Fault ambiguous_fault(const AdapterWanted& wanted, const std::vector<AdapterInfo>& fitting);
/// `ftdi.wrong_chip` (config)
Fault wrong_chip_fault(const AdapterWanted& wanted, const AdapterInfo& found);
/// `ftdi.unknown_chip` (host): FTDI's, but none that libftdi1 1.5 can clock right.
Fault unknown_chip_fault(const std::string& name, const AdapterInfo& found);
/// `ftdi.permission` (host): says which udev rule is missing, or what else to do when one is there.
Fault permission_fault(const std::string& name, const AdapterInfo& found);
/// `ftdi.no_channel` (config)
Fault no_channel_fault(const std::string& name, const AdapterInfo& found, int index);
/// `ftdi.busy` (host): `channel` as `Channel::name()`.
Fault busy_fault(const std::string& channel, const std::optional<serial::PortHolder>& holder);
/// `ftdi.open` (host)
Fault open_fault(const std::string& channel, const std::string& reason);

}  // namespace plugrig::ftdi
