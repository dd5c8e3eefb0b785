#pragma once

#include <span>

#include "rig/metrology/paired.hpp"

namespace plugrig::metrology {

struct SettlingLimits {
  double drift = 2e-4;            ///< fraction of the level, over the whole window
  double confidence = 0.95;       ///< with which a slope, or a step between halves, is seen
  double largest_scatter = 2e-3;  ///< s as a fraction of the level: more hides any drift
};

/// Whether a window of readings stands still, and by how much it does not. Fractions of `level`.
struct Settling {
  double drift = 0;        ///< slope · window
  double u_drift = 0;      ///< what the scatter makes of it
  double scatter = 0;      ///< s about the line
  double half_step = 0;    ///< mean of the second half less that of the first
  double u_half_step = 0;  ///< combined standard uncertainty of it
  bool steady = false;     ///< no significant slope, and no more drift than the limit
  bool halves_agree = false;
  bool quiet = false;  ///< the scatter is small enough to judge
  [[nodiscard]] bool settled() const { return steady && halves_agree && quiet; }
};

/// Judges a window of paired differences (or of any quantity that should stand still) against
/// `level`, the size of the quantity. A drift that lies within the limit is accepted when the
/// window can tell; where scatter is too large to tell (k·u(drift) above the limit; k is Student's
/// factor for the readings less two, so that short windows do not see slopes where there are none)
/// a slope that is not significant is accepted, and its size is part of the scatter that the budget
/// carries. Six readings at least, level not 0 (std::domain_error).
Settling judge_settling(std::span<const Timed> window, double level,
                        const SettlingLimits& limits = {});

}  // namespace plugrig::metrology
