#include "rig/cli/commands/network_check.hpp"

#include <fmt/format.h>

namespace plugrig::cli {

void check_network(const Sequence& sequence, const bench::BenchSpec& bench, Problems& problems) {
  if (bench.access_point) return;
  for (const auto& stage : sequence.stages)
    for (const auto& step : stage.steps) {
      if (!step.type->takes_network) continue;
      problems.error(
          sequence.file, step.place,
          fmt::format("'{}' takes the supply from the access point, and bench '{}' cannot do that",
                      step.type->name, bench.name),
          "name the relay of its low-voltage supply in the bench file, 'access_point: BOARD.N', or "
          "leave the step out");
    }
}

}  // namespace plugrig::cli
