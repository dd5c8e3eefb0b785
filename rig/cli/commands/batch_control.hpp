#pragma once

#include <memory>
#include <string>

#include "rig/cli/commands/bench_session.hpp"
#include "rig/engine/handling.hpp"
#include "rig/engine/run.hpp"
#include "rig/engine/scan_start.hpp"
#include "rig/engine/start_signal.hpp"

/// How the units of a batch come into the slots: what starts them, and the hands of a simulated
/// bench.
namespace plugrig::cli {

/// More units than this in one run are a slip of the keyboard.
inline constexpr int kMostUnits = 100'000;

/// "15s" or "15 s" of the option `name`. UsageError for anything else, and for less than nothing.
Duration duration_option(const std::string& text, const std::string& name);

/// Checked number of units of `--units`; UsageError.
int units_option(int units);

struct BatchOptions {
  bool by_itself = false;       ///< `--auto`
  std::string start;            ///< `--start`: guard, scan, or empty
  Duration handling{};          ///< `--handling`
  ScanRouter* scans = nullptr;  ///< for `--start scan`; outlives the control
};

/// Lives as long as the run that it is put into. Made and used by threads with a seat of the clock.
class BatchControl {
 public:
  /// UsageError when the bench cannot be started like that. Bench and session outlive this object.
  BatchControl(const BatchOptions& options, const bench::BenchSpec& bench, BenchSession& session);

  void put_into(RunOptions& options);

 private:
  void ask_to_move(const MovedUnit& unit, const Deadline& deadline);

  BenchSession& session_;
  Handling hands_;
  std::unique_ptr<StartSignal> start_;
};

}  // namespace plugrig::cli
