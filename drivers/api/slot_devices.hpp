#pragma once

#include <memory>

#include "drivers/api/access_point_supply.hpp"
#include "drivers/api/boot_control.hpp"
#include "drivers/api/chip_flasher.hpp"
#include "drivers/api/control_lines.hpp"
#include "drivers/api/file_server.hpp"
#include "drivers/api/operator.hpp"
#include "drivers/api/plug_led.hpp"
#include "drivers/api/plug_link.hpp"
#include "drivers/api/scan.hpp"
#include "drivers/api/uart.hpp"

namespace plugrig {

/// What the steps of one slot may use. Owned by whoever built the bench; the slot's thread is the
/// only user. A pointer is empty when the slot has no such thing.
struct SlotDevices {
  Uart* uart = nullptr;
  BootControl* boot = nullptr;
  ControlLines* lines = nullptr;  ///< of the fixture: button, lamps, supply
  PlugLed* led = nullptr;         ///< the fixture's line that reads the unit's LED
  ChipFlasher* flasher = nullptr;
  PlugConsole* console = nullptr;  ///< the plug's serial console, through `uart`
  PlugNetwork* network = nullptr;
  FileServer* files = nullptr;  ///< from which plugs on the network fetch; of the whole bench
  AccessPointSupply* access_point = nullptr;  ///< of the whole bench
  Operator* person = nullptr;
  ScanSource* scans = nullptr;  ///< scans that are meant for this slot
};

/// What the lamps of a slot say. Both lit: call somebody.
enum class SlotLamps : std::uint8_t { off, pass, fail, both };

/// Opens and closes the devices of a slot. `open` is called by the slot's thread before its first
/// step and may throw Fault; what it returns stays valid until `close` or destruction.
class SlotPort {
 public:
  virtual ~SlotPort() = default;
  virtual SlotDevices open(const Deadline& deadline) = 0;
  /// All lines idle, 3.3 V off, ports closed. Must not throw.
  virtual void close() noexcept = 0;
  /// What may be used while mains is on and the ports are closed: network and person.
  virtual SlotDevices live() { return {}; }
  /// Lights the fixture's lamps; they stay lit until told otherwise. Nothing where there are none.
  /// Must not throw: a lamp that cannot be lit changes no verdict.
  virtual void show(SlotLamps /*lamps*/) noexcept {}
};

}  // namespace plugrig
