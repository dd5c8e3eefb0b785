#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "rig/core/fault.hpp"

namespace plugrig {

/// Fault of a step that finds another unit in its slot than the record is of, or none. The unit's
/// record stays open, and the right unit can still be taken.
inline constexpr std::string_view kOtherUnit = "unit.other_unit";

/// Fact of a unit whose record is continued: the slot in which it goes on, after it was moved there
/// or after a crash. Whoever identifies the unit then must not take another one for it.
inline constexpr std::string_view kContinuedIn = "continued_in";

/// `found`: what is known of the unit that is there instead.
inline Fault other_unit(const std::string& wanted_mac, const std::string& slot,
                        const std::string& found, std::vector<Evidence> evidence = {}) {
  return {std::string(kOtherUnit), Blame::operator_,
          fmt::format("Unit {} belongs into slot {}: {}", wanted_mac, slot, found),
          fmt::format("Put unit {} into slot {}; nothing was done to the other one's record.",
                      wanted_mac, slot),
          std::move(evidence)};
}

}  // namespace plugrig
