#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace plugrig {

using Duration = std::chrono::nanoseconds;

/// Tag of the rig's monotonic time line. It has no `now()`: only a `Clock` tells the time.
struct MonotonicTime {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  static constexpr bool is_steady = true;
};

/// A point on the clock's own monotonic time line; zero is the start of the clock.
using Instant = std::chrono::time_point<MonotonicTime, Duration>;

/// Calendar time, UTC, milliseconds since 1970. Only for records, never for waiting.
struct UtcTime {
  std::int64_t unix_ms = 0;
  friend bool operator==(UtcTime, UtcTime) = default;
};

/// `2026-11-22T09:30:00.123Z`
std::string to_iso8601(UtcTime time);

/// When a blocking call gives up, and what makes it give up earlier. Passed down by value.
struct Deadline {
  Instant at = Instant::max();
  std::stop_token stop = {};

  /// The same stop, not later than `limit`.
  [[nodiscard]] Deadline no_later_than(Instant limit) const {
    return {limit < at ? limit : at, stop};
  }
};

/// Thrown by blocking calls when the deadline's stop token was triggered. Not a Fault: nobody is
/// to blame.
struct Stopped : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "stopped"; }
};

enum class WaitResult : std::uint8_t { ready, timeout, stopped };

/// Time, injected. Every wait of the rig goes through one clock.
///
/// Thread rule: all members may be called from any thread that holds a `Seat` of this clock (the
/// real clock does not insist on seats). A condition is evaluated with no lock of the caller held,
/// possibly on another participant's thread; it must be quick, take only its own lock and never
/// call the clock.
class Clock {
 public:
  /// A participant's place. Reserved by the parent thread (this fixes the participant number),
  /// entered by the participant itself, left when destroyed.
  class Seat {
   public:
    virtual ~Seat() = default;
    /// Blocks until it is this participant's turn.
    virtual void enter() = 0;
    /// Gives the turn up for good. The destructor does it too.
    virtual void leave() = 0;
  };

  virtual ~Clock() = default;

  [[nodiscard]] virtual Instant now() const = 0;
  [[nodiscard]] virtual UtcTime utc() const = 0;

  /// Blocks until `ready()` holds, stop is requested or the deadline passes. When several are true
  /// at once they win in that order. An empty `ready` never holds.
  virtual WaitResult wait(const std::function<bool()>& ready, const Deadline& deadline) = 0;

  /// To be called after changing what another participant's condition reads.
  virtual void notify() = 0;

  /// A seat for a thread that is about to start. `name` shows in messages about a stuck run.
  [[nodiscard]] virtual std::unique_ptr<Seat> reserve(std::string name) = 0;

  /// Waits until `deadline.at`; throws Stopped when stop comes first.
  void sleep_until(const Deadline& deadline);
  /// Waits for `duration`, at most until `deadline.at`; throws Stopped when stop comes first.
  void sleep_for(Duration duration, const Deadline& deadline);
};

/// The machine's clocks. `wait` blocks on a condition variable; `notify` wakes all waiters.
std::unique_ptr<Clock> make_real_clock();

struct VirtualClockOptions {
  /// Calendar time at virtual instant 0.
  UtcTime start = {1'767'225'600'000};  // 2026-01-01T00:00:00Z
  /// Virtual seconds per real second; 0 = as fast as the machine goes. Above 0 this is the
  /// throttled clock.
  double factor = 0.0;
  /// Wall time that a participant may hold its turn before the process is aborted with the
  /// participant's name. Zero switches the watchdog off.
  std::chrono::milliseconds stuck_limit{5000};
};

/// Virtual time: exactly one participant runs at a time. When all wait, time jumps to the earliest
/// due wait; ties go to the lower participant number. A condition that already holds is due now.
/// So one seed gives one order of events.
std::unique_ptr<Clock> make_virtual_clock(const VirtualClockOptions& options = {});

}  // namespace plugrig
