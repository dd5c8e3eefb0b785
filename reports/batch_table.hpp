#pragma once

#include <set>
#include <string>
#include <vector>

#include "rig/record/unit_record.hpp"

namespace plugrig {

/// The units of a run, or of a store, as text for people: one line a unit (slot, MAC, verdict word,
/// first pass, time), then for each that did not pass what happened and what to do next, then the
/// counts. Lines are at most `columns` characters (40 or more; less counts as 40), without colour;
/// each ends with a line feed. Units whose id is in `not_recorded` say so and count as not passed.
std::string batch_table(const std::vector<UnitRecord>& units, int columns,
                        const std::set<std::string>& not_recorded = {});

}  // namespace plugrig
