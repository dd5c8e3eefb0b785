#include "tests/unit/regress/sample_comparison.hpp"

#include "tests/unit/regress/simulated_trials.hpp"

namespace plugrig::regress::test {
namespace {

Comparison compared(const std::vector<Trial>& trials) {
  const std::vector<Margin> margins{{.pattern = "*",
                                     .amount = Amount{0.3, "W"},
                                     .of_baseline = {},
                                     .direction = Direction::either,
                                     .resolution = {}}};
  const std::vector<Quarantine> quarantine{
      {Quarantine::What::quantity, "q02", "known", "mk", "2026-12-31"},
      {Quarantine::What::step, "plug.join", "router", "mk", "2026-01-31"}};
  return compare(trials, builds_named(2), margins, quarantine, "2026-05-01");
}

}  // namespace

Comparison sample_comparison() {
  SimulatedBench bench{.blocks = 6, .quantities = 6};
  bench.effect = [](int build, int, int quantity) {
    return build == 1 && (quantity == 2 || quantity == 3) ? 0.5 : 0.0;
  };
  auto trials = bench.run(3);
  for (Trial& trial : trials) {
    trial.checks.insert(trial.checks.begin(), {"flash.write", true, "", ""});
    if (trial.build != 1 || trial.repeat != 2) continue;
    trial.checks.back() = {"boot.wait", false, "boot.none", "No banner."};
    trial.outcome = Outcome::unit_failed;
  }
  return compared(trials);
}

Comparison bench_comparison() {
  return compared(SimulatedBench{.quantities = 6, .rig_faults = 1}.run(3));
}

RegressInfo sample_info() {
  return {.title = "run-7",
          .software = "plugrig 0.1.0",
          .organisation = "",
          .sequence = "regression",
          .bench = "line-2",
          .started = {1767225600000},
          .duration_s = 3600,
          .simulated = true};
}

}  // namespace plugrig::regress::test
