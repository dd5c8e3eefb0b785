#pragma once

#include <mutex>

#include "rig/core/clock.hpp"

namespace plugrig {

/// The person of a simulated bench who takes a unit out of a slot and puts the next one in: one
/// pair of hands, so that slots that wait are served one after the other, in the order in which
/// they came. Any thread with a seat of the clock.
class Handling {
 public:
  /// `a_unit`: time at one slot. `clock` outlives this object.
  Handling(Clock& clock, Duration a_unit) : clock_(clock), a_unit_(a_unit) {}

  /// Blocks until the next unit is in the slot. Throws Stopped.
  void change_unit(const Deadline& deadline);

 private:
  Clock& clock_;
  const Duration a_unit_;
  std::mutex lock_;
  Instant free_at_{};
};

}  // namespace plugrig
