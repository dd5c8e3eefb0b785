#pragma once

#include <cstdint>

#include "drivers/esp/loader_commands.hpp"

namespace plugrig::esp {

/// Uploads the stub into RAM, runs it and makes sure that it answers (announcement "OHAI", then
/// SYNC with value 0, which no ROM gives). LinkTrouble when it does not come up.
void start_stub(LoaderCommands& commands, std::uint32_t flash_bytes, const Deadline& deadline);

/// Changes the rate of stub and host. The stub takes the divisor nearest to `baud`. LinkTrouble
/// when nothing is understood at the new rate.
void change_stub_baud(LoaderCommands& commands, std::uint32_t baud, const Deadline& deadline);

}  // namespace plugrig::esp
