#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "rig/regress/comparison.hpp"
#include "rig/regress/readings.hpp"

namespace plugrig::regress {

/// Decides the quantities of the trials, candidate by candidate.
class QuantityDecider {
 public:
  /// All arguments must outlive the object.
  QuantityDecider(std::span<const Trial> trials, std::span<const Margin> margins,
                  std::span<const Quarantine> quarantine, std::string_view today);

  /// Quantities that have a margin and are not in quarantine: each can call a regression.
  [[nodiscard]] int deciding() const;

  /// One decision for each quantity that the baseline or this candidate gave.
  [[nodiscard]] std::vector<QuantityDecision> decide(int build, const Risks& risks) const;

 private:
  [[nodiscard]] QuantityDecision decide_one(const QuantityKey& key,
                                            const QuantityReadings& readings, int build,
                                            const Risks& risks) const;

  std::map<QuantityKey, QuantityReadings> readings_;
  std::span<const Margin> margins_;
  std::span<const Quarantine> quarantine_;
  std::string_view today_;
};

}  // namespace plugrig::regress
