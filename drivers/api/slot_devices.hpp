#pragma once

#include <memory>

#include "drivers/api/boot_control.hpp"
#include "drivers/api/chip_flasher.hpp"
#include "drivers/api/uart.hpp"

namespace plugrig {

/// What the steps of one slot may use. Owned by whoever built the bench; the slot's thread is the
/// only user. A pointer is empty when the slot has no such thing.
struct SlotDevices {
  Uart* uart = nullptr;
  BootControl* boot = nullptr;
  ChipFlasher* flasher = nullptr;
};

/// Opens and closes the devices of a slot. `open` is called by the slot's thread before its first
/// step and may throw Fault; what it returns stays valid until `close` or destruction.
class SlotPort {
 public:
  virtual ~SlotPort() = default;
  virtual SlotDevices open(const Deadline& deadline) = 0;
  /// All lines idle, ports closed. Must not throw.
  virtual void close() noexcept = 0;
};

}  // namespace plugrig
