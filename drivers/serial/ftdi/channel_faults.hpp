#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "drivers/serial/ftdi/channel.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

// `channel` as `Channel::name()`; `during` completes "while …".

/// `ftdi.lost` (host): the adapter is gone, or USB transfers fail for good.
Fault lost_fault(const std::string& channel, const std::string& during, const std::string& reason);
/// `ftdi.request` (host): the chip refused a request.
Fault request_fault(const std::string& channel, const std::string& during,
                    const std::string& reason);
/// `ftdi.baud` (config): what the chip can make instead.
Fault baud_fault(const std::string& channel, ChipKind chip, std::uint32_t wanted);
/// `serial.write.timeout` (host)
Fault write_timeout_fault(const std::string& channel, std::size_t bytes_left);
/// `serial.write.timeout` (host) of draining: the chip's buffer did not run empty.
Fault drain_timeout_fault(const std::string& channel);

/// Line errors that happened between two looks, as evidence; empty when there were none.
std::vector<Evidence> line_error_evidence(const LineStatus& before, const LineStatus& after);

}  // namespace plugrig::ftdi
