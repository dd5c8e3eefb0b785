#pragma once

#include <span>

#include "rig/record/unit_record.hpp"

namespace plugrig {

/// What the attempts of one step, in order, make of the step: pass when the last one passed;
/// otherwise fail when any failed, because a later rig fault or stop stands beside a fail and never
/// over it; otherwise the worst. No attempt: not_run.
Verdict step_verdict(std::span<const Verdict> attempts);

/// The attempt that decided a verdict other than pass: the first that failed, else the first that
/// was an error, else the first other that did not pass, each among steps that did not pass in the
/// end. Null when there is none.
const AttemptRecord* deciding_attempt(std::span<const AttemptRecord> attempts);

}  // namespace plugrig
