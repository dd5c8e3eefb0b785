#include "rig/engine/exit_code.hpp"

#include <algorithm>
#include <array>

#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

/// Which of two codes a run ends with.
int rank(int code) {
  constexpr std::array order{exit_code::all_passed, exit_code::unit_failed, exit_code::usage,
                             exit_code::stopped,    exit_code::interrupted, exit_code::bench_fault,
                             exit_code::safety};
  return static_cast<int>(std::find(order.begin(), order.end(), code) - order.begin());
}

int code_of_unit(const UnitOutcome& unit) {
  switch (unit.verdict) {
    case Verdict::pass:
      return exit_code::all_passed;
    case Verdict::inconclusive:
    case Verdict::fail:
      return exit_code::unit_failed;
    case Verdict::not_run:
    case Verdict::aborted:
      return exit_code::stopped;
    case Verdict::error:
      return exit_code_of_fault(unit.fault_id, unit.blame);
  }
  return exit_code::bench_fault;
}

}  // namespace

int exit_code_of_fault(std::string_view fault_id, std::string_view blame) {
  if (fault_id.starts_with("safety.")) return exit_code::safety;
  if (blame == to_string(Blame::config) || blame == to_string(Blame::operator_)) {
    return exit_code::usage;
  }
  return blame == to_string(Blame::unit) ? exit_code::unit_failed : exit_code::bench_fault;
}

int exit_code_of_run(std::span<const UnitOutcome> units, StopReason stop) {
  int worst = exit_code::all_passed;
  const auto worse = [&](int code) {
    if (rank(code) > rank(worst)) worst = code;
  };
  if (units.empty() && stop == StopReason::none) worse(exit_code::bench_fault);
  if (stop == StopReason::request) worse(exit_code::stopped);
  if (stop == StopReason::interrupt) worse(exit_code::interrupted);
  for (const UnitOutcome& unit : units) {
    worse(code_of_unit(unit));
    if (!unit.recorded) worse(exit_code::bench_fault);
    // A safety fault counts however the unit ended: it may stand beside a fail.
    if (unit.fault_id.starts_with("safety.")) worse(exit_code::safety);
  }
  return worst;
}

}  // namespace plugrig
