#pragma once

#include "fixtures/bench/bench.hpp"
#include "rig/core/problem.hpp"
#include "rig/engine/sequence.hpp"

namespace plugrig::cli {

/// Steps that take the network from the bench's plugs need a bench that can do that: each on one
/// that cannot goes to `problems`, at its place in the sequence file. Both files must be free of
/// errors. Touches no hardware.
void check_network(const Sequence& sequence, const bench::BenchSpec& bench, Problems& problems);

}  // namespace plugrig::cli
