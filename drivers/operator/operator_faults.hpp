#pragma once

#include <string>

#include "drivers/api/operator.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::person {

Fault no_answer(const OperatorPrompt& prompt, const std::string& next);
Fault refused(const OperatorPrompt& prompt);

}  // namespace plugrig::person
