#pragma once

#include <mutex>

#include "rig/core/clock.hpp"
#include "rig/engine/sequence.hpp"

namespace plugrig {

/// The network that the plugs of a bench share: any number of slots use it side by side, or one
/// takes it away and is alone. Who wants to be alone goes before those who come later, so that it
/// need not wait for ever. Any thread with a seat of the clock.
class NetworkRoom {
 public:
  explicit NetworkRoom(Clock& clock) : clock_(clock) {}

  /// Blocks until nobody is alone with it; with `alone`, until nobody is there at all. Throws
  /// Stopped. The deadline's time is not looked at: who is inside comes out when its stage ends.
  void enter(bool alone, const Deadline& deadline);
  void leave(bool alone);

 private:
  [[nodiscard]] bool may_enter(bool alone) const;
  bool try_enter(bool alone);

  Clock& clock_;
  mutable std::mutex lock_;
  int inside_ = 0;
  int wish_alone_ = 0;  ///< who waits for that
  bool alone_ = false;  ///< who is inside is alone
};

/// Is in the room for as long as it lives.
class NetworkStay {
 public:
  /// Faults and Stopped as `NetworkRoom::enter`.
  NetworkStay(NetworkRoom& room, bool alone, const Deadline& deadline)
      : room_(room), alone_(alone) {
    room_.enter(alone, deadline);
  }
  ~NetworkStay() { room_.leave(alone_); }
  NetworkStay(const NetworkStay&) = delete;
  NetworkStay& operator=(const NetworkStay&) = delete;

 private:
  NetworkRoom& room_;
  const bool alone_;
};

/// A step of it takes the network from all plugs of the bench (`StepType::takes_network`).
[[nodiscard]] bool takes_network(const SequenceStage& stage);
[[nodiscard]] bool takes_network(const Sequence& sequence);

}  // namespace plugrig
