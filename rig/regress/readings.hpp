#pragma once

#include <compare>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "rig/regress/decision.hpp"
#include "rig/regress/drift.hpp"
#include "rig/regress/trial.hpp"

namespace plugrig::regress {

/// What is compared with what.
struct QuantityKey {
  std::string quantity;
  std::string condition;
  std::string unit;
  friend auto operator<=>(const QuantityKey&, const QuantityKey&) = default;
};

/// One trial's value of a quantity: the mean where it was read more than once.
struct TrialValue {
  const Trial* trial = nullptr;
  double value = 0;
};

/// All that the trials say of one quantity.
struct QuantityReadings {
  std::vector<TrialValue> values;
  /// Every finite reading of the baseline, for the resolution: the step from one build to another
  /// says nothing of it.
  std::vector<double> baseline;
  int not_finite = 0;  ///< readings that are no numbers; left out
};

/// The trial says something of its build: it ended by itself and not by the rig's fault.
bool counts(const Trial& trial);

/// Readings of the trials that count, by quantity. `trials` must outlive the result.
std::map<QuantityKey, QuantityReadings> readings_by_quantity(std::span<const Trial> trials);

/// Baseline and candidate on the same unit in the same block of the same slot. Control units have
/// no pairs. Where a block holds a build twice, its mean counts.
std::vector<Pair> pairs_of(const QuantityReadings& readings, int candidate);

/// What the control units showed over time.
std::vector<ControlSeries> controls_of(const QuantityReadings& readings);

}  // namespace plugrig::regress
