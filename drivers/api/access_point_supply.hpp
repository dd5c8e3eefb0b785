#pragma once

#include "rig/core/clock.hpp"

namespace plugrig {

/// The low-voltage supply of the access point that the bench's plugs join. Every plug of the bench
/// loses its network with it: whoever takes it away must be alone on the bench. Blocking; one
/// thread at a time. Fault `relay.*` (instrument) when it cannot be switched.
class AccessPointSupply {
 public:
  virtual ~AccessPointSupply() = default;
  /// Off. Where the hardware can, it comes back by itself after `at_most`, whatever becomes of the
  /// rig.
  virtual void take_away(Duration at_most, const Deadline& deadline) = 0;
  /// On, also when it is on already.
  virtual void give_back(const Deadline& deadline) = 0;
};

}  // namespace plugrig
