#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "drivers/api/slot_devices.hpp"
#include "rig/engine/exit_code.hpp"
#include "rig/engine/mains_gate.hpp"
#include "rig/engine/sequence.hpp"
#include "rig/record/recorder.hpp"

namespace plugrig {

/// What the units of a run share.
struct RunParts {
  const Sequence& sequence;
  Clock& clock;
  EventSink& sink;
  Recorder& recorder;
  std::string run_id;
  std::string bench;
  MainsGate* gate = nullptr;  ///< null: no slot has mains
  std::optional<UtcTime> last_recorded = {};
  std::string operator_name = {};
  std::map<std::string, std::string, std::less<>> facts = {};  ///< of every unit from its begin
};

/// How one unit ended, as told on the screen.
struct UnitResult {
  UnitRecord record;
  bool recorded = false;  ///< false: NOT RECORDED, and never PASS
  std::string fault_id;
  std::string blame;
};

/// Longest time to open a slot's devices.
inline constexpr Duration kOpenLimit = std::chrono::seconds{30};

/// Step index of opening the slot, which is recorded as attempt `slot.open` beside the steps.
inline constexpr int kOpenIndex = -1;
/// The same of entering a stage with mains on (attempt `mains.enter`: port closed, the slot's turn
/// on the load path) and of leaving it (`mains.off`: load and mains off, and off proven).
inline constexpr int kMainsEnterIndex = -2;
inline constexpr int kMainsOffIndex = -3;

/// Runs the sequence on the unit that is in the slot: open, stages, clean-up, close, verdict. A
/// stage with mains on runs with the port closed; however it ends, mains is off and proven off
/// before anything else happens.
/// Never throws for what a step, a driver or the store does. Blocks until clean-up is over; call
/// with a seat of the clock.
UnitResult run_unit(const RunParts& parts, const std::string& slot, SlotPort& port, int number,
                    const std::stop_token& stop);

}  // namespace plugrig
