#pragma once

#include <cstdint>
#include <vector>

#include "drivers/api/boot_control.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {

/// What was seen while the loader did not answer.
struct SyncEvidence {
  int resets = 0;
  int syncs = 0;
  int answered_resets = 0;                ///< resets after which a boot line was read
  std::vector<std::uint8_t> heard_74880;  ///< after resets, host listening at 74880
  std::vector<std::uint8_t>
      heard_115200;              ///< the same at 115200 (40 MHz crystal, or an application)
  bool damaged_answers = false;  ///< frames came back to SYNC, but none was whole
};

/// Names the likeliest cause from what was seen, in the jig's contact names, and says what cannot
/// be told apart. Pure. Ids: `esp.sync.reset`, `esp.sync.strap`, `esp.sync.mode`,
/// `esp.sync.unit_rx`, `esp.sync.rate`, `esp.sync.garbage`, `esp.sync.no_boot_text`,
/// `esp.sync.silent`, all with blame contact.
Fault diagnose_no_sync(const SyncEvidence& seen, const ContactNames& contacts, bool switches_power,
                       std::vector<Evidence> evidence);

}  // namespace plugrig::esp
