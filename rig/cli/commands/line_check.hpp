#pragma once

#include "fixtures/bench/bench.hpp"
#include "rig/core/problem.hpp"
#include "rig/engine/sequence.hpp"

namespace plugrig::cli {

/// Holds the lines of the fixture that the sequence's steps need ("button", "led") against those
/// that the bench's slots have. A slot with a serial port that lacks one is a problem at the step's
/// place in the sequence file, the first such slot of each step. Both files must be free of errors.
/// Touches no hardware.
void check_fixture_lines(const Sequence& sequence, const bench::BenchSpec& bench,
                         Problems& problems);

}  // namespace plugrig::cli
