#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "rig/metrology/point_result.hpp"

namespace plugrig::metrology {

/// One value of a stream, at the middle of its averaging window.
struct Timed {
  double t_s = 0;
  double value = 0;
};

/// Appends `next` unless it is the refresh that is there already: same time, or the same value less
/// than `refresh_s` after the kept one. True when it was new. Times must not go back
/// (std::domain_error).
bool append_fresh(std::vector<Timed>& stream, Timed next, double refresh_s);

/// The stream's value at `t_s`, on the straight line between its neighbours. Nothing when `t_s`
/// lies outside the stream or between neighbours more than `gap_limit_s` apart: a stale reference.
std::optional<double> interpolated(std::span<const Timed> stream, double t_s, double gap_limit_s);

/// Lowest and highest value from the last reading before `t_s` − `half_width_s` to the first after
/// `t_s` + `half_width_s`; nothing for an empty stream.
std::optional<std::pair<double, double>> range_around(std::span<const Timed> stream, double t_s,
                                                      double half_width_s);

/// plug − reference of each sample.
std::vector<double> differences(std::span<const PairedSample> samples);

/// 100·(plug/reference − 1) of each sample: what the supply does cancels even where the plug is far
/// off. std::domain_error when a reference is 0.
std::vector<double> percent_errors(std::span<const PairedSample> samples);

/// Slope of the reference over time, per second; 0 for fewer than three samples.
double reference_slope(std::span<const PairedSample> samples);

/// Number of different values that the plug showed, counted up to `limit`.
int distinct_codes(std::span<const PairedSample> samples, int limit = 3);

}  // namespace plugrig::metrology
