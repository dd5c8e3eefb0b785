#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "rig/engine/mains_gate.hpp"
#include "rig/engine/recording_pause.hpp"
#include "rig/engine/resume.hpp"
#include "rig/engine/retest.hpp"
#include "rig/engine/slot_stops.hpp"
#include "rig/engine/start_signal.hpp"
#include "rig/engine/unit_pool.hpp"
#include "rig/engine/unit_queue.hpp"
#include "rig/engine/unit_run.hpp"

namespace plugrig {

/// A slot that takes part in a run. The port outlives the run and belongs to the slot's thread
/// while it runs.
struct RunSlot {
  std::string name;
  SlotPort* port = nullptr;
  bool contacts = true;  ///< false: a socket alone, without UART and 3.3 V
};

/// A unit on its way from a slot with contacts to one with mains.
struct MovedUnit {
  std::string from;
  std::string to;
  std::string mac;  ///< by which it is told from others; empty = never read
};

/// Blocks until somebody has put the unit into its new slot. Called by the thread of that slot,
/// with a seat of the clock. May throw Stopped or Fault; the unit then waits for another slot.
using MoveUnit = std::function<void(const MovedUnit& unit, const Deadline& deadline)>;

/// Brings unit `number` of the batch (from 1) into the slot, and blocks until it is there; false
/// when there is none: the slot then takes no further one, and others may have the number. Called
/// by the slot's thread, with a seat of the clock, before each unit. May throw Stopped or Fault.
using NextUnit = std::function<bool(const std::string& slot, int number, const Deadline& deadline)>;

struct RunOptions {
  std::string bench;
  std::string software;
  /// In all slots together, numbered from 1: a slot takes the next number when it is ready. 0: one
  /// a slot.
  int units = 0;
  StartSignal* start =
      nullptr;              ///< what starts a unit, outlives the run; null: it starts by itself
  NextUnit next_unit = {};  ///< empty: the next unit is there at once
  MoveUnit move_unit = {};  ///< empty: units move by themselves
  RetestDesk* retests = nullptr;    ///< outlives the run; null: no unit is tested again
  SlotStops* slot_stops = nullptr;  ///< outlives the run; null: slots stop together
  /// What a crash left of a run that is gone on with; empty = a new run.
  std::optional<LeftRun> left = {};
  /// What decides a new run as a whole (RunInfo::facts).
  std::map<std::string, std::string, std::less<>> run_facts = {};
  /// How long slots wait for a store that fails before they are given up.
  Duration longest_pause = RecordingPause::kLongest;
  /// The only way to mains; outlives the run. Null: a bench without mains, where a stage with
  /// `mains: on` is refused before anything moves (Fault `bench.no_mains`).
  MainsGate* gate = nullptr;
  /// Who is asked to unplug when off cannot be confirmed; null: the slot takes no further unit.
  Operator* person = nullptr;
  std::string operator_name = {};  ///< fact `operator` of each unit; empty = not said
  /// Facts of every unit from its begin: what it is, and digests of the files that decide.
  std::map<std::string, std::string, std::less<>> facts = {};
};

struct RunResult {
  std::string run_id;
  std::vector<UnitResult> units;  ///< by slot, in the order of the slots, then by number
  StopReason stop = StopReason::none;
  /// What broke outside any unit (a slot's loop, closing the record of the run).
  std::optional<Fault> fault;
  int exit_code = 0;
};

struct Batch;
struct SlotOutcome;

/// One run of a sequence on the slots of a bench: one thread a slot, and the units of a batch for
/// whichever slot is ready. A slot that is locked or cannot be opened takes no further unit, and
/// the others take its share. While nothing can be recorded no unit is started.
///
/// Thread rule: `run` is called once, by a thread that holds a seat of the clock; `request_stop`
/// from any thread (not from a signal handler), any number of times.
class Run {
 public:
  /// All of these outlive the run.
  Run(const Sequence& sequence, std::vector<RunSlot> slots, Clock& clock, EventSink& sink,
      Recorder& recorder, RunOptions options);

  /// Blocks until every slot has finished its clean-up. Throws Fault (`store.*`) when the run
  /// cannot be recorded at all, and `bench.no_mains` (config) when a slot has no mains and a stage
  /// needs it; nothing has moved then.
  RunResult run();

  /// Asks all slots to stop. Steps break off, clean-up runs to its end. The first reason counts.
  void request_stop(StopReason reason);
  [[nodiscard]] std::stop_token stop_token() const { return stop_.get_token(); }

 private:
  [[nodiscard]] bool needs_mains() const;
  [[nodiscard]] UnitQueue queue() const;
  [[nodiscard]] UnitPool pool(const UnitQueue& queue) const;
  [[nodiscard]] int units(const UnitQueue& queue) const;
  void give_up(const Batch& batch, std::vector<SlotOutcome>& outcomes);
  [[nodiscard]] bool start_up(SlotOutcome& first);
  void start_and_wait(Batch& batch, std::vector<SlotOutcome>& outcomes);
  RunResult collect(const RunParts& parts, std::vector<SlotOutcome>& outcomes);

  const Sequence& sequence_;
  std::vector<RunSlot> slots_;
  Clock& clock_;
  EventSink& sink_;
  Recorder& recorder_;
  RunOptions options_;
  std::stop_source stop_;
  std::atomic<StopReason> reason_{StopReason::none};
};

}  // namespace plugrig
