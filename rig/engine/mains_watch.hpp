#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "rig/engine/mains_bench.hpp"

namespace plugrig::mains {

/// Watches live slots with threads of its own, so that nothing that is slow delays what must be
/// quick: one looks at inputs, at least every 100 ms where their lines are quick enough; one renews
/// relays that go off by themselves and looks at what can wait a moment (other slots' voltage,
/// meters); one tells the dead man. Each of the first two switches off what is no longer safe, so
/// that the other may hang.
class BenchWatch final : public MainsGate::Watch {
 public:
  /// To be made and destroyed by a thread with a seat.
  explicit BenchWatch(std::shared_ptr<Bench> bench);
  ~BenchWatch() override;
  BenchWatch(const BenchWatch&) = delete;
  BenchWatch& operator=(const BenchWatch&) = delete;

 private:
  /// One thread of the clock.
  struct Loop {
    std::unique_ptr<Clock::Seat> seat;
    std::jthread thread;
  };
  void begin(const std::string& name, std::function<void()> body);
  void watch_inputs();
  void keep_up();
  void tell_dead_man();

  /// True when it must look again soon.
  bool look_once();
  /// `round`: when this round of looks began.
  void look_at(std::size_t slot, Instant round);
  /// Switches the slot off when it breaks a rule or was stopped.
  void judge(std::size_t slot);
  void judge_all();
  [[nodiscard]] Duration upkeep();

  const std::shared_ptr<Bench> bench_;
  std::atomic<bool> ending_{false};
  std::atomic<int> running_{0};
  std::atomic<Instant> looked_{Instant{}};  ///< when the inputs were looked at last
  std::vector<Loop> loops_;
};

}  // namespace plugrig::mains
