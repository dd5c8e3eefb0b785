#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plugrig::tasmota {

/// Names that the firmware derives from the station MAC (Tasmota notes §1), for a plug whose
/// Topic and Hostname were not changed.
struct Identity {
  std::string topic;         ///< "tasmota_183C31"
  std::string host_name;     ///< "tasmota-183C31-7217"
  std::string access_point;  ///< the same as the host name
  std::string mqtt_client;   ///< "DVES_183C31"
};

/// "48:55:19:18:3C:31" from any of "48-55-19-18-3c-31", "485519183C31", "48:55:19:18:3c:31".
std::optional<std::string> normalised_mac(std::string_view mac);

/// Nothing when `mac` is none.
std::optional<Identity> identity_of(std::string_view mac);

/// Host name of a plug with this MAC and topic.
std::optional<std::string> host_name_of(std::string_view mac, std::string_view topic);

}  // namespace plugrig::tasmota
