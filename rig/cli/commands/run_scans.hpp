#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "drivers/api/slot_devices.hpp"
#include "drivers/api/uart.hpp"
#include "rig/cli/commands/bench_session.hpp"
#include "rig/core/event.hpp"
#include "rig/engine/run.hpp"
#include "rig/engine/scan_start.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

/// Where the scans of a run come from.
struct ScanOptions {
  std::string file;     ///< `--scans`: one scan a line; empty = the bench's scanner, if it has one
  bool starts = false;  ///< `--start scan`
  bool keyboard = false;  ///< a scanner that acts as a keyboard may be at the board
};

/// The scans of a run: read from the scanner of the bench, from a file, or from the keys of the
/// board; handed to the slot that waits, or taken as the confirmation of a label.
class RunScans {
 public:
  /// Faults of the scanner's port; UsageError for a file that cannot be read, and when units are to
  /// be started by scans and nothing scans. All outlive this.
  RunScans(const ScanOptions& options, const bench::BenchSpec& bench, const SerialRules& rules,
           BenchSession& session);
  ~RunScans();
  RunScans(const RunScans&) = delete;
  RunScans& operator=(const RunScans&) = delete;

  /// Null: nothing is scanned in this run.
  [[nodiscard]] ScanRouter* router() { return router_.get(); }
  /// Gives the slots' steps access to their scans. The ports outlive this object, and this object
  /// the run.
  void take_part(std::vector<RunSlot>& slots);

  /// While this lives scans are read. Made and destroyed by a thread with a seat of the clock.
  class Reading {
   public:
    Reading(RunScans& scans, EventSink& screen, RecordStore& store);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    /// What was scanned does what it does, and is told. Any thread with a seat of the clock.
    void scanned(const Scan& scan);
    /// Gives the labels of the last units time to be stuck on and scanned. Blocks until none waits,
    /// no scan will come, the deadline or stop.
    void await_labels(const Deadline& deadline);

   private:
    void read(const Deadline& deadline);
    void say(const std::string& slot, std::string text);
    void confirm(const LabelledUnit& unit);

    RunScans& scans_;
    EventSink& screen_;
    RecordStore& store_;
    Clock& clock_;
    std::unique_ptr<Clock::Seat> seat_;
    std::atomic<bool> done_{true};
    std::jthread thread_;
  };

 private:
  BenchSession& session_;
  std::unique_ptr<ScanRouter> router_;
  bool keyboard_ = false;
  std::unique_ptr<Uart> port_;
  std::unique_ptr<ScanSource> source_;
  std::vector<std::unique_ptr<SlotPort>> ports_;
  std::vector<std::unique_ptr<ScanSource>> slot_scans_;
};

}  // namespace plugrig::cli
