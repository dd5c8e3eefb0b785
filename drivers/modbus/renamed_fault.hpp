#pragma once

#include <string_view>

#include "rig/core/fault.hpp"

namespace plugrig::modbus {

/// A fault of the bus as that of one device: `modbus.timeout` becomes `meter.timeout` for `family`
/// "meter", its sentence says which device, `bus` goes to the evidence. Others stay as they are.
Fault renamed(const Fault& fault, std::string_view family, std::string_view device,
              std::string_view bus);

}  // namespace plugrig::modbus
