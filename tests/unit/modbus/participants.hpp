#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "rig/core/clock.hpp"

namespace plugrig::modbus::test {

/// Virtual time with the test itself as first participant.
struct VirtualTime {
  std::unique_ptr<Clock> clock = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = clock->reserve("test");
  VirtualTime() { seat->enter(); }

  [[nodiscard]] Deadline in(Duration time, std::stop_token stop = {}) const {
    return {clock->now() + time, std::move(stop)};
  }
};

/// Another thread that takes part in the clock; the destructor waits for it on the clock.
class Participant {
 public:
  Participant(Clock& clock, const std::string& name, std::function<void()> work) : clock_(clock) {
    thread_ = std::jthread([this, work = std::move(work), seat = clock.reserve(name)] {
      seat->enter();
      work();
      done_ = true;
      clock_.notify();
      seat->leave();
    });
  }
  Participant(const Participant&) = delete;
  Participant& operator=(const Participant&) = delete;
  ~Participant() { join(); }

  void join() {
    if (!thread_.joinable()) return;
    clock_.wait([this] { return done_.load(); }, {});
    thread_.join();
  }

 private:
  Clock& clock_;
  std::atomic<bool> done_{false};
  std::jthread thread_;
};

}  // namespace plugrig::modbus::test
