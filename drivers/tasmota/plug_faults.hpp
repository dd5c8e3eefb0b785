#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rig/core/fault.hpp"

namespace plugrig::tasmota {

/// Faults that both links raise. `command` is the command's name alone: arguments may be secrets.
Fault refused_unknown(std::string_view command, std::vector<Evidence> evidence);
Fault refused_error(std::string_view command, std::vector<Evidence> evidence);
Fault not_sendable(std::string_view command, const std::string& why, const std::string& next);

}  // namespace plugrig::tasmota
