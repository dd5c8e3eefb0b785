#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "drivers/guardian/channel.hpp"
#include "drivers/guardian/off_plan.hpp"

namespace plugrig::guardian {

/// Longest time without a word of the rig while something may be on.
inline constexpr Duration lease_length = std::chrono::seconds{1};

/// One bus that the guardian owns.
struct GuardedBus {
  BusPlan plan;
  std::function<std::unique_ptr<ModbusPort>()> open;  ///< may throw the port's faults
  UniqueFd channel;                                   ///< to the rig's GuardedPort
};

struct GuardianOptions {
  Duration lease = lease_length;
  /// How long it goes on trying after the rig has gone, when something may be on.
  Duration give_up = std::chrono::minutes{2};
  /// What happened, one sentence; called from several threads, one at a time.
  std::function<void(const std::string&)> say = {};
};

/// The guardian's whole work: owns the buses, forwards what the rig asks for, and switches all
/// relays of all plans off when the lease runs out, when a connection to the rig ends or carries
/// something else than messages, when the rig says so, and on stop. After that only reading and
/// switching off are forwarded. Returns when the rig has gone and everything is off, or given up:
/// true = everything was read back as off.
///
/// One thread a bus beside the caller's; real time only.
bool guard(Clock& clock, UniqueFd lease_channel, std::vector<GuardedBus> buses,
           const GuardianOptions& options, const std::stop_token& stop);

}  // namespace plugrig::guardian
