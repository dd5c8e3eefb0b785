#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "drivers/api/operator.hpp"

namespace plugrig::person {

/// "y", "yes", "ok", "no", "n" in any case; nothing for anything else.
std::optional<bool> parse_confirmation(std::string_view text);

/// Why an answer was not understood: what to type instead, one sentence.
struct NotUnderstood {
  std::string why;
};

/// A number as people type it, in `unit`: "230.1", "230,1", "230.1 V", "0.2301 kV". A comma is a
/// decimal point unless it could also part thousands ("1,234"): that is refused.
std::variant<double, NotUnderstood> parse_value(std::string_view text, std::string_view unit);

/// `parse_value` within the prompt's limits.
std::variant<double, NotUnderstood> answer_to(const OperatorPrompt& prompt, std::string_view text);

/// The prompt as one text for a screen: "[M1] Read the voltage. (V, 200 to 250)".
std::string prompt_text(const OperatorPrompt& prompt);

}  // namespace plugrig::person
