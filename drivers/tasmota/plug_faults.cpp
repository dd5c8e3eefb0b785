#include "drivers/tasmota/plug_faults.hpp"

#include <fmt/format.h>

#include <utility>

namespace plugrig::tasmota {

Fault refused_unknown(std::string_view command, std::vector<Evidence> evidence) {
  return {"plug.unknown_command", Blame::unit,
          fmt::format("The plug's firmware does not know the command {}.", command),
          "Check the spelling, and that the full firmware runs and not tasmota-minimal.",
          std::move(evidence)};
}

Fault refused_error(std::string_view command, std::vector<Evidence> evidence) {
  return {"plug.command_error", Blame::unit,
          fmt::format("The plug cannot do {} in its present state.", command),
          "Check that the template is active (Status 9 answers) and the value is one it takes.",
          std::move(evidence)};
}

Fault not_sendable(std::string_view command, const std::string& why, const std::string& next) {
  return {"plug.not_sendable", Blame::config,
          fmt::format("The command {} cannot be sent: {}.", command, why), next};
}

}  // namespace plugrig::tasmota
