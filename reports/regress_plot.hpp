#pragma once

#include <string>

#include "rig/regress/comparison.hpp"

namespace plugrig {

/// The difference of one quantity with its intervals against the band of the margin, as a small
/// inline SVG: thick is the interval that decides `same`, thin the one that decides `worse`. What
/// lies beyond the axis is cut at its edge. Empty without an interval.
std::string interval_plot_svg(const regress::QuantityDecision& quantity);

/// Every block of every unit, less the mean of this unit's baseline, as an inline SVG: hollow marks
/// are the baseline, filled ones the candidate. Empty without a pair.
std::string unit_plot_svg(const regress::QuantityDecision& quantity);

}  // namespace plugrig
