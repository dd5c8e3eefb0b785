// Batches on the command line: plans of benches that are not built yet, and what starts a unit.

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "rig/cli/commands/plan_bench.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

const std::string source = PLUGRIG_SOURCE_DIR;
const std::string sequence = source + "/sequences/gosund-ep2.yaml";

std::string bench_file(const std::string& name) { return source + "/fixtures/" + name + ".yaml"; }

bench::BenchSpec bench_of(const std::string& name) {
  Problems problems;
  auto bench = bench::load_bench(bench_file(name), source + "/fixtures", problems);
  EXPECT_FALSE(problems.any_error()) << problems.render();
  return bench;
}

json plan(const std::string& bench, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"plan", sequence, "--bench", bench_file(bench), "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto said = plugrig(arguments);
  EXPECT_EQ(said.code, 0) << said.err;
  return json::parse(said.out);
}

TEST(PlanBench, SlotsWithSelectorsTakeTurnsAsLongAsAStepNeedsIt) {
  const auto slots = plan_slots(bench_of("demo-8-shared"));
  ASSERT_EQ(slots.size(), 8U);
  for (const auto& slot : slots) {
    EXPECT_EQ(slot.shared, (std::set<std::string>{"load", "reference"}));
    EXPECT_FALSE(slot.turn_is_stage);
  }
}

TEST(PlanBench, WithoutSelectorsATurnLastsAStage) {
  for (const auto& slot : plan_slots(bench_of("demo"))) EXPECT_TRUE(slot.turn_is_stage);
}

TEST(PlanBench, SlotsWithTheirOwnLoadAndMeterShareNothing) {
  for (const auto& slot : plan_slots(bench_of("demo-8"))) EXPECT_TRUE(slot.shared.empty());
}

TEST(PlanBench, FactsComeFromTheMetersProfile) {
  const auto facts = plan_facts(bench_of("demo"), {});
  EXPECT_EQ(facts.reference_refresh, 250ms);
  EXPECT_FALSE(facts.by_hand);
  EXPECT_TRUE(plan_facts(bench_of("hobby"), {}).by_hand);
}

TEST(PlanBench, MoreAndFewerSlotsOfTheSameKind) {
  const auto bench = bench_of("demo-8");
  EXPECT_EQ(with_slots(bench, 3).slots.size(), 3U);
  const auto more = with_slots(bench, 19);
  ASSERT_EQ(more.slots.size(), 19U);
  EXPECT_EQ(more.slots[8].name, "S1+1");
  for (const auto& slot : plan_slots(more)) EXPECT_TRUE(slot.shared.empty()) << slot.name;
  for (const auto& slot : plan_slots(with_slots(bench_of("demo-8-shared"), 12)))
    EXPECT_EQ(slot.shared.size(), 2U) << slot.name;
}

TEST(PlanCommand, MoreSlotsHelpUntilTheLoadIsTheBottleneck) {
  double before = 0;
  std::vector<double> rates;
  for (const char* slots : {"1", "2", "4", "16"}) {
    const auto planned =
        plan("demo-8-shared", {"--slots", slots, "--units", "64", "--handling", "15s"});
    rates.push_back(planned.at("expected").at("units_per_hour").get<double>());
    EXPECT_GE(rates.back(), before * 0.99) << slots;
    before = rates.back();
  }
  EXPECT_GT(rates[1], 1.2 * rates[0]) << "two slots: one flashes while the other measures";
  const auto crowded = plan("demo-8-shared", {"--slots", "16", "--units", "64"});
  EXPECT_THAT(crowded.at("bounds").at(0).at("by").get<std::string>(), HasSubstr("load"));
  const auto& load = crowded.at("expected").at("loads").at(0);
  EXPECT_GE(load.at("steady_share").get<double>(), 0.95);
  EXPECT_LE(load.at("steady_share").get<double>(), 1);
  EXPECT_LE(crowded.at("expected").at("units_per_hour").get<double>(),
            crowded.at("bounds").at(0).at("units_per_hour").get<double>());
}

TEST(PlanCommand, ASlowPersonIsTheBottleneckOfManySlots) {
  const auto planned = plan("demo-8", {"--slots", "32", "--units", "128", "--handling", "2 min"});
  EXPECT_THAT(planned.at("bounds").at(0).at("by").get<std::string>(), HasSubstr("one person"));
  EXPECT_LE(planned.at("expected").at("units_per_hour").get<double>(), 30);
}

TEST(PlanCommand, DrawsTheTimelineInItsColumns) {
  const auto said = plugrig({"plan", sequence, "--bench", bench_file("demo-8-shared"), "--units",
                             "16", "--handling", "15s"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("Bottleneck: "));
  EXPECT_THAT(said.out, HasSubstr("S8 |"));
  EXPECT_THAT(said.out, HasSubstr("capital: has reference and load"));
}

TEST(PlanCommand, RefusesWhatIsNoPlan) {
  const std::vector<std::string> base{"plan", sequence, "--bench", bench_file("demo-8")};
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{"--slots", "0"},
                                             {"--slots", "1000"},
                                             {"--units", "-3"},
                                             {"--handling", "15"},
                                             {"--handling", "-3 s"},
                                             {"--handling", "3 W"}}) {
    auto arguments = base;
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(plugrig(arguments).code, 2) << more[0] << " " << more[1];
  }
}

}  // namespace
}  // namespace plugrig::cli
