#include "rig/engine/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "rig/engine/slot_loop.hpp"

namespace plugrig {

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

UnitQueue Run::queue() const {
  std::vector<SlotPlace> places;
  for (const RunSlot& slot : slots_) {
    places.push_back(
        {slot.name, slot.contacts, options_.gate != nullptr && options_.gate->has_slot(slot.name)});
  }
  UnitQueue queue(sequence_, places);
  if (!options_.left) return queue;
  for (const LeftUnit& unit : options_.left->units) queue.left_over(unit.slot, unit.work);
  for (const LeftWaiting& unit : options_.left->waiting) {
    queue.left_waiting(unit.slot, unit.record);
  }
  return queue;
}

UnitPool Run::pool(const UnitQueue& queue) const {
  UnitPool pool(units(queue) + (options_.left ? options_.left->replaced : 0));
  if (options_.left) {
    for (const int number : options_.left->begun) pool.leave_out(number);
  }
  return pool;
}

RunResult Run::run() {
  UnitQueue units_of_run = queue();
  const std::optional<UtcTime> last_recorded = recorder_.last_recorded();
  const RunInfo info{sequence_.name, options_.bench, options_.software, clock_.utc(),
                     options_.run_facts};
  NetworkRoom network(clock_);
  const RunParts parts{.sequence = sequence_,
                       .clock = clock_,
                       .sink = sink_,
                       .recorder = recorder_,
                       .run_id = options_.left ? options_.left->run_id : recorder_.begin_run(info),
                       .bench = options_.bench,
                       .gate = options_.gate,
                       .network = takes_network(sequence_) ? &network : nullptr,
                       .last_recorded = last_recorded,
                       .operator_name = options_.operator_name,
                       .facts = options_.facts};
  const auto watch = needs_mains() ? options_.gate->watch() : nullptr;
  event::RunStarted started{parts.run_id, info.sequence, info.bench, info.software};
  for (const RunSlot& slot : slots_) started.slots.push_back(slot.name);
  started.units = units(units_of_run);
  sink_.on({clock_.now(), clock_.utc(), "", started});
  Batch batch{.parts = parts,
              .options = options_,
              .stop = stop_.get_token(),
              .pool = pool(units_of_run),
              .queue = std::move(units_of_run),
              .recording = RecordingPause(clock_, recorder_, options_.longest_pause)};
  const std::stop_callback also(stop_.get_token(), [&batch] { batch.none_left.request_stop(); });
  std::vector<SlotOutcome> outcomes(slots_.size());
  if (start_up(outcomes.front())) {
    start_and_wait(batch, outcomes);
    give_up(batch, outcomes);
  }
  return collect(parts, outcomes);
}

/// Everything on the bench is off, and shown to be, before the first unit; else there is none.
bool Run::start_up(SlotOutcome& first) {
  if (options_.gate == nullptr) return true;
  try {
    options_.gate->start_up({.deadline = {Instant::max(), stop_.get_token()},
                             .person = options_.person,
                             .for_mains = needs_mains()});
    return true;
  } catch (const Stopped&) {
    return false;
  } catch (const Fault& fault) {
    first.fault = fault;
    return false;
  }
}

/// Units that no slot took before the run ended, and those that a crash left without a way on.
void Run::give_up(const Batch& batch, std::vector<SlotOutcome>& outcomes) {
  const auto outcome_of = [&](const std::string& name) -> SlotOutcome& {
    const auto found = std::find_if(slots_.begin(), slots_.end(),
                                    [&](const RunSlot& slot) { return slot.name == name; });
    return outcomes[found == slots_.end()
                        ? 0
                        : static_cast<std::size_t>(std::distance(slots_.begin(), found))];
  };
  for (const UnitQueue::Waiting& unit : batch.queue.waiting()) {
    const Fault why("unit.not_moved", Blame::operator_,
                    fmt::format("Unit {} waited in slot {} for a slot with mains, and none took it "
                                "before the run ended.",
                                unit.record.unit_id, unit.slot),
                    "Run the unit again.");
    outcome_of(unit.slot).units.push_back(give_up_unit(batch.parts, unit.slot, unit.record, why));
  }
  if (!options_.left) return;
  for (const LostUnit& unit : options_.left->lost) {
    outcome_of(unit.slot).units.push_back(
        give_up_unit(batch.parts, unit.slot, unit.record, unit.why));
  }
}

int Run::units(const UnitQueue& queue) const {
  if (options_.units > 0) return options_.units;
  return static_cast<int>(std::count_if(
      slots_.begin(), slots_.end(), [&](const RunSlot& slot) { return queue.begins(slot.name); }));
}

void Run::start_and_wait(Batch& batch, std::vector<SlotOutcome>& outcomes) {
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
        run_slot(batch, slots_[i], outcomes[i]);
        done.fetch_add(1);
        clock_.notify();
        seats[i]->leave();
      });
    } catch (const std::system_error& error) {
      seats[i].reset();
      outcomes[i].fault =
          Fault("engine.thread", Blame::host,
                fmt::format("No thread for slot {} ({}).", slots_[i].name, error.what()),
                "Close other programs, then run the units of this slot again.");
      done.fetch_add(1);
    }
  }
  clock_.wait([&] { return done.load() == slots_.size(); }, {});
}

RunResult Run::collect(const RunParts& parts, std::vector<SlotOutcome>& outcomes) {
  RunResult run;
  run.run_id = parts.run_id;
  run.stop = reason_.load();
  event::RunEnded ended;
  for (SlotOutcome& slot : outcomes) {
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
  std::vector<UnitOutcome> ends;
  for (const UnitResult& unit : run.units) {
    ends.push_back({unit.record.verdict, unit.recorded, unit.fault_id, unit.blame});
    // A safety fault counts, whatever else decided how the unit ended.
    for (const AttemptRecord& attempt : unit.record.attempts) {
      if (attempt.fault_id.starts_with("safety.")) ends.back().fault_id = attempt.fault_id;
    }
  }
  if (run.fault) {
    ends.push_back({Verdict::error, true, run.fault->id(), to_string(run.fault->blame())});
  }
  run.exit_code = exit_code_of_run(ends, run.stop);
  sink_.on({clock_.now(), clock_.utc(), "", ended});
  return run;
}

}  // namespace plugrig
