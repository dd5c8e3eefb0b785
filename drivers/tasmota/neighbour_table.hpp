#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plugrig::tasmota {

/// Address of `mac` in the text of Linux's /proc/net/arp; entries that are not complete do not
/// count.
std::optional<std::string> find_neighbour(std::string_view table, std::string_view mac);

}  // namespace plugrig::tasmota
