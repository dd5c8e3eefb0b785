#pragma once

#include <string>

#include "drivers/api/modbus_port.hpp"
#include "drivers/guardian/off_plan.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::guardian {

/// What one round of switching off came to.
struct OffRound {
  bool proven = false;  ///< every relay was read back as off
  std::string trouble;  ///< what did not work, the last of it; empty = nothing
};

/// Writes off to every relay of the plan, in its order, then reads all of them back; what does not
/// answer holds up the others for 200 ms each. A lost port is opened anew once. No stop ends it,
/// and nothing is thrown.
OffRound switch_off(ModbusPort& port, const BusPlan& plan, Clock& clock) noexcept;

}  // namespace plugrig::guardian
