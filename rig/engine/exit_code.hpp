#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rig/core/event.hpp"

namespace plugrig {

enum class StopReason : std::uint8_t {
  none,
  request,    ///< the operator, or SIGTERM
  interrupt,  ///< Ctrl-C
};

/// What of a unit's end counts for the exit code.
struct UnitOutcome {
  Verdict verdict = Verdict::not_run;
  bool recorded = false;
  std::string_view fault_id;
  std::string_view blame;
};

/// Exit codes of the program.
namespace exit_code {
inline constexpr int all_passed = 0;
inline constexpr int unit_failed = 1;
inline constexpr int usage = 2;
inline constexpr int bench_fault = 3;
inline constexpr int stopped = 4;
inline constexpr int safety = 5;
inline constexpr int interrupted = 130;
}  // namespace exit_code

/// What a thrown fault means for the exit code: `safety.*` 5; blame config or operator 2; unit 1;
/// everything else 3.
int exit_code_of_fault(std::string_view fault_id, std::string_view blame);

/// The exit code of a run. When several apply: safety 5, bench fault 3 (also: a unit that was not
/// recorded), stop 130 or 4, configuration 2, unit 1 (also: inconclusive), all passed 0. A run that
/// ended no unit and was not stopped is a bench fault: nothing passed.
int exit_code_of_run(std::span<const UnitOutcome> units, StopReason stop);

}  // namespace plugrig
