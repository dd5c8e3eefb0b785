#pragma once

#include <deque>
#include <optional>

#include "rig/core/clock.hpp"

namespace plugrig::load {

/// Keeps how long a resistor was on within the last period, and how long it may stay on.
class DutyMeter {
 public:
  /// `duty` in (0, 1]; 1 = may stay on for ever.
  DutyMeter(double duty, Duration period);

  /// On from `now`, not later than `until` (the board's own timer).
  void switched_on(Instant now, Instant until = Instant::max());
  void switched_off(Instant now);
  [[nodiscard]] bool is_on(Instant now) const;

  /// How long it may be on without a break from `now`, so that no window of one period holds more
  /// than its share; Duration::max() = for ever.
  [[nodiscard]] Duration left(Instant now) const;

 private:
  struct Span {
    Instant from;
    Instant to;
  };
  [[nodiscard]] Duration on_time(Instant from, Instant to) const;
  void forget(Instant now);

  Duration period_;
  Duration allowed_;  ///< within one period
  bool always_;
  std::deque<Span> spans_;  ///< in order of time; the last one may be open (to = max or ahead)
};

}  // namespace plugrig::load
