#pragma once

#include "rig/metrology/point_result.hpp"

namespace plugrig::metrology {

/// Where a measurement may stop (metrology notes §4): the interval of the scatter (row
/// `kScatterRow`), t(0.975, ν)·s/√n_eff, is at most `share` of the expanded rest of the budget,
/// 2·u, which more readings of this point do not make smaller: Type B, and what was measured
/// before, such as the plug's own consumption. Check it after whole batches only: after every
/// sample it would bias s low.
bool enough_samples(const Uncertainty& uncertainty, double share = 1.0 / 3);

}  // namespace plugrig::metrology
