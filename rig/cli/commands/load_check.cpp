#include "rig/cli/commands/load_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fixtures/build/load_refusal.hpp"
#include "rig/core/unit_table.hpp"

namespace plugrig::cli {
namespace {

/// A fault's sentence as a problem has it.
std::string without_stop(std::string sentence) {
  if (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

void check_load(const NeededLoad& load, const Sequence& sequence, const bench::BenchSpec& bench,
                Problems& problems) {
  const auto point = print_quantity(load.watts, power_dimension);
  if (const auto refused = build::load_refusal(bench, load.watts)) {
    problems.error(sequence.file, load.place,
                   fmt::format("bench '{}' cannot make the load point {}: {}", bench.name, point,
                               without_stop(refused->happened())),
                   without_stop(refused->next()));
    return;
  }
  const double drawn_A = build::load_current_A(bench, load.watts);
  const auto& plug = sequence.plug;
  const bool too_much = (plug.rated_A > 0 && drawn_A > plug.rated_A) ||
                        (plug.rated_W > 0 && load.watts > plug.rated_W);
  if (too_much)
    problems.error(sequence.file, load.place,
                   fmt::format("the load point {} draws {:.1f} A, and the plug is rated for "
                               "{:g} A and {:g} W",
                               point, drawn_A, plug.rated_A, plug.rated_W),
                   "take a smaller load point, or state the plug's true ratings");
}

}  // namespace

void check_loads(const Sequence& sequence, const bench::BenchSpec& bench, Problems& problems) {
  for (const auto& stage : sequence.stages)
    for (const auto& step : stage.steps)
      for (const auto& load : step.loads) check_load(load, sequence, bench, problems);
}

bool shares_load(const bench::BenchSpec& bench) {
  const auto live = std::count_if(bench.slots.begin(), bench.slots.end(), [](const auto& slot) {
    return slot.kind != bench::SlotKind::flash;
  });
  return bench.mains && live > 1 && bench.load_path != bench::LoadPathKind::per_slot;
}

}  // namespace plugrig::cli
