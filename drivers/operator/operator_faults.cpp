#include "drivers/operator/operator_faults.hpp"

#include <fmt/format.h>

#include "drivers/operator/answer.hpp"

namespace plugrig::person {

Fault no_answer(const OperatorPrompt& prompt, const std::string& next) {
  return {"operator.no_answer",
          Blame::operator_,
          "Nobody answered the question of the rig.",
          next,
          {{"question", prompt_text(prompt)}}};
}

Fault refused(const OperatorPrompt& prompt) {
  return {"operator.refused",
          Blame::operator_,
          "The person at the bench said no.",
          "Do what the question asks for and start the unit again.",
          {{"question", prompt_text(prompt)}}};
}

}  // namespace plugrig::person
