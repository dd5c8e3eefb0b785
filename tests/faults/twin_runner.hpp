#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "fixtures/build/built_bench.hpp"
#include "rig/engine/run.hpp"
#include "rig/record/store.hpp"
#include "tests/bench/simulated_run.hpp"

namespace plugrig::test {

/// A simulated bench in virtual time on which several runs follow each other: the units stay where
/// they are when a rig dies. Used by one thread, which has a seat of the clock meanwhile.
class TwinRunner {
 public:
  /// Problems of the files fail the test.
  TwinRunner(const std::string& sequence_file, const std::string& bench_file,
             const VariableSources& variables);
  ~TwinRunner();

  [[nodiscard]] Clock& clock() { return *clock_; }
  [[nodiscard]] build::BuiltBench& bench() { return *built_; }
  [[nodiscard]] const Sequence& sequence() const { return sequence_; }
  [[nodiscard]] std::set<std::string> contacts() const;

  std::function<void(const Event&)> on_event;
  MoveUnit move_unit;  ///< empty: at once, and rightly
  std::string events;  ///< of all runs so far, one line of JSON each

  /// Runs `units` units. `make_dying` gets the run before it begins.
  RunResult run(Recorder& recorder, int units, std::optional<LeftRun> left = {},
                const std::function<void(Run&)>& before = {});

 private:
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Clock::Seat> seat_;
  StepRegistry registry_;
  Sequence sequence_;
  bench::BenchSpec spec_;
  std::optional<build::BuiltBench> built_;
  std::unique_ptr<MainsGate> gate_;
};

/// Values for the variables of the shipped sequences, with a small image in `folder`.
VariableSources small_variables(const TestFolder& folder);

}  // namespace plugrig::test
