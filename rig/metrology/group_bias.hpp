#pragma once

#include <span>
#include <string>
#include <vector>

namespace plugrig::metrology {

/// Values of one group: the errors of the units of one slot.
struct Group {
  std::string name;
  std::vector<double> values;
};

/// One group against all others together, without those that are known to differ.
struct GroupBias {
  std::string name;
  std::size_t n = 0;
  double mean = 0;
  double difference = 0;  ///< mean of the group less mean of all others
  /// Chance of such a difference, or a larger one, if there were none (Welch's two-sided t test);
  /// multiplied by the number of tests made (Bonferroni), at most 1.
  double p = 1;
  bool tested = false;       ///< enough values on both sides, and not all equal
  bool significant = false;  ///< p below 1 %
};

/// Fewer values of a group are not tested.
inline constexpr std::size_t kBiasLeast = 5;

/// Each group against the others, in the order given. The group that differs most is looked for
/// first, and then left out of what the others are compared with. Groups without a value are left
/// out.
std::vector<GroupBias> group_bias(std::span<const Group> groups);

}  // namespace plugrig::metrology
