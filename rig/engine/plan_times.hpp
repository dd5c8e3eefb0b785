#pragma once

#include "rig/core/field_spec.hpp"
#include "rig/engine/sequence.hpp"
#include "rig/engine/step_time.hpp"

namespace plugrig {

/// What the engine itself does beside the steps of a unit. On the simulated bench (fixtures/demo
/// .yaml, `plugrig run … --factor 0`, attempts `slot.open`, `mains.enter`, `mains.off` of the
/// record) these are what contacts, relays and read-backs take; other boards differ by their
/// latency.
struct BesideSteps {
  Duration slot_open = std::chrono::milliseconds{0};
  Duration mains_enter = std::chrono::milliseconds{600};
  Duration mains_off = std::chrono::milliseconds{300};
};

/// How long an attempt of this step usually takes, by its own parameters as far as they are known.
StepTime usual_time_of(const SequenceStep& step, const Variables& variables,
                       const PlanFacts& facts);

}  // namespace plugrig
