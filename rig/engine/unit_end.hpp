#pragma once

#include <vector>

#include "rig/engine/journal.hpp"
#include "rig/engine/sequence.hpp"
#include "rig/engine/unit_run.hpp"

namespace plugrig {

/// Every step of the sequence and of its clean-up: what PASS needs.
std::vector<RequiredStep> required_steps(const Sequence& sequence);

/// Gives the unit the verdict that its attempts make, wherever and in how many goes they were made,
/// and tells it.
UnitResult finish_unit(Journal& journal, const Sequence& sequence);

}  // namespace plugrig
