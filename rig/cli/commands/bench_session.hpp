#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "drivers/operator/scripted_operator.hpp"
#include "fixtures/build/built_bench.hpp"
#include "rig/cli/commands/bench_lock.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/engine/mains_gate.hpp"

namespace plugrig::cli {

struct SessionOptions {
  double factor = 1;       ///< simulated bench: bench seconds per wall second; 0 = no limit
  std::uint64_t seed = 0;  ///< simulated bench: added to every seed
  /// Simulated bench: its calendar begins no earlier. One that ran faster than the host's clock has
  /// left records that lie ahead of it, and nothing may be certified before the last record.
  std::optional<UtcTime> not_before = {};
  bool use_stub = true;
  bool attended = false;            ///< a person watches a bench without a hard-wired interlock
  std::string answers;              ///< file with prepared answers; empty = the keyboard
  std::string command = "by hand";  ///< who holds the bench, for those who want it too
  bool whole_bench = false;         ///< nobody else may use any of it meanwhile
  /// Mains will be switched on: by way of a guardian process where the bench wants one.
  bool guarded = false;
};

/// A bench, built and ready for a command: clock, person, drivers or twin, mains gate. Nothing is
/// switched on by it: a run brings its own watch. Its hardware is locked against other programs.
/// The thread that made it holds a seat of the clock until it is destroyed; everything is switched
/// off then.
class BenchSession {
 public:
  /// Faults of `build_bench`, of BenchLocks and of the guardian; UsageError for a bad answers file.
  BenchSession(const bench::BenchSpec& bench, const SessionOptions& options, Console& console);
  ~BenchSession();
  BenchSession(const BenchSession&) = delete;
  BenchSession& operator=(const BenchSession&) = delete;

  [[nodiscard]] Clock& clock() const { return *clock_; }
  [[nodiscard]] build::BuiltBench& bench() { return *bench_; }
  [[nodiscard]] Operator& person() { return *person_; }
  /// Null for a bench without mains.
  [[nodiscard]] MainsGate* gate() { return gate_.get(); }
  /// Nothing is switched on any more: the guardian, if there is one, need not be told that all is
  /// well.
  void rest();
  /// Prepared answers that nobody asked for, one line each.
  [[nodiscard]] std::vector<std::string> unused_answers() const;

 private:
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Clock::Seat> seat_;
  std::unique_ptr<Operator> person_;
  person::ScriptedOperator* scripted_ = nullptr;
  BenchLocks locks_;
  std::optional<guardian::GuardianLink> guardian_;
  std::optional<build::BuiltBench> bench_;
  std::unique_ptr<OffMarks> marks_;
  std::unique_ptr<MainsGate> gate_;
};

/// The bench file with everything that it names, checked; its problems are printed. UsageError
/// when it cannot be used.
bench::BenchSpec read_bench(const std::string& file, Console& console);

}  // namespace plugrig::cli
