#include "drivers/operator/scripted_operator.hpp"

#include <fmt/format.h>

#include <utility>

#include "drivers/operator/answer.hpp"
#include "drivers/operator/operator_faults.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::person {
namespace {

Fault bad_answer(const OperatorPrompt& prompt, const std::string& answer, const std::string& why) {
  return {"operator.bad_answer",
          Blame::config,
          fmt::format("The answers file answers {} to a question that does not take it.",
                      in_quotes(answer)),
          why,
          {{"question", prompt_text(prompt)}}};
}

}  // namespace

const std::vector<FieldSpec>& scripted_answer_fields() {
  static const std::vector<FieldSpec> table{
      {.name = "prompt",
       .type = FieldType::text,
       .required = true,
       .help = "part of the question's text"},
      {.name = "answer",
       .type = FieldType::text,
       .required = true,
       .help = "what the person would type: yes, no, or a value such as 230.1 V"},
      {.name = "slot", .type = FieldType::text, .help = "only for questions of this slot"},
      {.name = "repeat",
       .type = FieldType::boolean,
       .fallback = "false",
       .help = "true: for every question that fits, not only the first"},
  };
  return table;
}

std::vector<ScriptedAnswer> read_answers(const yaml::Document& document, Problems& problems) {
  std::vector<ScriptedAnswer> answers;
  const yaml::Node& root = document.root;
  if (root.kind != yaml::Kind::list) {
    // A file that could not be parsed has its error already.
    if (root.kind != yaml::Kind::null || !problems.any_error()) {
      problems.error(document.file, {1, 1}, "this is not a list of answers",
                     "write '- {prompt: part of the question, answer: yes}'");
    }
    return answers;
  }
  for (const yaml::Node& item : root.items) {
    const FieldValues fields =
        read_fields(item, scripted_answer_fields(), "answer", document.file, problems);
    if (!fields.has("prompt") || !fields.has("answer")) continue;
    answers.push_back({.prompt = fields.text("prompt"),
                       .slot = fields.has("slot") ? fields.text("slot") : std::string{},
                       .answer = fields.text("answer"),
                       .repeat = fields.has("repeat") && fields.boolean("repeat"),
                       .place = item.place});
  }
  return answers;
}

std::vector<ScriptedAnswer> load_answers(const std::filesystem::path& path, Problems& problems) {
  return read_answers(yaml::load(path, problems), problems);
}

ScriptedOperator::ScriptedOperator(std::vector<ScriptedAnswer> answers)
    : answers_(std::move(answers)), used_(answers_.size(), 0) {}

std::string ScriptedOperator::take(const OperatorPrompt& prompt, const Deadline& deadline) {
  if (deadline.stop.stop_requested()) throw Stopped{};
  const std::lock_guard guard(lock_);
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    const ScriptedAnswer& answer = answers_[i];
    const bool spent = used_[i] > 0 && !answer.repeat;
    const bool elsewhere = !answer.slot.empty() && answer.slot != prompt.slot;
    if (spent || elsewhere || prompt.text.find(answer.prompt) == std::string::npos) continue;
    ++used_[i];
    return answer.answer;
  }
  throw no_answer(prompt, "Add an answer to this question to the answers file.");
}

void ScriptedOperator::confirm(const OperatorPrompt& prompt, const Deadline& deadline) {
  const std::string text = take(prompt, deadline);
  const auto answer = parse_confirmation(text);
  if (!answer) throw bad_answer(prompt, text, "Write yes or no.");
  if (!*answer) throw refused(prompt);
}

double ScriptedOperator::value(const OperatorPrompt& prompt, const Deadline& deadline) {
  const std::string text = take(prompt, deadline);
  const auto answer = answer_to(prompt, text);
  if (const auto* why = std::get_if<NotUnderstood>(&answer))
    throw bad_answer(prompt, text, why->why);
  return std::get<double>(answer);
}

std::vector<ScriptedAnswer> ScriptedOperator::unused() const {
  const std::lock_guard guard(lock_);
  std::vector<ScriptedAnswer> left;
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    if (used_[i] == 0) left.push_back(answers_[i]);
  }
  return left;
}

}  // namespace plugrig::person
