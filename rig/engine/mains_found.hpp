#pragma once

#include <vector>

#include "rig/engine/mains_rules.hpp"

namespace plugrig::mains {

/// A renewal whose answer is lost is tried again within this time.
inline constexpr Duration kRenewalRetry = std::chrono::milliseconds{300};
/// What a plug itself draws at most: its relay, its supply, and a meter's offset.
inline constexpr double kPlugDraws_W = 20;
/// Of the name plate: tolerance and warm-up of resistors, and of meters.
inline constexpr double kLoadTolerance = 1.15;
/// A meter that shows less may show its own offset.
inline constexpr double kNoCurrent_A = 0.2;
/// Above a rating by more than any meter's error.
inline constexpr double kOverRating = 1.1;

/// The rules about what is found on a bench that is live, or about to be: stop, heat, timers, dead
/// man, and what the meters show. The other rows of `checks`.
std::vector<Check> found_checks();

/// Nominal watts that may be behind the slot; 0 when the load is another's.
double load_W(const State& state, const Slot& slot);
/// Shows voltage and was not switched on.
bool shows_stray_voltage(const Slot& slot);

}  // namespace plugrig::mains
