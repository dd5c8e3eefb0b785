#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "rig/engine/mains_bench.hpp"

namespace plugrig::mains {

/// Looks at the inputs of live slots, at least every 100 ms where the bus is quick enough, renews
/// relays that fall off by themselves, and switches off what is no longer safe or was stopped.
class BenchWatch final : public MainsGate::Watch {
 public:
  /// To be made and destroyed by a thread with a seat.
  explicit BenchWatch(std::shared_ptr<Bench> bench);
  ~BenchWatch() override;
  BenchWatch(const BenchWatch&) = delete;
  BenchWatch& operator=(const BenchWatch&) = delete;

 private:
  void run();
  /// True when it must look again soon.
  bool look_once();
  /// `round`: when this round of looks began.
  void look_at(std::size_t slot, Instant round);

  const std::shared_ptr<Bench> bench_;
  std::atomic<bool> ending_{false};
  std::atomic<bool> ended_{false};
  std::unique_ptr<Clock::Seat> seat_;
  std::jthread thread_;
};

}  // namespace plugrig::mains
