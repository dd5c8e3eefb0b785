#pragma once

#include <functional>
#include <memory>

#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/cli/screen/board_screen.hpp"
#include "rig/engine/retest.hpp"
#include "rig/engine/run.hpp"
#include "rig/engine/slot_stops.hpp"

namespace plugrig::cli {

/// The screen of `plugrig run`: the board on a terminal of at least 80 columns, where questions are
/// asked in a line of it; else what `make_sink` makes. With the board come tests again and stops of
/// single slots.
class RunBoard {
 public:
  /// To be made before the session, which asks its questions on the board, and to outlive it.
  RunBoard(bool json, Console& console);
  ~RunBoard();
  RunBoard(const RunBoard&) = delete;
  RunBoard& operator=(const RunBoard&) = delete;

  [[nodiscard]] EventSink& sink() { return *sink_; }
  /// What the run needs for its part of the keys.
  void put_into(RunOptions& options, const RetestRule& rule);

  /// While this lives keys act on the run.
  class Connection {
   public:
    /// `scanned`: what a scan at the keyboard does; used in real time only.
    Connection(RunBoard& board, Run& run, BenchSession& session, bool real_time,
               std::function<void(const Scan& scan)> scanned = {});
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

   private:
    BoardScreen* screen_;
  };

 private:
  Console& console_;
  std::unique_ptr<EventSink> sink_;
  BoardScreen* screen_ = nullptr;  ///< what `sink_` is, or null
  SlotStops stops_;
  std::unique_ptr<RetestDesk> retests_;
};

}  // namespace plugrig::cli
