#pragma once

#include "rig/metrology/point_result.hpp"

namespace plugrig::metrology {

/// Where a measurement may stop (metrology notes §4): the interval of the scatter,
/// t(0.975, ν)·s/√n_eff, is at most `share` of the expanded Type B part, 2·u_B. Check it after
/// whole batches only: after every sample it would bias s low.
bool enough_samples(const Uncertainty& uncertainty, double share = 1.0 / 3);

}  // namespace plugrig::metrology
