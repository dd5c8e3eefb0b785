#pragma once

#include "rig/core/fd_wait.hpp"

namespace plugrig::ftdi {

/// Wakes one waiting thread from another. Unlike `Clock::notify`, it wakes nobody else: a channel
/// at 3 Mbaud rings a thousand times a second, and the threads of other slots shall sleep on.
/// Real clock only.
class Doorbell {
 public:
  /// Throws std::system_error when the system is out of descriptors.
  Doorbell();
  /// From any thread, also from callbacks; never blocks.
  void ring() noexcept;
  /// Blocks until it was rung since the last wait; false = deadline. Throws `Stopped`.
  bool wait(const Clock& clock, const Deadline& deadline);

 private:
  UniqueFd event_;
};

}  // namespace plugrig::ftdi
