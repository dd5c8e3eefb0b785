#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fixtures/build/built_bench.hpp"
#include "fixtures/twin/image_maker.hpp"
#include "rig/core/clock.hpp"
#include "rig/engine/run.hpp"
#include "rig/record/store.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig {

/// A folder of its own for one test, gone afterwards.
class TestFolder {
 public:
  explicit TestFolder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() /
              ("plugrig-" + name + "-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() {
    std::error_code left_behind;
    std::filesystem::remove_all(path_, left_behind);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  [[nodiscard]] std::string file(const std::string& name,
                                 const std::vector<std::uint8_t>& bytes) const {
    return file(name, std::string(bytes.begin(), bytes.end()));
  }

 private:
  std::filesystem::path path_;
};

/// Keeps every event as its line of JSON.
class EventLog final : public EventSink {
 public:
  void on(const Event& event) noexcept override {
    const std::lock_guard lock(mutex_);
    lines_ += to_json(event) + "\n";
  }
  [[nodiscard]] std::string lines() const { return lines_; }

 private:
  std::mutex mutex_;
  std::string lines_;
};

struct SimulatedResult {
  RunResult run;
  std::vector<std::vector<std::uint8_t>> flash;  ///< of each plug afterwards
  std::vector<std::string> macs;                 ///< the twin's truth
  std::vector<std::string> accidents;            ///< the twin's truth: empty on a safe bench
  std::vector<std::string> live;                 ///< slots whose mains was still on at the end
  std::string events;
  std::string problems;
};

/// A run of a sequence on a simulated bench in virtual time, and what tests may do to it.
struct SimulatedRun {
  std::string sequence_file;
  std::string bench_file;
  std::filesystem::path store_file;
  VariableSources variables = {};
  build::BuildOptions build = {};
  std::vector<std::string> stages = {};  ///< only these; empty = all
  std::vector<std::string> slots = {};   ///< only these; empty = all
  bool attended = false;
  int units = 0;  ///< in all slots; 0 = one a slot
  /// A person who needs no time puts another plug in for each unit; else the same plug stays.
  bool another_plug_each = false;
  UtcTime start = {1'798'000'000'000};  ///< calendar time at the begin: 2026-12-23
  /// Adds steps of the test's own.
  std::function<void(StepRegistry&)> more_steps = {};
  /// The bench before anything runs: flash content, swapped plugs. `clock` is at zero.
  std::function<void(twin::TwinBench&)> before = {};
  /// The same with the clock: for a person who works at the bench while it runs.
  std::function<void(twin::TwinBench&, Clock&)> at_bench = {};
  /// The same, and the clock, after the run and before the bench goes.
  std::function<void(twin::TwinBench&, Clock&)> after = {};
  /// Sees every event as it comes, on the slot's thread.
  std::function<void(const Event&)> on_event = {};
  /// What somebody does beside the run, on a thread with a seat of its own. The deadline's stop
  /// triggers when the run is over; Stopped may be let through.
  std::function<void(twin::TwinBench&, Clock&, Run&, const Deadline&)> beside = {};
};

/// Events to the log and to the test.
class TestSink final : public EventSink {
 public:
  TestSink(EventLog& log, const std::function<void(const Event&)>& more) : log_(log), more_(more) {}
  void on(const Event& event) noexcept override {
    log_.on(event);
    if (more_) more_(event);
  }

 private:
  EventLog& log_;
  const std::function<void(const Event&)>& more_;
};

/// Runs `wanted.beside` for as long as this object lives. Made, ended and destroyed by a thread
/// that holds a seat.
class Bystander {
 public:
  Bystander(const SimulatedRun& wanted, twin::TwinBench& bench, Clock& clock, Run& run)
      : clock_(clock) {
    if (!wanted.beside) return;
    seat_ = clock.reserve("bystander");
    thread_ = std::jthread([this, &wanted, &bench, &run] {
      seat_->enter();
      try {
        wanted.beside(bench, clock_, run, {.stop = over_.get_token()});
      } catch (const Stopped&) {
        // The run ended first.
      }
      gone_ = true;
      clock_.notify();
      seat_->leave();
    });
  }
  ~Bystander() {
    if (!thread_.joinable()) return;
    over_.request_stop();
    clock_.notify();
    clock_.wait([this] { return gone_.load(); }, {});
  }
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;

 private:
  Clock& clock_;
  std::unique_ptr<Clock::Seat> seat_;
  std::stop_source over_;
  std::atomic<bool> gone_{false};
  std::jthread thread_;
};

inline SimulatedResult run_simulated(const SimulatedRun& wanted) {
  const auto source = std::filesystem::path(PLUGRIG_SOURCE_DIR);
  SimulatedResult result;
  Problems problems;
  auto registry = steps::make_registry();
  if (wanted.more_steps) wanted.more_steps(registry);
  auto sequence = load_sequence(wanted.sequence_file, registry, wanted.variables, problems,
                                MissingValues::error, {source / "fixtures" / "plugs"});
  if (!wanted.stages.empty()) keep_stages(sequence, wanted.stages, problems);
  const auto bench = bench::load_bench(wanted.bench_file, source / "fixtures", problems);
  if (!problems.any_error()) build::check_devices(bench, problems);
  result.problems = problems.render();
  if (problems.any_error()) return result;
  // Sanitizer builds are slow; a turn may take long there.
  const auto clock =
      make_virtual_clock({.start = wanted.start, .stuck_limit = std::chrono::seconds{60}});
  const auto seat = clock->reserve("test");
  seat->enter();
  auto built = build::build_bench(bench, *clock, wanted.build);
  if (wanted.before) wanted.before(*built.twin);
  if (wanted.at_bench) wanted.at_bench(*built.twin, *clock);
  EventLog log;
  TestSink sink(log, wanted.on_event);
  RecordStore store(wanted.store_file);
  std::unique_ptr<MainsGate> gate;
  if (built.mains) {
    gate = std::make_unique<MainsGate>(*std::exchange(built.mains, std::nullopt), *clock,
                                       MainsGateOptions{.attended = wanted.attended});
  }
  RunOptions options;
  options.bench = bench.name;
  options.software = "test";
  options.units = wanted.units;
  options.gate = gate.get();
  options.person = wanted.build.person;
  if (wanted.another_plug_each)
    options.next_unit = [&built](const std::string& slot, int number, const Deadline&) {
      built.next_unit(slot, number);
      return true;
    };
  std::vector<RunSlot> slots;
  for (auto& slot : built.slots)
    if (wanted.slots.empty() ||
        std::find(wanted.slots.begin(), wanted.slots.end(), slot.name) != wanted.slots.end())
      slots.push_back({slot.name, slot.port.get()});
  Run run(sequence, std::move(slots), *clock, sink, store, options);
  {
    const Bystander bystander(wanted, *built.twin, *clock, run);
    result.run = run.run();
  }
  built.twin->advance(clock->now().time_since_epoch());
  for (const auto& slot : built.slots) {
    const auto* plug = slot.twin;  // none in an empty slot
    result.flash.push_back(plug == nullptr ? std::vector<std::uint8_t>{} : plug->flash());
    result.macs.push_back(plug == nullptr ? "" : plug->mac());
    if (built.twin->truth(slot.name).live) result.live.push_back(slot.name);
  }
  result.accidents = built.twin->accidents();
  if (wanted.after) wanted.after(*built.twin, *clock);
  gate.reset();
  result.events = log.lines();
  return result;
}

/// The same in short, for runs without mains.
inline SimulatedResult run_simulated(const std::string& sequence_file,
                                     const std::string& bench_file, const VariableValues& values,
                                     const std::filesystem::path& store_file,
                                     build::BuildOptions build_options = {}) {
  SimulatedRun wanted;
  wanted.sequence_file = sequence_file;
  wanted.bench_file = bench_file;
  wanted.variables = values;
  wanted.store_file = store_file;
  wanted.build = build_options;
  return run_simulated(wanted);
}

}  // namespace plugrig
