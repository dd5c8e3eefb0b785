#include <condition_variable>
#include <mutex>

#include "rig/core/clock.hpp"

namespace plugrig {
namespace {

using Steady = std::chrono::steady_clock;

/// Waits longer than this are cut into pieces, so that `Instant::max()` cannot overflow.
constexpr auto longest_piece = std::chrono::hours{1};

class FreeSeat final : public Clock::Seat {
 public:
  void enter() override {}
  void leave() override {}
};

class RealClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return Instant{Steady::now() - start_}; }

  [[nodiscard]] UtcTime utc() const override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
  }

  WaitResult wait(const std::function<bool()>& ready, const Deadline& deadline) override {
    const std::stop_callback wake(deadline.stop, [this] { notify(); });
    for (;;) {
      const auto seen = generation();
      if (ready && ready()) return WaitResult::ready;
      if (deadline.stop.stop_requested()) return WaitResult::stopped;
      const auto at = now();
      if (at >= deadline.at) return WaitResult::timeout;
      const auto left = std::min<Duration>(deadline.at - at, longest_piece);
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, left, [&] { return generation_ != seen; });
    }
  }

  void notify() override {
    {
      const std::lock_guard lock(mutex_);
      ++generation_;
    }
    changed_.notify_all();
  }

  [[nodiscard]] std::unique_ptr<Seat> reserve(std::string /*name*/) override {
    return std::make_unique<FreeSeat>();
  }

 private:
  std::uint64_t generation() {
    const std::lock_guard lock(mutex_);
    return generation_;
  }

  const Steady::time_point start_ = Steady::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t generation_ = 0;
};

}  // namespace

std::unique_ptr<Clock> make_real_clock() { return std::make_unique<RealClock>(); }

}  // namespace plugrig
