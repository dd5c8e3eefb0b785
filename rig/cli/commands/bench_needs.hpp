#pragma once

#include "fixtures/bench/bench.hpp"
#include "rig/core/problem.hpp"
#include "rig/engine/sequence.hpp"

namespace plugrig::cli {

/// Holds what the sequence's steps need of a bench beside its loads against what this one has:
/// lines of the fixture ("button", "led") on every slot with a serial port, and a relay that takes
/// the supply from the access point. What is lacking is a problem at the step's place in the
/// sequence file; of slots the first one that lacks it. Both files must be free of errors; slots
/// that are not used are to be left out of `bench` before. Touches no hardware.
void check_needs(const Sequence& sequence, const bench::BenchSpec& bench, Problems& problems);

}  // namespace plugrig::cli
