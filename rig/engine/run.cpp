#include "rig/engine/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace plugrig {

/// Written by the slot's thread, read by the run's when the slot is done.
struct Run::SlotResult {
  std::vector<UnitResult> units;
  std::optional<Fault> fault;
};

Run::Run(const Sequence& sequence, std::vector<RunSlot> slots, Clock& clock, EventSink& sink,
         Recorder& recorder, RunOptions options)
    : sequence_(sequence),
      slots_(std::move(slots)),
      clock_(clock),
      sink_(sink),
      recorder_(recorder),
      options_(std::move(options)) {}

void Run::request_stop(StopReason reason) {
  StopReason none = StopReason::none;
  reason_.compare_exchange_strong(none, reason);
  stop_.request_stop();
}

bool Run::needs_mains() const {
  return std::any_of(sequence_.stages.begin(), sequence_.stages.end(),
                     [](const SequenceStage& stage) { return stage.mains_on; });
}

void Run::require_mains() const {
  for (const RunSlot& slot : slots_) {
    if (options_.gate != nullptr && options_.gate->has_slot(slot.name)) continue;
    throw Fault("bench.no_mains", Blame::config,
                fmt::format("The sequence has a stage with 'mains: on', and slot {} has no mains.",
                            slot.name),
                "Choose slots with a mains relay, or the other stages with --stages.");
  }
}

RunResult Run::run() {
  if (needs_mains()) require_mains();
  const std::optional<UtcTime> last_recorded = recorder_.last_recorded();
  const RunInfo info{sequence_.name, options_.bench, options_.software, clock_.utc()};
  const RunParts parts{.sequence = sequence_,
                       .clock = clock_,
                       .sink = sink_,
                       .recorder = recorder_,
                       .run_id = recorder_.begin_run(info),
                       .bench = options_.bench,
                       .gate = options_.gate,
                       .last_recorded = last_recorded,
                       .operator_name = options_.operator_name,
                       .facts = options_.facts};
  const auto watch = needs_mains() ? options_.gate->watch() : nullptr;
  event::RunStarted started{parts.run_id, info.sequence, info.bench, info.software};
  for (const RunSlot& slot : slots_) started.slots.push_back(slot.name);
  started.units_per_slot = options_.units_per_slot;
  sink_.on({clock_.now(), clock_.utc(), "", started});
  std::vector<SlotResult> results(slots_.size());
  start_and_wait(parts, results);
  return collect(parts, results);
}

void Run::start_and_wait(const RunParts& parts, std::vector<SlotResult>& results) {
  // Seats in the order of the slots: this, and nothing that the machine does, fixes whose turn it
  // is when several are due at the same time.
  std::vector<std::unique_ptr<Clock::Seat>> seats;
  for (const RunSlot& slot : slots_) seats.push_back(clock_.reserve("slot " + slot.name));
  std::atomic<std::size_t> done{0};
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    try {
      threads.emplace_back([&, i] {
        seats[i]->enter();
        run_slot(parts, slots_[i], results[i]);
        done.fetch_add(1);
        clock_.notify();
        seats[i]->leave();
      });
    } catch (const std::system_error& error) {
      seats[i].reset();
      results[i].fault =
          Fault("engine.thread", Blame::host,
                fmt::format("No thread for slot {} ({}).", slots_[i].name, error.what()),
                "Close other programs, then run the units of this slot again.");
      done.fetch_add(1);
    }
  }
  clock_.wait([&] { return done.load() == slots_.size(); }, {});
}

/// A slot of which nothing shows that it is dead is confirmed by a person, or not used any more.
bool Run::free_for_next(const RunSlot& slot, const Deadline& deadline) {
  if (options_.gate == nullptr || !options_.gate->needs_person(slot.name)) return true;
  if (options_.person == nullptr) return false;
  options_.gate->confirm_unplugged(slot.name, *options_.person, deadline);
  return true;
}

void Run::run_slot(const RunParts& parts, const RunSlot& slot, SlotResult& result) {
  try {
    const Deadline deadline{Instant::max(), stop_.get_token()};
    // Without a person the first unit may try: its record then says what is wrong.
    if (options_.person != nullptr) free_for_next(slot, deadline);
    for (int number = 1; number <= options_.units_per_slot; ++number) {
      if (stop_.stop_requested()) return;
      if (options_.next_unit && !options_.next_unit(slot.name, number, deadline)) return;
      result.units.push_back(run_unit(parts, slot.name, *slot.port, number, stop_.get_token()));
      if (!free_for_next(slot, deadline)) return;
      // Without a store no further unit can be finished; the slot has nothing left to do.
      if (!result.units.back().recorded) return;
    }
  } catch (const Stopped&) {
    return;
  } catch (const Fault& fault) {
    result.fault = fault;
  } catch (const std::exception& error) {
    result.fault = Fault("engine.unexpected", Blame::software,
                         fmt::format("Slot {} broke off ({}).", slot.name, error.what()),
                         "Report this; the units of this slot must be run again.");
  } catch (...) {
    result.fault = Fault("engine.unexpected", Blame::software,
                         fmt::format("Slot {} broke off for an unknown reason.", slot.name),
                         "Report this; the units of this slot must be run again.");
  }
}

RunResult Run::collect(const RunParts& parts, std::vector<SlotResult>& results) {
  RunResult run;
  run.run_id = parts.run_id;
  run.stop = reason_.load();
  event::RunEnded ended;
  for (SlotResult& slot : results) {
    if (slot.fault && !run.fault) run.fault = slot.fault;
    for (UnitResult& unit : slot.units) {
      const Verdict verdict = unit.record.verdict;
      ++(verdict == Verdict::pass   ? ended.passed
         : verdict == Verdict::fail ? ended.failed
                                    : ended.other);
      run.units.push_back(std::move(unit));
    }
  }
  try {
    recorder_.end_run(run.run_id, clock_.utc());
  } catch (const Fault& fault) {
    if (!run.fault) run.fault = fault;
  }
  std::vector<UnitOutcome> outcomes;
  for (const UnitResult& unit : run.units) {
    outcomes.push_back({unit.record.verdict, unit.recorded, unit.fault_id, unit.blame});
    // A safety fault counts, whatever else decided how the unit ended.
    for (const AttemptRecord& attempt : unit.record.attempts) {
      if (attempt.fault_id.starts_with("safety.")) outcomes.back().fault_id = attempt.fault_id;
    }
  }
  if (run.fault) {
    outcomes.push_back({Verdict::error, true, run.fault->id(), to_string(run.fault->blame())});
  }
  run.exit_code = exit_code_of_run(outcomes, run.stop);
  sink_.on({clock_.now(), clock_.utc(), "", ended});
  return run;
}

}  // namespace plugrig
