#pragma once

#include <string_view>

#include "drivers/api/boot_control.hpp"
#include "drivers/api/chip_flasher.hpp"
#include "drivers/esp/link.hpp"

namespace plugrig::esp {

/// Resets the unit into its application and waits for the ROM's `boot mode:(3,` (at 74880 with a
/// crystal of 26 MHz) and then, at 115200, for a line that holds `banner` (empty: boot text is
/// enough). Faults: `boot.silent`, `boot.strap_low`, `boot.garbage` (contact); `boot.bad_image`,
/// `boot.loop`, `boot.no_banner` (unit).
BootReport prove_boot(Link& link, BootControl& boot, std::uint32_t crystal_MHz,
                      std::string_view banner, const FlashProgressFn& progress,
                      const Deadline& deadline);

}  // namespace plugrig::esp
