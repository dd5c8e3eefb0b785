#pragma once

#include <filesystem>
#include <optional>

#include "drivers/serial/tty_lookup.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::serial {

/// Why open(2) of a port failed, told to the person at the bench. `error` is errno.
Fault open_fault(const std::filesystem::path& device, int error);

/// `serial.open.busy`; the holder is named when it is known.
Fault busy_fault(const std::filesystem::path& device, const std::optional<PortHolder>& holder);

}  // namespace plugrig::serial
