#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "drivers/api/operator.hpp"

namespace plugrig::person {

/// How the person is reached. The command line provides both.
struct PromptIo {
  /// Shows one text, without a line end.
  std::function<void(const std::string& text)> show;
  /// One line that was typed, without its end; nothing when the deadline passed or there is nobody
  /// to type any more. Blocks; throws `Stopped`.
  std::function<std::optional<std::string>(const Deadline& deadline)> read_line;
};

/// Asks the person at the keyboard. What was not understood is asked again until the deadline.
/// Callable from several threads: prompts wait for each other, in clock time.
class PromptOperator final : public Operator {
 public:
  /// `clock` outlives the operator.
  PromptOperator(Clock& clock, PromptIo io);

  void confirm(const OperatorPrompt& prompt, const Deadline& deadline) override;
  double value(const OperatorPrompt& prompt, const Deadline& deadline) override;

 private:
  class Turn;
  std::string ask(const std::string& text, const OperatorPrompt& prompt, const Deadline& deadline);

  Clock& clock_;
  PromptIo io_;
  std::mutex lock_;
  bool busy_ = false;
};

/// For when nobody is there: every prompt is Fault `operator.no_answer`.
class NoOperator final : public Operator {
 public:
  void confirm(const OperatorPrompt& prompt, const Deadline& deadline) override;
  double value(const OperatorPrompt& prompt, const Deadline& deadline) override;
};

}  // namespace plugrig::person
