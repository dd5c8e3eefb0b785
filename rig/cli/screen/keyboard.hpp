#pragma once

#include <optional>
#include <string>

#include "drivers/operator/prompt_operator.hpp"
#include "rig/cli/commands/command.hpp"

namespace plugrig::cli {

/// Prompts on the console's board where there is one. Else on its error stream (events may fill the
/// other one), answers from standard input. `clock` and `console` outlive the result. `real_time`:
/// waits for input honour deadline and stop; in simulated time the bench stands still while a
/// person thinks.
person::PromptIo keyboard(Clock& clock, bool real_time, Console& console);

/// Asks for a secret on the terminal, which does not show what is typed. Empty when standard input
/// is no terminal.
std::optional<std::string> ask_secret(const std::string& text, Console& console);

}  // namespace plugrig::cli
