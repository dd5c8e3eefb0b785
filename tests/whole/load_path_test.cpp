// Several slots and one load, whatever way it reaches them: every plug is measured right, and
// alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "rig/metrology/point_evaluation.hpp"
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

/// The shipped chain of four, with other leads between the plugs.
struct Leads {
  const char* name;
  const char* world;
};

class Chained : public testing::TestWithParam<Leads> {
 protected:
  static std::string bench_in(const TestFolder& folder) {
    std::ifstream in(source() / "fixtures/demo-chain.yaml");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::string certificate = " instruments/certificates/";
    const auto full = " " + (source() / "fixtures/instruments/certificates/").string();
    text.replace(text.find(certificate), certificate.size(), full);
    return folder.file("chain.yaml", text + GetParam().world);
  }
};

/// Four plugs share every load point, and each is held against what flows through it alone.
TEST_P(Chained, PlugsShareTheirLoadPointsAndEachIsHeldAgainstItsOwnLoad) {
  constexpr int kSlots = 4;
  const TestFolder folder(std::string("chain-") + GetParam().name);
  SimulatedRun run;
  run.bench_file = bench_in(folder);
  run.sequence_file = folder.file(
      "sequence.yaml",
      mains_sequence(
          {"plug.join: {within: 40 s}", "power.calibrate: {points: [60 W, 500 W, 2 kW]}",
           "power.as_left: {points: [60 W, 500 W, 2 kW], limits: ± 1 %, voltage_limits: ± 1 %, "
           "current_limits: ± 1 %, rule: guard_band, minimum_tur: \"1.5\"}"}));
  run.store_file = folder.path() / "records.sqlite";
  begin_configured(run);
  std::map<std::string, std::vector<TruePoint>> truth;
  std::map<std::string, metrology::Series> series;
  int on_load = 0;
  int most_on_load = 0;
  run.before = [&, configured = run.before](twin::TwinBench& twin) {
    configured(twin);
    run.on_event = [&](const Event& event) {
      if (const auto* taken = std::get_if<event::LeaseTaken>(&event.body))
        if (taken->purpose == "power.as_left" && taken->resource == "reference")
          most_on_load = std::max(most_on_load, ++on_load);
      if (const auto* given = std::get_if<event::LeaseGiven>(&event.body))
        if (given->purpose == "power.as_left" && given->resource == "reference") --on_load;
      const auto* ended = std::get_if<event::StepEnded>(&event.body);
      if (ended == nullptr || ended->step != "power.as_left") return;
      if (ended->verdict != Verdict::pass) return;
      const RecordStore store(run.store_file, {.read_only = true});
      for (const auto& unit : store.last_units(kSlots)) {
        if (unit.slot != event.slot) continue;
        series[event.slot] = series_of(unit, "as_left").series;
        truth[event.slot] = against_truth(series[event.slot], event.slot, twin);
      }
    };
  };
  const auto result = run_simulated(run);
  ASSERT_EQ(result.problems, "");
  ASSERT_EQ(result.run.exit_code, 0) << result.events;
  expect_safe(result);
  EXPECT_EQ(most_on_load, kSlots);
  double taken_W = 0;
  for (const auto* slot : {"S1", "S2", "S3", "S4"}) {
    ASSERT_FALSE(truth[slot].empty()) << slot;
    EXPECT_GT(series[slot].tare_W, taken_W + 0.8) << "its own and that of all before it";
    EXPECT_LT(series[slot].tare_W, taken_W + 1.7);
    taken_W = series[slot].tare_W;
    for (const auto& [point, error_percent] : truth[slot]) {
      const double U = point.nominal_W == 0 ? 100 * point.uncertainty.expanded / point.reference
                                            : point.uncertainty.expanded;
      EXPECT_LE(std::abs(point.error_percent - error_percent), U)
          << slot << ", " << point.quantity << " at " << point.nominal_W << " W";
    }
    for (const auto& point : series[slot].points) {
      if (point.nominal_W != 0 || point.quantity != "power") continue;
      EXPECT_EQ(point.reference > 0, std::string(slot) != "S4") << "those behind it show";
    }
  }
  const auto& last = series["S4"].points;
  const auto low = std::find_if(last.begin(), last.end(), [](const auto& point) {
    return point.nominal_W == 60 && point.quantity == "power";
  });
  ASSERT_NE(low, last.end());
  EXPECT_GT(100 * taken_W / 60, 5 * low->uncertainty.expanded)
      << "what was left out is far more than U: without it the test above fails";
  const auto& budget = low->uncertainty.budget;
  EXPECT_TRUE(std::any_of(budget.begin(), budget.end(), [](const auto& row) {
    return row.name == metrology::kChainOwnRow && row.standard_uncertainty > 0;
  }));
}

INSTANTIATE_TEST_SUITE_P(Leads, Chained,
                         testing::Values(Leads{"short", ""},
                                         Leads{"long", "world: {lead_resistance: 45 mOhm}\n"}),
                         [](const auto& leads) { return std::string(leads.param.name); });

}  // namespace
}  // namespace plugrig::whole
