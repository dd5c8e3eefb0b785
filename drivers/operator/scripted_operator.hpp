#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "drivers/api/operator.hpp"
#include "rig/core/field_spec.hpp"
#include "rig/core/problem.hpp"
#include "rig/core/yaml.hpp"

namespace plugrig::person {

/// One prepared answer.
struct ScriptedAnswer {
  std::string prompt;   ///< part of the prompt's text, case as it is
  std::string slot;     ///< only in this slot; empty = any
  std::string answer;   ///< as a person would type it
  bool repeat = false;  ///< may be given any number of times
  SourcePlace place = {};
};

/// Table of one answer in the file, for the manual and the parser.
const std::vector<FieldSpec>& scripted_answer_fields();

/// Reads an answers file: a list of `{prompt: …, answer: …}`, with optional `slot` and `repeat`.
/// Everything that is wrong goes to `problems`.
std::vector<ScriptedAnswer> load_answers(const std::filesystem::path& path, Problems& problems);
std::vector<ScriptedAnswer> read_answers(const yaml::Document& document, Problems& problems);

/// Answers from a file (`--answers FILE`). Each prompt takes the first answer that fits and is not
/// used up. Callable from several threads. Faults: `operator.no_answer` (operator) for a prompt
/// that no answer fits, `operator.bad_answer` (config) for an answer that the prompt does not
/// understand.
class ScriptedOperator final : public Operator {
 public:
  explicit ScriptedOperator(std::vector<ScriptedAnswer> answers);

  void confirm(const OperatorPrompt& prompt, const Deadline& deadline) override;
  double value(const OperatorPrompt& prompt, const Deadline& deadline) override;

  /// Answers that no prompt asked for so far.
  [[nodiscard]] std::vector<ScriptedAnswer> unused() const;

 private:
  std::string take(const OperatorPrompt& prompt, const Deadline& deadline);

  mutable std::mutex lock_;
  std::vector<ScriptedAnswer> answers_;
  std::vector<int> used_;
};

}  // namespace plugrig::person
