// Several slots and one load, whatever way it reaches them: every plug is measured right, and
// alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {
namespace {

struct Path {
  const char* name;
  const char* load_path;
  bool selectors;
};

class SharedLoad : public testing::TestWithParam<Path> {};

TEST_P(SharedLoad, EveryPlugIsCertifiedForWhatIsTrueOfIt) {
  const TestFolder folder(std::string("path-") + GetParam().name);
  MainsBench bench;
  bench.slots = 2;
  bench.load_path = GetParam().load_path;
  bench.selectors = GetParam().selectors;
  SimulatedRun run;
  run.bench_file = folder.file("bench.yaml", text_of(bench));
  run.sequence_file = folder.file(
      "sequence.yaml",
      mains_sequence(
          {"plug.join: {within: 40 s}", "power.calibrate: {points: [60 W, 500 W, 1 kW]}",
           "power.as_left: {points: [60 W, 500 W, 1 kW], limits: ± 1 %, rule: guard_band}"}));
  run.store_file = folder.path() / "records.sqlite";
  begin_configured(run);
  std::map<std::string, std::vector<TruePoint>> truth;
  run.before = [&, configured = run.before](twin::TwinBench& twin) {
    configured(twin);
    run.on_event = [&](const Event& event) {
      const auto* ended = std::get_if<event::StepEnded>(&event.body);
      if (ended == nullptr || ended->step != "power.as_left") return;
      const RecordStore store(run.store_file, {.read_only = true});
      for (const auto& unit : store.last_units(2))
        if (unit.slot == event.slot)
          truth[event.slot] = against_truth(series_of(unit, "as_left").series, event.slot, twin);
    };
  };
  const auto result = run_simulated(run);
  ASSERT_EQ(result.problems, "");
  ASSERT_EQ(result.run.exit_code, 0) << result.events;
  expect_safe(result);
  for (const auto* slot : {"M1", "M2"}) {
    EXPECT_FALSE(truth[slot].empty()) << slot;
    for (const auto& [point, error_percent] : truth[slot]) {
      const double U = point.nominal_W == 0 ? 100 * point.uncertainty.expanded / point.reference
                                            : point.uncertainty.expanded;
      EXPECT_LE(std::abs(point.error_percent - error_percent), U)
          << slot << ", " << point.quantity << " at " << point.nominal_W << " W";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Paths, SharedLoad,
                         testing::Values(Path{"multiplexed", "multiplexed", false},
                                         Path{"selectors", "multiplexed", true},
                                         Path{"chained", "chained", false}),
                         [](const auto& path) { return std::string(path.param.name); });

}  // namespace
}  // namespace plugrig::whole
