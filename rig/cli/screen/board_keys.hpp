#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "drivers/operator/wedge.hpp"
#include "rig/cli/screen/board_view.hpp"

namespace plugrig::cli {

/// What a person wants of the run.
namespace wish {
struct StopAll {};
struct StopSlot {
  std::string slot;
};
struct Retest {
  std::string slot;
  std::string reason;  ///< as typed; may be empty
};
struct Why {
  std::string slot;
};
/// The line that was typed for the open question.
struct Answer {
  std::string text;
};
struct Scanned {
  Scan scan;
};
}  // namespace wish

using Wish = std::variant<wish::StopAll, wish::StopSlot, wish::Retest, wish::Why, wish::Answer,
                          wish::Scanned>;

/// Turns what comes from the keyboard into wishes and into what the board shows of them. Pure:
/// characters and the time in, wishes out.
///
/// Stopping takes one key. Testing again takes `r`, a reason or none, and Enter. What a scanner
/// sends is never a key (`person::Wedge`). While a question is open, keys are its answer.
class BoardKeys {
 public:
  /// The names of the slots, in the order of the board.
  void set_slots(std::vector<std::string> slots) { slots_ = std::move(slots); }

  std::vector<Wish> take(std::string_view characters, Instant at);
  /// Nothing more came until `now`.
  std::vector<Wish> pass(Instant now);
  [[nodiscard]] std::optional<Instant> due() const { return wedge_.due(); }

  /// A question to the person; the next line typed is its answer.
  void open_question(std::string text);
  void close_question();
  void notice(std::string text) { notice_ = std::move(text); }

  /// For the board.
  [[nodiscard]] BoardTalk talk() const;

 private:
  enum class Mode : std::uint8_t { keys, question, retest, serial };

  std::vector<Wish> wishes(const std::vector<person::WedgeEvent>& events);
  void key(char character, std::vector<Wish>& wishes);
  void command(char character, std::vector<Wish>& wishes);
  void edit(char character, std::vector<Wish>& wishes);
  void entered(std::vector<Wish>& wishes);
  void choose(std::size_t index);
  void step(int by);
  bool need_slot();
  void leave_line();

  person::Wedge wedge_;
  std::vector<std::string> slots_;
  Mode mode_ = Mode::keys;
  std::string question_;  ///< open, also while something else is typed
  std::string selected_, typed_, notice_;
  bool help_ = false;
};

}  // namespace plugrig::cli
