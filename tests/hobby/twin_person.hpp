#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/operator/prompt_operator.hpp"
#include "fixtures/twin/world/twin_bench.hpp"

namespace plugrig {

/// The person at a simulated bench: reads what the screen asks, takes some seconds for it, does it
/// to the twin, looks at the twin's truth with a multimeter, and types an answer.
class TwinPerson {
 public:
  /// What the person does when a prompt holds `part`, and what is typed.
  struct Habit {
    std::string part;
    std::function<std::string()> answer;
  };

  /// A multimeter inside its accuracy: ± 0.8 % and ± 1.2 %, and its last digits.
  double voltage_error = 0.004;
  double current_error = -0.006;
  /// Typed instead of what a prompt that holds the key asks for, one after the other; nothing is
  /// done then.
  std::map<std::string, std::deque<std::string>> slips;

  void sit_down(Clock& clock, twin::TwinBench& bench, std::string slot);
  /// Valid from `sit_down` on.
  [[nodiscard]] Operator& as_operator() { return *operator_; }

  /// Every text that was shown, with what was typed.
  struct Exchange {
    std::string shown, typed;
  };
  [[nodiscard]] const std::vector<Exchange>& exchanges() const { return exchanges_; }
  [[nodiscard]] int asked(const std::string& part) const;
  /// What was really drawn when the current was read, one for each reading that was not a slip.
  [[nodiscard]] const std::vector<double>& truths_W() const { return truths_W_; }

 private:
  std::string answer(const std::string& shown);
  std::optional<std::string> slip(const std::string& shown);
  [[nodiscard]] std::string habit(const std::string& shown) const;
  [[nodiscard]] std::string count_flashes() const;
  [[nodiscard]] twin::SlotTruth seen() const;

  Clock* clock_ = nullptr;
  twin::TwinBench* bench_ = nullptr;
  std::string slot_;
  std::vector<Habit> habits_;
  std::unique_ptr<person::PromptOperator> operator_;
  std::vector<Exchange> exchanges_;
  std::string shown_;
  std::vector<double> truths_W_;
  Duration answered_{};  ///< when the last answer was typed
};

/// Stands for a person who sits down only when the bench is there.
class LatePerson final : public Operator {
 public:
  explicit LatePerson(TwinPerson& person) : person_(person) {}
  void confirm(const OperatorPrompt& prompt, const Deadline& deadline) override {
    person_.as_operator().confirm(prompt, deadline);
  }
  double value(const OperatorPrompt& prompt, const Deadline& deadline) override {
    return person_.as_operator().value(prompt, deadline);
  }

 private:
  TwinPerson& person_;
};

}  // namespace plugrig
