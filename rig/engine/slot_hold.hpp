#pragma once

#include <memory>
#include <string>

#include "drivers/api/slot_devices.hpp"
#include "rig/engine/mains_gate.hpp"

namespace plugrig {

/// Which side of a slot may be used: its UART and 3.3 V, or mains, and never both. However it goes
/// away, mains is off and the port closed. Used by the slot's thread.
class SlotHold {
 public:
  /// `gate` may be null: a slot without mains. All of it outlives the hold.
  SlotHold(SlotPort& port, MainsGate* gate, std::string slot);
  ~SlotHold();
  SlotHold(const SlotHold&) = delete;
  SlotHold& operator=(const SlotHold&) = delete;

  /// What may be used now.
  [[nodiscard]] SlotDevices& devices() { return devices_; }
  [[nodiscard]] bool port_open() const { return open_; }
  /// Null unless the slot is in a stage with mains on.
  [[nodiscard]] MainsSession* session() const { return session_.get(); }

  /// Locks mains off, then opens the port. Faults of both.
  void open(const Deadline& deadline);
  /// Closes the port, then asks the gate. Faults of the gate.
  void enter_mains(const MainsStage& stage);
  /// Off and proven; what may be used afterwards is what may be used live. Fault
  /// `safety.off_not_confirmed`.
  void leave_mains();
  /// Lines idle, 3.3 V off, port closed; then mains is no longer locked off by this.
  void close() noexcept;

 private:
  SlotPort& port_;
  MainsGate* const gate_;
  const std::string slot_;
  SlotDevices devices_;
  bool open_ = false;
  LowVoltageLease lease_;
  std::unique_ptr<MainsSession> session_;
};

}  // namespace plugrig
