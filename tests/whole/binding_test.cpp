// The plug that is read is the plug that is loaded, or nothing is certified.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {
namespace {

using std::chrono::milliseconds;

const std::vector<std::string> kSteps{
    "plug.join: {within: 40 s}",
    "power.as_left: {points: [500 W], no_load: false, limits: ± 30 %}"};

class Binding : public testing::Test {
 protected:
  explicit Binding() {
    run_.sequence_file = folder_.file("sequence.yaml", mains_sequence(kSteps));
    run_.store_file = folder_.path() / "records.sqlite";
  }
  std::vector<UnitRecord> run(const std::string& bench_text) {
    run_.bench_file = folder_.file("bench.yaml", bench_text);
    result_ = run_simulated(run_);
    EXPECT_EQ(result_.problems, "");
    expect_safe(result_);
    if (result_.run.run_id.empty()) return {};
    return RecordStore(run_.store_file).units_of(result_.run.run_id);
  }
  static void expect_nothing_certified(const UnitRecord& unit) {
    EXPECT_NE(unit.verdict, Verdict::pass);
    EXPECT_EQ(attempt_of(unit, "power.as_left"), nullptr);
    const auto shown = unit.facts.find("binding");
    EXPECT_TRUE(shown == unit.facts.end() || shown->second == "not shown");
  }

  const TestFolder folder_{"binding"};
  SimulatedRun run_;
  SimulatedResult result_;
};

TEST_F(Binding, TwoPlugsInTheirPlacesPass) {
  begin_configured(run_);
  MainsBench bench;
  bench.slots = 2;
  const auto units = run(text_of(bench));
  ASSERT_EQ(units.size(), 2U);
  for (const auto& unit : units) EXPECT_EQ(unit.verdict, Verdict::pass);
}

/// Each slot's own plug is alone on the network while the slot is live, and is not the one that
/// belongs there.
TEST_F(Binding, TwoPlugsThatChangedPlacesAreRefused) {
  begin_configured(run_);
  run_.before = [known = run_.before](twin::TwinBench& bench) {
    known(bench);
    bench.swap_plugs("M1", "M2");
  };
  MainsBench bench;
  bench.slots = 2;
  const auto units = run(text_of(bench));
  ASSERT_EQ(units.size(), 2U);
  for (const auto& unit : units) {
    expect_nothing_certified(unit);
    EXPECT_EQ(attempt_of(unit, "plug.join")->fault_id, "plug.not_found");
  }
}

/// Each plug got the address that the other one had when it was configured: at the address that is
/// known, the wrong plug answers.
TEST_F(Binding, TwoPlugsThatChangedPlacesAndAddressesAreRefused) {
  begin_configured(run_);
  run_.before = [known = run_.before](twin::TwinBench& bench) {
    bench.swap_plugs("M1", "M2");
    known(bench);
    bench.swap_plugs("M1", "M2");
  };
  // What is known of a unit: the MAC of its plug, and the address of the other one.
  const auto steps = run_.more_steps;
  run_.more_steps = [steps](StepRegistry& registry) {
    steps(registry);
    StepType know{.name = "test.know_own_mac",
                  .default_timeout = std::chrono::seconds{1},
                  .run = [](StepContext& context) {
                    const bool first = context.slot() == "M1";
                    context.fact("address", first ? "127.0.1.1" : "127.0.1.2");
                  }};
    registry.add(std::move(know));
  };
  auto all = kSteps;
  all.insert(all.begin(), "test.know_own_mac:");
  run_.sequence_file = folder_.file("sequence.yaml", mains_sequence(all));
  MainsBench bench;
  bench.slots = 2;
  const auto units = run(text_of(bench));
  ASSERT_EQ(units.size(), 2U);
  for (const auto& unit : units) {
    expect_nothing_certified(unit);
    EXPECT_EQ(attempt_of(unit, "plug.join")->fault_id, "plug.wrong_mac");
    EXPECT_EQ(attempt_of(unit, "plug.join")->blame, "fixture");
  }
}

/// The right plug answers, with the right MAC, from a jig beside; the socket holds another one.
/// Only the relay pattern can tell.
TEST_F(Binding, APlugThatAnswersFromElsewhereIsRefused) {
  begin_configured(run_);
  run_.before = [known = run_.before](twin::TwinBench& bench) {
    known(bench);
    bench.swap_plugs("M1", "F2");
  };
  run_.beside = [](twin::TwinBench& bench, Clock& clock, plugrig::Run&, const Deadline& over) {
    for (;;) {
      bench.slot("F2").advance(clock.now().time_since_epoch());
      clock.sleep_for(milliseconds{20}, over);
    }
  };
  run_.slots = {"M1"};
  const auto units = run(text_of(MainsBench{}) +
                         "  - slot: F2\n"
                         "    kind: flash\n"
                         "    uart: {twin: true}\n"
                         "    lines: {wiring: dtr-rts-two-transistor}\n"
                         "    twin: {seed: 77, address: 127.0.1.2}\n");
  ASSERT_EQ(units.size(), 1U);
  expect_nothing_certified(units[0]);
  const auto* join = attempt_of(units[0], "plug.join");
  ASSERT_NE(join, nullptr);
  EXPECT_EQ(join->fault_id, "plug.binding") << join->happened;
  EXPECT_EQ(join->blame, "fixture");
  EXPECT_THAT(join->said, testing::Contains(testing::HasSubstr(result_.macs[0])));
}

class BindingOfAStuckRelay : public Binding, public testing::WithParamInterface<const char*> {};

TEST_P(BindingOfAStuckRelay, IsRefused) {
  begin_configured(run_);
  MainsBench bench;
  bench.plug_faults = std::string("{") + GetParam() + ": true}";
  const auto units = run(text_of(bench));
  ASSERT_EQ(units.size(), 1U);
  expect_nothing_certified(units[0]);
  EXPECT_EQ(attempt_of(units[0], "plug.join")->fault_id, "plug.binding");
}

INSTANTIATE_TEST_SUITE_P(Relays, BindingOfAStuckRelay,
                         testing::Values("relay_stuck_on", "relay_stuck_off"));

}  // namespace
}  // namespace plugrig::whole
