#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/metrology/capability.hpp"
#include "rig/regress/margins.hpp"

namespace plugrig::regress {

/// What a candidate did to a quantity or a check.
enum class Change : std::uint8_t {
  same,          ///< as good as the baseline within the margin
  better,        ///< changed by more than the margin, to the good side
  worse,         ///< changed by more than the margin, to the bad side
  inconclusive,  ///< the readings do not say yet
  not_decided,   ///< there is no margin: shown only
};

/// "same", "better", "worse", "inconclusive", "not decided"
std::string_view to_string(Change change);

/// One block on one unit: what baseline and candidate gave there, in the quantity's unit.
struct Pair {
  std::string unit;
  std::string slot;
  int repeat = 0;
  double baseline = 0;
  double candidate = 0;
  double baseline_s = 0;  ///< when the trials began
  double candidate_s = 0;
};

/// The margin of one quantity, in its unit.
struct Limit {
  double margin = 0;
  Direction direction = Direction::either;
  double resolution = 0;  ///< of one reading; 0 = finer than the scatter
};

/// Risks of wrong words, each one-sided and for one decision.
struct Risks {
  /// Of calling `worse` (or `better`) what has not changed by more than the margin.
  double alarm = 0.01;
  /// Of calling `same` what has changed by the margin or more: 0.025 makes a 95 % interval.
  double same = 0.025;
  double power = 0.99;  ///< wanted chance of a decision, for the number of repeats
};

/// One unit's part in a difference.
struct UnitDifference {
  std::string unit;
  std::string slot;
  std::vector<double> baseline;  ///< block by block
  std::vector<double> candidate;
  double difference = 0;  ///< mean of candidate − baseline
  bool worse = false;     ///< this unit alone shows a change for the worse
};

/// The difference of a candidate to the baseline in one quantity, over all units.
struct Difference {
  Change change = Change::inconclusive;
  std::string reason;  ///< for people; may be empty
  int pairs = 0;
  double baseline_mean = 0;  ///< mean of the units' means, as the other means here
  double candidate_mean = 0;
  double difference = 0;          ///< candidate − baseline; of sizes for nearer_zero_is_better
  std::optional<double> scatter;  ///< standard deviation of one pair's difference; 2 pairs at least
  std::optional<metrology::Interval> interval;  ///< decides `same`, confidence 1 − 2·Risks::same
  std::optional<metrology::Interval> alarm_interval;  ///< wider; decides `worse` and `better`
  int pairs_needed = 0;  ///< in all, for a decision; 0 = decided, or no number of pairs helps
  std::vector<UnitDifference> units;
};

/// Decides one quantity from pairs of the same units and blocks. Pure.
///
/// The mean difference is that of the units' means, so a unit with more blocks weighs no more; its
/// interval is Student's t from the scatter of all pairs. It speaks of the units on this bench.
/// `worse`: the whole alarm interval lies beyond the margin on the bad side, or that of one unit
/// alone does (a fault that hits one plug of four hides in the mean); each takes half of the risk.
/// `same`: the whole interval lies inside the margin (two one-sided tests); where one side is good
/// only the bad side has to. Else inconclusive.
/// The scatter is never taken as less than what the resolution hides (q/√6 for a difference).
/// Values that are not finite throw std::domain_error; no limit gives not_decided.
Difference decide(std::span<const Pair> pairs, const std::optional<Limit>& limit,
                  const Risks& risks);

/// Pairs with which a difference that is `distance` away from the margin is decided with the chance
/// `power`, its pairs scattering by `scatter`, at the one-sided risk `risk`. At least 2, at most
/// `most_pairs`. std::domain_error unless distance > 0 and scatter ≥ 0.
int pairs_needed(double scatter, double distance, double risk, double power);
inline constexpr int most_pairs = 10'000;

/// The smallest step between values, 0 when all are equal: what a coarse reading shows of its
/// resolution. Values that differ by rounding of floating point only count as equal.
double smallest_step(std::vector<double> values);

}  // namespace plugrig::regress
