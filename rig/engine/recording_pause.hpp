#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "rig/core/fault.hpp"
#include "rig/record/recorder.hpp"

namespace plugrig {

/// Keeps slots from starting a unit while nothing can be recorded. Recording is tried again after a
/// time that grows from 5 s to 60 s; the slot that comes first tries for all. Any thread with a
/// seat of the clock.
class RecordingPause {
 public:
  /// Longest time for which a batch waits for its store: a shift.
  static constexpr Duration kLongest = std::chrono::hours{8};

  /// Both outlive this object.
  RecordingPause(Clock& clock, Recorder& recorder, Duration longest = kLongest)
      : clock_(clock), recorder_(recorder), longest_(longest) {}

  /// A unit could not be recorded: what comes next is tried first.
  void suspect();

  /// Called without a lock each time that the slot is told to wait: why, and how long at most.
  using Tell = std::function<void(const std::string&)>;
  /// Blocks while nothing can be recorded. Throws Stopped; the store's own Fault when it has not
  /// worked for the longest time.
  void pass(const Deadline& deadline, const Tell& tell);

 private:
  /// True when recording works again.
  bool try_again();
  struct Look {
    bool works = false;
    bool mine = false;  ///< this caller is to try
    Instant again{};
    std::optional<Fault> fault;
  };
  [[nodiscard]] Look look();
  [[nodiscard]] bool works() const;

  Clock& clock_;
  Recorder& recorder_;
  const Duration longest_;
  mutable std::mutex lock_;  ///< never held over a call of clock or recorder
  bool works_ = true;
  bool trying_ = false;
  std::optional<Fault> fault_;
  Instant since_{};
  Instant again_{};
  Duration interval_{};
};

}  // namespace plugrig
