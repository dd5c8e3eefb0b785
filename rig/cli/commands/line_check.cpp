#include "rig/cli/commands/line_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plugrig::cli {
namespace {

void check_line(const SequenceStep& step, const std::string& line, const Sequence& sequence,
                const bench::BenchSpec& bench, Problems& problems) {
  const auto lacking = std::ranges::find_if(bench.slots, [&](const bench::SlotSpec& slot) {
    return slot.has_port && bench::find_line(slot, line) == nullptr;
  });
  if (lacking == bench.slots.end()) return;
  problems.error(sequence.file, step.place,
                 fmt::format("'{}' needs the fixture's line '{}', and slot '{}' of bench '{}' has "
                             "none",
                             step.type->name, line, lacking->name, bench.name),
                 fmt::format("add '{}: ADAPTER.PIN' to the slot's 'lines', choose slots with "
                             "--slots, or leave the step out",
                             line));
}

}  // namespace

void check_fixture_lines(const Sequence& sequence, const bench::BenchSpec& bench,
                         Problems& problems) {
  for (const auto& stage : sequence.stages)
    for (const auto& step : stage.steps)
      for (const auto& line : step.type->needs_lines)
        check_line(step, line, sequence, bench, problems);
  for (const auto& step : sequence.clean_up)
    for (const auto& line : step.type->needs_lines)
      check_line(step, line, sequence, bench, problems);
}

}  // namespace plugrig::cli
