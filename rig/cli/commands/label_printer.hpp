#pragma once

#include <string>
#include <string_view>

#include "rig/core/clock.hpp"

namespace plugrig::cli {

/// How long a label printer may take to take a label.
inline constexpr Duration kPrinterLimit = std::chrono::seconds{3};

/// Sends `bytes` as they are to a label printer: `HOST:PORT` (raw socket, usually 9100) or the path
/// of its device. Blocks for at most `kPrinterLimit` of real time beside the look-up of a name.
/// Fault `label.printer` (fixture) when it does not take all of them. A printer that took them may
/// still be out of labels: it does not say.
void send_to_printer(std::string_view bytes, const std::string& printer);

}  // namespace plugrig::cli
