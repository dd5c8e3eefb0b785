#pragma once

#include "rig/core/clock.hpp"

namespace plugrig {

/// A line of the fixture that reads a LED of the unit: a contact at its pin, or an optical sensor.
/// One thread at a time uses it, while the slot's port is open.
class PlugLed {
 public:
  virtual ~PlugLed() = default;
  /// What the line shows now, without waiting for it to be steady. Blocks for one request to the
  /// hardware, a few ms. Fault `ftdi.lost` or `ftdi.missing` (host) when it cannot be read.
  virtual bool lit(const Deadline& deadline) = 0;
};

}  // namespace plugrig
