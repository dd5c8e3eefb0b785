#pragma once

#include <memory>
#include <utility>

#include "rig/core/clock.hpp"

namespace plugrig::twin {

using namespace std::chrono_literals;

/// Virtual time with the test as its only participant.
struct VirtualTime {
  std::unique_ptr<Clock> clock = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = clock->reserve("test");
  VirtualTime() { seat->enter(); }

  [[nodiscard]] Deadline in(Duration time, std::stop_token stop = {}) const {
    return {clock->now() + time, std::move(stop)};
  }
};

}  // namespace plugrig::twin
