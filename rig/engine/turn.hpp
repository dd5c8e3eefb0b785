#pragma once

#include <mutex>
#include <string>

#include "rig/core/clock.hpp"

namespace plugrig {

/// Something that one at a time may hold, waited for on the clock. Any thread with a seat.
class Turn {
 public:
  explicit Turn(Clock& clock) : clock_(clock) {}

  /// Blocks until it is free, and holds it for `who`. False when the deadline came first. Throws
  /// Stopped.
  bool take(const std::string& who, const Deadline& deadline);
  void give();
  /// Who holds it; empty = nobody.
  [[nodiscard]] std::string holder() const;

 private:
  Clock& clock_;
  mutable std::mutex lock_;
  std::string holder_;
};

/// Holds a turn for as long as it lives.
class TurnHeld {
 public:
  /// `held()` is false when the deadline came first.
  TurnHeld(Turn& turn, const std::string& who, const Deadline& deadline)
      : turn_(turn), held_(turn.take(who, deadline)) {}
  ~TurnHeld() {
    if (held_) turn_.give();
  }
  TurnHeld(const TurnHeld&) = delete;
  TurnHeld& operator=(const TurnHeld&) = delete;
  [[nodiscard]] bool held() const { return held_; }

 private:
  Turn& turn_;
  bool held_;
};

}  // namespace plugrig
