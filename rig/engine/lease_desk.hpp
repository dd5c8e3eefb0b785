#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/engine/arbiter.hpp"

namespace plugrig {

/// Where threads wait for what the arbiter grants. Any thread with a seat of the clock.
class LeaseDesk {
 public:
  explicit LeaseDesk(Clock& clock, Duration aged = Arbiter::kAged)
      : clock_(clock), arbiter_(aged) {}
  LeaseDesk(const LeaseDesk&) = delete;
  LeaseDesk& operator=(const LeaseDesk&) = delete;

  /// What was granted; given back when it goes away. Movable, outlived by its desk.
  class Lease {
   public:
    Lease() = default;
    ~Lease() { give_back(); }
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    [[nodiscard]] bool held() const { return desk_ != nullptr; }
    [[nodiscard]] Instant since() const { return since_; }
    [[nodiscard]] Duration waited() const { return waited_; }
    void give_back() noexcept;

   private:
    friend class LeaseDesk;
    LeaseDesk* desk_ = nullptr;
    Arbiter::Ticket ticket_ = 0;
    Instant since_{};
    Duration waited_{};
  };

  /// From the end of the longest hold: for a step that was told to stop, and its clean-up.
  static constexpr Duration kPatience = std::chrono::seconds{30};

  /// Called once, without a lock, when the request must wait: who is in the way at that moment, or
  /// nobody when only others in the queue are.
  using OnWait = std::function<void(const std::vector<LeaseParty>&)>;

  /// Blocks until the request is granted. A lease that is not held: the deadline came first. Fault
  /// `safety.lease_overdue` (software) when somebody in its way has not given back `kPatience`
  /// after the end of the longest hold: whoever was to make it give back could not. Throws Stopped,
  /// and std::logic_error as Arbiter::ask. What is free is had, whatever the stop says.
  [[nodiscard]] Lease take(LeaseRequest request, const Deadline& deadline,
                           const OnWait& on_wait = {});

  [[nodiscard]] std::vector<OverdueLease> expired() const;
  /// Who has what, and why `who` waits; in words.
  [[nodiscard]] std::string explain(std::string_view who) const;

 private:
  void give_back(Arbiter::Ticket ticket) noexcept;
  [[nodiscard]] bool granted(Arbiter::Ticket ticket) const;
  /// When whoever waits on this ticket loses patience.
  [[nodiscard]] Instant patience_ends(Arbiter::Ticket ticket) const;

  Clock& clock_;
  mutable std::mutex lock_;  ///< never held over a call of the clock
  Arbiter arbiter_;
};

}  // namespace plugrig
