#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/api/slot_devices.hpp"
#include "rig/engine/exit_code.hpp"
#include "rig/engine/mains_gate.hpp"
#include "rig/engine/network_room.hpp"
#include "rig/engine/other_unit.hpp"
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
  /// Null: no step of the sequence takes the network away.
  NetworkRoom* network = nullptr;
  std::optional<UtcTime> last_recorded = {};
  std::string operator_name = {};
  std::map<std::string, std::string, std::less<>> facts = {};  ///< of every unit from its begin
};

/// What is to be done with a unit in a slot now: all of the sequence, a part of it (the rest comes
/// in another slot), or what a crash left undone.
struct UnitWork {
  int number = 1;  ///< in its slot and run; names a unit without a record
  int again = 0;   ///< how often the same unit was tested in this run before
  /// Only these of the sequence; absent = all, none = what is left is clean-up and verdict.
  std::optional<std::vector<std::string>> stages = {};
  std::optional<UnitRecord> earlier = {};  ///< goes on with this record, which has no verdict yet
  bool ends_here = true;                   ///< false: when all goes well, the verdict comes later
  /// Stages that passed earlier, in this order: their steps show that this still holds before
  /// `stages` begin (StepType::prove). What cannot be shown is run again, with all that follows.
  std::vector<std::string> proven = {};
};

/// How one unit ended, as told on the screen.
struct UnitResult {
  UnitRecord record;
  bool recorded = false;  ///< false: NOT RECORDED, and never PASS
  std::string fault_id;
  std::string blame;
  /// Why the unit has no verdict yet.
  enum class Open : std::uint8_t {
    no,         ///< it has one
    goes_on,    ///< its work here is done
    not_there,  ///< another unit is in the slot, or none: nothing was done
  };
  Open open = Open::no;
};

/// Longest time to open a slot's devices.
inline constexpr Duration kOpenLimit = std::chrono::seconds{30};

/// Step index of opening the slot, which is recorded as attempt `slot.open` beside the steps.
inline constexpr int kOpenIndex = -1;
/// The same of entering a stage with mains on (attempt `mains.enter`: port closed, the slot's turn
/// on the load path) and of leaving it (`mains.off`: load and mains off, and off proven).
inline constexpr int kMainsEnterIndex = -2;
inline constexpr int kMainsOffIndex = -3;
/// Looking whether what passed before a crash still holds (attempt `resume.prove`, once a stage).
inline constexpr int kProveIndex = -4;
/// A unit that was given up between two slots (attempt `unit.move`).
inline constexpr int kMoveIndex = -5;
/// Waiting until a stage may use the network, or take it away (attempt `network.enter`, once a
/// stage of sequences that take it away).
inline constexpr int kNetworkIndex = -6;

/// Fact of a unit that waits between two slots, and its value then.
inline constexpr std::string_view kWaitsFor = "waits_for";
inline constexpr std::string_view kWaitsForMains = "a slot with mains";

/// Runs the sequence on the unit that is in the slot: open, stages, clean-up, close, verdict. A
/// stage with mains on runs with the port closed; however it ends, mains is off and proven off
/// before anything else happens.
/// Never throws for what a step, a driver or the store does. Blocks until clean-up is over; call
/// with a seat of the clock.
UnitResult run_unit(const RunParts& parts, const std::string& slot, SlotPort& port,
                    const UnitWork& work, const std::stop_token& stop);

/// The same for all of the sequence and a new unit.
UnitResult run_unit(const RunParts& parts, const std::string& slot, SlotPort& port, int number,
                    const std::stop_token& stop);

/// Ends a unit whose work never went on: aborted, with the reason as its last attempt. A fail that
/// its attempts hold stays. Does not throw.
UnitResult give_up_unit(const RunParts& parts, const std::string& slot, const UnitRecord& earlier,
                        const Fault& reason);

}  // namespace plugrig
