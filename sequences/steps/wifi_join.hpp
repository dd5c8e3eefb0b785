#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// Who and where a plug is on the network that it has joined.
struct Joined {
  std::string host_name;
  std::string address;  ///< IPv4
};

/// What a console line says of a join; nothing when it is about something else, or about the access
/// point that a plug without network is itself.
std::optional<Joined> joined_by(std::string_view line);

/// Fault `tasmota.value` (config) when the firmware would not take name or password as they are;
/// the message does not show the password. Empty password: an open network.
void check_credentials(const std::string& ssid, const std::string& password);

/// Gives the plug name and password of a network, the name last; it restarts once for both.
void send_credentials(StepContext& context, PlugConsole& line, const std::string& ssid,
                      const std::string& password);

/// Waits at most `within` until the console says that the plug has joined. Faults: `plug.wifi.*` by
/// what it said last: `no_network`, `password` (config), `timeout`, `no_address` (host), `silent`
/// (unit).
Joined await_join(StepContext& context, PlugConsole& line, const std::string& ssid,
                  const std::string& password, Duration within);

}  // namespace plugrig::steps
