#pragma once

#include <span>

#include "rig/core/event.hpp"
#include "rig/core/fault.hpp"
#include "rig/record/attempts.hpp"
#include "rig/record/unit_record.hpp"

namespace plugrig {

/// What a thrown fault makes of an attempt: fail when the unit is to blame, else error.
Verdict verdict_of(Blame blame);

/// What a value makes of an attempt: fail outside `low`…`high` (both inclusive; an open side has no
/// limit), else what the step said, or pass.
Verdict verdict_of(const Measurement& measurement);

/// What its steps make of a unit. `required` holds the verdict of each required step; `others` that
/// of what ran besides (opening the slot). Fail when any failed; else the worst of all, where a
/// required step that did not run makes the unit aborted. Pass only when there is a required step
/// and all passed. Without any step: not_run.
Verdict unit_verdict(std::span<const Verdict> required, std::span<const Verdict> others = {});

}  // namespace plugrig
