#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "rig/engine/recording_pause.hpp"
#include "rig/engine/run.hpp"
#include "rig/engine/unit_pool.hpp"
#include "rig/engine/unit_queue.hpp"

namespace plugrig {

/// What the slots of one run share. The mutex is never held over a call of the clock.
struct Batch {
  const RunParts& parts;
  const RunOptions& options;
  std::stop_token stop;  ///< of the run
  UnitPool pool;
  UnitQueue queue;
  std::mutex pool_lock = {};  ///< of both
  RecordingPause recording;
  /// Triggers when there is no unit left that a slot could wait for, and on the stop of the run.
  std::stop_source none_left = {};
};

/// What a slot did. Written by its thread.
struct SlotOutcome {
  std::vector<UnitResult> units;
  std::optional<Fault> fault;  ///< what broke outside any unit
};

/// One slot's part of a run: takes the next unit of the batch when it is ready, runs it, and so on
/// until none is left, the run is stopped, or the slot is not fit to be used any more. Never
/// throws. Called by the slot's thread, with a seat of the clock.
void run_slot(Batch& batch, const RunSlot& slot, SlotOutcome& outcome);

}  // namespace plugrig
