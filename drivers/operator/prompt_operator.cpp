#include "drivers/operator/prompt_operator.hpp"

#include <utility>

#include "drivers/operator/answer.hpp"
#include "drivers/operator/operator_faults.hpp"

namespace plugrig::person {
namespace {

constexpr const char* answer_in_time = "Start the unit again and answer within the step's time.";
constexpr const char* ask_somebody =
    "Run it where a person can answer, or give the answers in a file with --answers.";

}  // namespace

/// The right to use the screen and the keyboard; given back at the end of the scope.
class PromptOperator::Turn {
 public:
  Turn(PromptOperator& owner, const OperatorPrompt& prompt, const Deadline& deadline)
      : owner_(owner) {
    const auto take = [this] {
      const std::lock_guard guard(owner_.lock_);
      return !owner_.busy_;
    };
    // Somebody else may take it between the wait and the look.
    for (;;) {
      const WaitResult result = owner_.clock_.wait(take, deadline);
      if (result == WaitResult::stopped) throw Stopped{};
      if (result == WaitResult::timeout) throw no_answer(prompt, answer_in_time);
      const std::lock_guard guard(owner_.lock_);
      if (!std::exchange(owner_.busy_, true)) return;
    }
  }
  ~Turn() {
    {
      const std::lock_guard guard(owner_.lock_);
      owner_.busy_ = false;
    }
    owner_.clock_.notify();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  PromptOperator& owner_;
};

PromptOperator::PromptOperator(Clock& clock, PromptIo io) : clock_(clock), io_(std::move(io)) {}

std::string PromptOperator::ask(const std::string& text, const OperatorPrompt& prompt,
                                const Deadline& deadline) {
  io_.show(text);
  auto line = io_.read_line(deadline);
  if (deadline.stop.stop_requested()) throw Stopped{};
  if (!line) throw no_answer(prompt, answer_in_time);
  return std::move(*line);
}

void PromptOperator::confirm(const OperatorPrompt& prompt, const Deadline& deadline) {
  const Turn turn(*this, prompt, deadline);
  std::string text = prompt_text(prompt) + " [yes/no] ";
  for (;;) {
    const auto answer = parse_confirmation(ask(text, prompt, deadline));
    if (answer == true) return;
    if (answer == false) throw refused(prompt);
    text = "Type yes or no. " + prompt_text(prompt) + " [yes/no] ";
  }
}

double PromptOperator::value(const OperatorPrompt& prompt, const Deadline& deadline) {
  const Turn turn(*this, prompt, deadline);
  std::string text = prompt_text(prompt) + " ";
  for (;;) {
    const auto answer = answer_to(prompt, ask(text, prompt, deadline));
    if (const auto* value = std::get_if<double>(&answer)) return *value;
    text = std::get<NotUnderstood>(answer).why + " " + prompt_text(prompt) + " ";
  }
}

void NoOperator::confirm(const OperatorPrompt& prompt, const Deadline&) {
  throw no_answer(prompt, ask_somebody);
}

double NoOperator::value(const OperatorPrompt& prompt, const Deadline&) {
  throw no_answer(prompt, ask_somebody);
}

}  // namespace plugrig::person
