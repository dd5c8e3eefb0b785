#include "rig/cli/commands/bench_needs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plugrig::cli {
namespace {

class NeedsCheck {
 public:
  NeedsCheck(const Sequence& sequence, const bench::BenchSpec& bench, Problems& problems)
      : sequence_(sequence), bench_(bench), problems_(problems) {}

  void run() {
    for (const auto& stage : sequence_.stages) check(stage.steps);
    check(sequence_.clean_up);
  }

 private:
  void check(const std::vector<SequenceStep>& steps) {
    for (const auto& step : steps) {
      for (const auto& line : step.type->needs_lines) check_line(step, line);
      if (step.type->takes_network) check_network(step);
    }
  }

  void check_line(const SequenceStep& step, const std::string& line) {
    const auto lacking = std::ranges::find_if(bench_.slots, [&](const bench::SlotSpec& slot) {
      return slot.has_port && bench::find_line(slot, line) == nullptr;
    });
    if (lacking == bench_.slots.end()) return;
    problems_.error(sequence_.file, step.place,
                    fmt::format("'{}' needs the fixture's line '{}', and slot '{}' of bench '{}' "
                                "has none",
                                step.type->name, line, lacking->name, bench_.name),
                    fmt::format("add '{}: ADAPTER.PIN' to the slot's 'lines', choose slots with "
                                "--slots, or leave the step out",
                                line));
  }

  void check_network(const SequenceStep& step) {
    if (bench_.access_point) return;
    problems_.error(
        sequence_.file, step.place,
        fmt::format("'{}' takes the supply from the access point, and bench '{}' cannot do that",
                    step.type->name, bench_.name),
        "name the relay of its low-voltage supply in the bench file, 'access_point: BOARD.N', or "
        "leave the step out");
  }

  const Sequence& sequence_;
  const bench::BenchSpec& bench_;
  Problems& problems_;
};

}  // namespace

void check_needs(const Sequence& sequence, const bench::BenchSpec& bench, Problems& problems) {
  NeedsCheck(sequence, bench, problems).run();
}

}  // namespace plugrig::cli
