#pragma once

#include <cstdint>
#include <vector>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// When the reference meter saw the plug's relay switch, counted from the command.
struct RelayTiming {
  std::vector<double> after_ms;
  int untimed = 0;  ///< the meter showed it already when the plug answered
  int unseen = 0;   ///< the meter did not show it within three seconds
};

/// A meter that is slower than this shows its own refresh, not the relay.
inline constexpr Duration kSlowestRefresh = std::chrono::milliseconds{500};

/// Switches the load that is behind the plug off and on by command, `count` times in all, and reads
/// `meter` as fast as it goes. What a meter shows is the mean over one refresh: the share of it
/// that has the new power says when in it the power changed. Under a lease, with the load on. Fault
/// `plug.relay` (unit) when the relay does not switch `load_W`; `meter.no_power` (instrument).
RelayTiming time_relay(StepContext& context, PowerMeter& meter, double load_W, std::int64_t count);

}  // namespace plugrig::steps
