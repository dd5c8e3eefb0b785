#pragma once

#include "rig/core/field_spec.hpp"
#include "rig/engine/sequence.hpp"
#include "rig/engine/step_time.hpp"

namespace plugrig {

/// What the engine itself does beside the steps of a unit: what contacts, relays and read-backs
/// take on the simulated bench (attempts `slot.open`, `mains.enter`, `mains.off` of `plugrig run
/// sequences/gosund-ep2.yaml --bench fixtures/demo.yaml --factor 0`). Other boards differ by their
/// latency.
struct BesideSteps {
  Duration slot_open = std::chrono::milliseconds{200};
  Duration mains_enter = std::chrono::milliseconds{220};
  Duration mains_off = std::chrono::milliseconds{0};
};

/// How long an attempt of this step usually takes, by its own parameters as far as they are known.
StepTime usual_time_of(const SequenceStep& step, const Variables& variables,
                       const PlanFacts& facts);

}  // namespace plugrig
