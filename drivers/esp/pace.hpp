#pragma once

#include <algorithm>

#include "rig/core/clock.hpp"

namespace plugrig::esp {

/// How long to wait for the next of many like steps: the data sheet's worst case at first, then
/// four times the slowest seen. A slow flash is given its time, a dead link is noticed soon.
class Pace {
 public:
  explicit Pace(Duration worst) : worst_(worst) {}

  [[nodiscard]] Duration limit() const {
    if (slowest_ == Duration::zero()) return worst_;
    return std::min(worst_, std::max<Duration>(4 * slowest_, std::chrono::milliseconds{250}));
  }
  void observed(Duration took) { slowest_ = std::max(slowest_, took); }
  /// After a time-out: patience up to the worst case again.
  void doubt() { slowest_ = Duration::zero(); }

 private:
  Duration worst_;
  Duration slowest_{};
};

}  // namespace plugrig::esp
