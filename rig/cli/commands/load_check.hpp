#pragma once

#include "fixtures/bench/bench.hpp"
#include "rig/core/problem.hpp"
#include "rig/engine/sequence.hpp"

namespace plugrig::cli {

/// Holds the load points that the sequence asks for against what the bench's load bank can make,
/// what its parts may carry and what the plug is rated for. Each that cannot be goes to `problems`
/// at its place in the sequence file. Both files must be free of errors. Touches no hardware.
void check_loads(const Sequence& sequence, const bench::BenchSpec& bench, Problems& problems);

/// Slots of this bench wait for each other in stages with mains on.
bool shares_load(const bench::BenchSpec& bench);

}  // namespace plugrig::cli
