#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sequences/steps/power/binding.hpp"
#include "tests/unit/power_steps/rig.hpp"

namespace plugrig::fake {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

StepOutcome bind_plug(Rig& rig, Duration limit = 60s) {
  return rig.run([&](StepContext& context) { steps::show_binding(context, limit); });
}

TEST(Binding, ShowsAPlugInItsOwnSlot) {
  Rig rig;
  const auto outcome = bind_plug(rig);
  ASSERT_EQ(outcome.fault_id(), "") << outcome.fault->what();
  EXPECT_EQ(rig.facts["binding"], "shown");
  EXPECT_EQ(rig.facts["reference_place"], "upstream");
  EXPECT_TRUE(rig.circuit.relay) << "relay on afterwards";
  EXPECT_EQ(rig.circuit.load_W, 0) << "no load afterwards";
  EXPECT_LT(outcome.took_s, 20);
}

TEST(Binding, SeesAReferenceBehindThePlug) {
  Rig rig;
  rig.meter.downstream = true;
  ASSERT_EQ(bind_plug(rig).fault_id(), "");
  EXPECT_EQ(rig.facts["reference_place"], "downstream");
}

TEST(Binding, AReferenceThatReadsNoMainsVoltageIsTheInstrumentsFault) {
  for (const double error : {-0.3, 0.3}) {
    Rig rig;
    rig.meter.voltage_error = error;
    const auto outcome = bind_plug(rig);
    ASSERT_EQ(outcome.fault_id(), "meter.implausible") << error;
    EXPECT_EQ(outcome.fault->blame(), Blame::instrument);
    EXPECT_EQ(rig.facts["binding"], "not shown");
  }
  Rig high;
  high.meter.voltage_error = 0.1;  // as far as mains itself may stray
  EXPECT_EQ(bind_plug(high).fault_id(), "");
}

TEST(Binding, PatternsDifferFromUnitToUnitAndRepeatForOne) {
  std::set<std::vector<bool>> patterns;
  for (int i = 0; i < 100; ++i) {
    const auto id = "EP2-" + std::to_string(i);
    const auto pattern = steps::binding_pattern(id);
    EXPECT_EQ(pattern, steps::binding_pattern(id));
    EXPECT_EQ(std::count(pattern.begin(), pattern.end(), true), 4);
    patterns.insert(pattern);
  }
  EXPECT_GT(patterns.size(), 40U);
}

/// A second slot beside the first, with its own plug and meter.
struct Neighbour {
  explicit Neighbour(Rig& rig)
      : circuit{rig.mains}, plug(*rig.clock, circuit), meter(*rig.clock, circuit, "reference-2") {
    circuit.live = true;
    circuit.load_W = 700;
    rig.gate.others.push_back(&meter);
  }
  Circuit circuit;
  Plug plug;
  Meter meter;
};

TEST(Binding, ANeighbourUnderSteadyLoadDoesNotMatter) {
  Rig rig;
  const Neighbour neighbour(rig);
  EXPECT_EQ(bind_plug(rig).fault_id(), "");
}

TEST(Binding, ANeighbourWhoseMainsIsJustComingDoesNotMatter) {
  Rig rig;
  Neighbour neighbour(rig);
  neighbour.meter.voltage_error = -0.75;  // 58 V: half of its window lies before
  EXPECT_EQ(bind_plug(rig).fault_id(), "");
}

TEST(Binding, SwappedPlugsAreRefused) {
  Rig rig;
  Neighbour neighbour(rig);
  Network crossed(neighbour.plug);
  const auto outcome = rig.run([&](StepContext& context) {
    context.devices().network = &crossed;
    steps::show_binding(context, 60s);
  });
  ASSERT_EQ(outcome.fault_id(), "plug.binding");
  EXPECT_EQ(outcome.fault->blame(), Blame::fixture);
  EXPECT_THAT(outcome.fault->happened(), HasSubstr("reference-2"));
  EXPECT_EQ(rig.facts["binding"], "not shown");
}

TEST(Binding, APatternThatShowsNowhereIsRefused) {
  Rig rig;
  Circuit elsewhere{rig.mains};
  elsewhere.live = true;
  Plug other(*rig.clock, elsewhere);
  Network crossed(other);
  const auto outcome = rig.run([&](StepContext& context) {
    context.devices().network = &crossed;
    steps::show_binding(context, 60s);
  });
  ASSERT_EQ(outcome.fault_id(), "plug.binding");
  EXPECT_THAT(outcome.fault->happened(), HasSubstr("no meter"));
}

TEST(Binding, APatternThatShowsInTwoMetersIsRefused) {
  Rig rig;
  Meter same(*rig.clock, rig.circuit, "reference-2");
  rig.gate.others.push_back(&same);
  const auto outcome = bind_plug(rig);
  ASSERT_EQ(outcome.fault_id(), "plug.binding");
  EXPECT_THAT(outcome.fault->happened(), HasSubstr("as well as"));
}

TEST(Binding, AShownBindingIsTakenBackWhenItIsTriedAgain) {
  Rig rig;
  ASSERT_EQ(bind_plug(rig).fault_id(), "");
  rig.gate.load_is_dead = true;
  EXPECT_EQ(bind_plug(rig).fault_id(), "plug.binding");
  EXPECT_EQ(rig.facts["binding"], "not shown");
}

TEST(Binding, TakesTheFirstLoadThatTheBenchHas) {
  Rig rig;
  rig.gate.loads_on_offer = {60};
  EXPECT_EQ(bind_plug(rig).fault_id(), "");
  rig.gate.loads_on_offer = {5};
  EXPECT_EQ(bind_plug(rig).fault_id(), "plug.binding_load");
}

TEST(Binding, DoesNotTakeLongerThanAllowed) {
  Rig rig;
  const auto outcome = bind_plug(rig, 6s);
  EXPECT_EQ(outcome.fault_id(), "plug.binding");
  EXPECT_LT(outcome.took_s, 8);
}

TEST(Binding, AMeterThatStandsStillIsAFault) {
  Rig rig;
  rig.meter.freezes_at = Instant(8s);
  EXPECT_THAT(bind_plug(rig).fault_id(), testing::AnyOf("meter.stale", "plug.binding"));
  EXPECT_EQ(rig.facts["binding"], "not shown");
}

}  // namespace
}  // namespace plugrig::fake
