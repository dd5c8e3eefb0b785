#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
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
  std::string events;
  std::string problems;
};

/// Runs a sequence file on a simulated bench in virtual time.
inline SimulatedResult run_simulated(const std::string& sequence_file,
                                     const std::string& bench_file, const VariableValues& values,
                                     const std::filesystem::path& store_file,
                                     build::BuildOptions build_options = {}) {
  const auto source = std::filesystem::path(PLUGRIG_SOURCE_DIR);
  SimulatedResult result;
  Problems problems;
  const auto registry = steps::make_registry();
  const auto sequence = load_sequence(sequence_file, registry, values, problems);
  const auto bench = bench::load_bench(bench_file, source / "fixtures", problems);
  result.problems = problems.render();
  if (problems.any_error()) return result;
  // Sanitizer builds are slow; a turn may take long there.
  const auto clock = make_virtual_clock({.stuck_limit = std::chrono::seconds{60}});
  auto slots = build::build_bench(bench, *clock, build_options);
  std::vector<RunSlot> run_slots;
  for (auto& slot : slots) run_slots.push_back({slot.name, slot.port.get()});
  EventLog log;
  RecordStore store(store_file);
  RunOptions options;
  options.bench = bench.name;
  options.software = "test";
  {
    const auto seat = clock->reserve("test");
    seat->enter();
    result.run = Run(sequence, std::move(run_slots), *clock, log, store, options).run();
  }
  for (const auto& slot : slots) {
    result.flash.push_back(slot.twin->flash());
    result.macs.push_back(slot.twin->mac());
  }
  result.events = log.lines();
  return result;
}

}  // namespace plugrig
