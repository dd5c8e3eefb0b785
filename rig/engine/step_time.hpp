#pragma once

#include <cstdint>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig {

/// What a plan knows of the bench and the product before anything moves. Where a step's own
/// parameters do not say, these do.
struct PlanFacts {
  double nominal_V = 230;
  std::uint32_t flash_bytes = 1U << 20U;  ///< of the product
  std::uint32_t image_bytes = 640'000;    ///< of a firmware file that is not named yet
  std::uint32_t baud = 921'600;           ///< of transfers to and from the flash
  /// Time after which the reference has a new reading, and that one reading of it takes.
  Duration reference_refresh = std::chrono::milliseconds{100};
  Duration reference_read = std::chrono::milliseconds{30};
  int references = 1;              ///< meters that binding watches, this slot's own among them
  bool reference_upstream = true;  ///< it sees the plug's own consumption, which is measured then
  bool by_hand = false;            ///< a person reads the reference
  Duration turn_settles{};         ///< after a slot is connected to reference and load, each turn
  Duration start_up{};             ///< before the first unit: relay timers are proven
  bool chained = false;            ///< slots one behind the other, that may measure together
};

/// A stretch of a step. Under a lease the slot has reference and load for itself; `settling` and
/// `sampling` are what it uses them for, the rest of `takes` is idle holding.
struct StepPhase {
  Duration takes{};
  bool lease = false;
  Duration settling{};
  Duration sampling{};
  bool off = false;    ///< without mains: other slots of a chain may have it
  bool chain = false;  ///< under the lease, together with others of the chain
  Duration builds{};   ///< what the slot then takes in its turn to be built into the chain
};

/// How long one attempt of a step usually takes when nothing goes wrong and nobody is waited for.
struct StepTime {
  std::vector<StepPhase> phases;

  [[nodiscard]] Duration total() const {
    Duration sum{};
    for (const StepPhase& phase : phases) sum += phase.takes + phase.builds;
    return sum;
  }
};

}  // namespace plugrig
