#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plugrig::metrology {

/// Below this many values a capability says more of chance than of the process (the usual rule).
inline constexpr std::size_t kCapabilityLeast = 30;

/// An interval that covers the true value with 95 % confidence.
struct Interval {
  double low = 0;
  double high = 0;
};

/// How well a process keeps within its limits, from values of many units.
///
/// `cp` = (high − low) / 6 s, `cpk` = the nearer of (high − mean) / 3 s and (mean − low) / 3 s,
/// with s the standard deviation of all values (over all slots and the whole time, which some call
/// Pp and Ppk). Both presume that the values are spread normally.
struct Capability {
  std::size_t n = 0;
  double mean = 0;
  double standard_deviation = 0;
  std::optional<double> cp;  ///< two limits only
  std::optional<double> cpk;
  std::optional<Interval> cpk_interval;  ///< Bissell's approximation
  std::string refused;                   ///< why there is no cpk; empty = there is one
};

/// `values` in any order, finite. Without limits, with fewer than 30 values, or when all are equal,
/// there is no capability and `refused` says why; mean and spread are given as far as there are
/// any.
Capability capability(std::span<const double> values, std::optional<double> low,
                      std::optional<double> high);

/// How many values fall between `edges[i]` and `edges[i + 1]`. The last bin holds its upper edge.
struct Histogram {
  std::vector<double> edges;  ///< one more than counts; all bins are equally wide
  std::vector<std::size_t> counts;
};

/// Bins of a round width (1, 2 or 5 times a power of ten), about √n of them, from the smallest to
/// the largest of values and limits. No value: empty.
Histogram histogram(std::span<const double> values, std::optional<double> low,
                    std::optional<double> high);

}  // namespace plugrig::metrology
