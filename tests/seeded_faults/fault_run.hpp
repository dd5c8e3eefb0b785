#pragma once

#include <optional>

#include "tests/bench/simulated_run.hpp"
#include "tests/seeded_faults/fault_table.hpp"

namespace plugrig::seeded {

/// The plug's own power reading against the twin's truth, behind the certificate.
struct TrueError {
  double shown_W = 0, true_W = 0;
  [[nodiscard]] double percent() const { return 100 * (shown_W / true_W - 1); }
};

struct FaultRun {
  SimulatedResult result;
  std::optional<TrueError> true_error;  ///< of a run that reached its last step
};

/// Runs a row's job on a bench with one slot and the row's fault, in virtual time.
FaultRun run_fault(const FaultRow& row);

}  // namespace plugrig::seeded
