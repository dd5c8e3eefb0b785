#include "rig/cli/commands/run_board.hpp"

#include <unistd.h>

#include <utility>

namespace plugrig::cli {
namespace {

constexpr int kNarrowestBoard = 80;

}  // namespace

RunBoard::RunBoard(bool json, Console& console) : console_(console) {
  // Without keys the answers come as lines, which the board does not read.
  const bool keys = isatty(STDIN_FILENO) == 1;
  if (json || !console.terminal || !keys || console.columns < kNarrowestBoard) {
    sink_ = make_sink(json, console);
    return;
  }
  auto screen = std::make_unique<BoardScreen>(BoardSetting{
      .in = STDIN_FILENO, .out = STDOUT_FILENO, .colour = console.colour, .ascii = console.ascii});
  screen_ = screen.get();
  sink_ = std::move(screen);
  console.board = screen_;
}

RunBoard::~RunBoard() {
  console_.board = nullptr;
  if (screen_ != nullptr) screen_->stop();
}

void RunBoard::put_into(RunOptions& options, const RetestRule& rule) {
  retests_ = std::make_unique<RetestDesk>(rule);
  options.retests = retests_.get();
  options.slot_stops = &stops_;
}

RunBoard::Connection::Connection(RunBoard& board, Run& run, BenchSession& session, bool real_time,
                                 std::function<void(const Scan& scan)> scanned)
    : screen_(board.screen_) {
  if (screen_ == nullptr) return;
  BoardHooks hooks;
  hooks.stop_all = [&run] { run.request_stop(StopReason::request); };
  hooks.stop_slot = [&board](const std::string& slot) { board.stops_.request(slot); };
  if (board.retests_)
    hooks.retest = [&board](const std::string& slot, const std::string& reason) {
      return board.retests_->demand(slot, reason);
    };
  if (real_time) hooks.now = [&session] { return session.clock().now(); };
  if (real_time) hooks.scanned = std::move(scanned);
  screen_->connect(std::move(hooks));
  screen_->start();
}

RunBoard::Connection::~Connection() {
  if (screen_ == nullptr) return;
  screen_->connect({});
  screen_->stop();
}

}  // namespace plugrig::cli
