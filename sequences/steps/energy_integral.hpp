#pragma once

#include <optional>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig::steps {

/// Energy as a meter that shows power sees it: straight lines between its readings.
class EnergyIntegral {
 public:
  /// Readings in order of time; one that is not newer than the last is left out.
  void add(Instant at, double power_W);
  /// Between two instants, in Wh; before the first and behind the last reading their power holds.
  /// Nothing with less than two readings, or when there is no reading for `longest_gap` or more
  /// anywhere between them.
  [[nodiscard]] std::optional<double> between_Wh(Instant begin, Instant end,
                                                 Duration longest_gap) const;
  [[nodiscard]] std::size_t readings() const { return points_.size(); }

 private:
  struct Point {
    Instant at;
    double power_W;
  };
  [[nodiscard]] double power_at(Instant at) const;
  std::vector<Point> points_;
};

}  // namespace plugrig::steps
