#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/event.hpp"

namespace plugrig::cli {

/// The event that `to_json` wrote as `line`; nothing for a kind that this program does not know
/// (a later one may have written it). Fault `events.line` (config) for what is no event.
std::optional<Event> event_of(const std::string& line);

/// All events of a log as `--json` writes it. Empty lines are passed over. Fault `events.line`
/// (config) names the line.
std::vector<Event> read_event_log(std::istream& log);

}  // namespace plugrig::cli
