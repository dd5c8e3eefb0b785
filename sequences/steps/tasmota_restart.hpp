#pragma once

#include <string_view>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// Waits for all of `duration`. Fault `step.no_time` (config) when the step's deadline comes first:
/// a wait that protects something must not be cut short.
void wait_whole(StepContext& context, Duration duration, std::string_view what_for);

/// Waits until the plug has been up for 10 s, so that its boot-loop counter is clear and the next
/// restart or power-off counts from zero (facts "Tasmota as device under test" §17). Asks the plug
/// for its uptime.
void await_uptime(StepContext& context, PlugLink& link);

/// Waits as long as a change of settings needs to reach the flash (facts §13: at least 3 s).
void await_saved(StepContext& context);

/// After a command that makes the plug restart by itself: waits for its banner, at most `limit`.
/// `why` stands in the message. Fault `plug.no_restart` (unit).
void await_banner(StepContext& context, PlugConsole& console, std::string_view why,
                  Duration limit = std::chrono::seconds{12});

/// The same, and until the console takes commands again.
void await_restart(StepContext& context, PlugConsole& console, std::string_view why);

/// The end of what went over a link, without secrets, as evidence.
Evidence transcript_end(const PlugLink& link, const std::vector<std::string>& secrets = {});

}  // namespace plugrig::steps
