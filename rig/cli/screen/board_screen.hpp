#pragma once

#include <functional>
#include <memory>
#include <string>

#include "drivers/operator/prompt_operator.hpp"
#include "rig/cli/screen/board_keys.hpp"
#include "rig/core/event.hpp"

namespace plugrig::cli {

/// What the keys of the board do to a run. Called by the board's own thread, which has no seat of
/// the bench's clock; an empty one means that the key does nothing.
struct BoardHooks {
  std::function<void()> stop_all = {};
  std::function<void(const std::string& slot)> stop_slot = {};
  /// Returns what the board says of it.
  std::function<std::string(const std::string& slot, const std::string& reason)> retest = {};
  /// Why a slot waits, of those who know better than the events; empty = they do not.
  std::function<std::string(const std::string& slot)> why = {};
  std::function<void(const Scan& scan)> scanned = {};
  /// The bench's time, where it goes on by itself; empty in simulated time.
  std::function<Instant()> now = {};
};

struct BoardSetting {
  int in = -1;   ///< keys; < 0 = none
  int out = -1;  ///< the terminal
  bool colour = false;
  bool ascii = false;
};

/// The terminal board: shows events, asks questions, takes keys. It has one thread, which alone
/// reads the keyboard and writes to the terminal: a terminal that takes no text holds up nobody
/// else. The terminal is taken at `start`, or by the first question, and given back by `stop` and
/// when destroyed.
///
/// Thread rule: any thread.
class BoardScreen final : public EventSink {
 public:
  explicit BoardScreen(const BoardSetting& setting);
  ~BoardScreen() override;
  BoardScreen(const BoardScreen&) = delete;
  BoardScreen& operator=(const BoardScreen&) = delete;

  void start();
  /// Shows the last state once more and gives the terminal back. Further events are taken in and
  /// not shown.
  void stop();

  /// What keys do from now on; returns when none of the former hooks runs any more. To be called
  /// with an empty one before what the hooks refer to is destroyed.
  void connect(BoardHooks hooks);
  void on(const Event& event) noexcept override;

  /// Questions in a line of the board. `clock` is the bench's; it and the board outlive the result.
  /// `real_time` as for `keyboard`.
  person::PromptIo prompts(Clock& clock, bool real_time);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace plugrig::cli
