#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "drivers/serial/ftdi/adapters.hpp"

/// What `plugrig adapters` says of the adapters that were found: pure functions.
namespace plugrig::cli {

/// Product numbers for which a udev rule is installed, and the file that has it.
using UdevRules = std::map<std::uint16_t, std::string>;

/// How a bench file names an adapter.
struct BenchAdapter {
  std::string name;    ///< proposed: "quad"; no two alike
  std::string fields;  ///< "{chip: FT4232H, serial: FT7XK2A1}"; empty: it cannot be used
  std::string why;     ///< why it is named by its path, or cannot be used; empty = by its serial
};

/// One for each of `attached`, in their order. By serial number; by path where that is blank,
/// cannot be read, or is that of another attached adapter, too.
std::vector<BenchAdapter> bench_adapters(const std::vector<ftdi::AdapterInfo>& attached);

/// "A" for 0.
std::string channel_letter(std::size_t index);

/// "FT4232H"; for one that the rig does not know "unknown FTDI chip (bcdDevice 3000)".
std::string chip_text(const ftdi::AdapterInfo& adapter);

/// "held by openocd (process 4711)" or "free".
std::string holder_text(const ftdi::ChannelState& channel);

/// The page for people: each adapter with its channels, the lines to paste into a bench file, and
/// what to do about those that this user may not use. `rules`: for the products of `attached`.
std::string adapters_text(const std::vector<ftdi::AdapterInfo>& attached, const UdevRules& rules);

/// One JSON object for each of `attached`, without line feed.
std::vector<std::string> adapters_json(const std::vector<ftdi::AdapterInfo>& attached,
                                       const UdevRules& rules);

}  // namespace plugrig::cli
