// What the power steps say that they take, by the rules that they follow.

#include <gtest/gtest.h>

#include "rig/core/yaml.hpp"
#include "sequences/steps/library.hpp"
#include "sequences/steps/power/load_point.hpp"
#include "sequences/steps/power/usual_series.hpp"

namespace plugrig::steps {
namespace {

using namespace std::chrono_literals;

/// The phases of a step with these parameters.
StepTime usual_of(const std::string& step, const std::string& params, const PlanFacts& facts = {}) {
  StepRegistry registry;
  add_power_steps(registry);
  const StepType* type = registry.find(step);
  if (type == nullptr || !type->usual) throw std::logic_error("no such step");
  Problems problems;
  const auto document = yaml::parse("test.yaml", params, problems);
  const auto values = read_fields(document.root, type->fields, step, "test.yaml", problems);
  EXPECT_FALSE(problems.any_error()) << problems.render();
  return type->usual(values, facts);
}

/// Settling and sampling, in seconds.
double used(const StepTime& time) {
  Duration sum{};
  for (const auto& phase : time.phases) sum += phase.settling + phase.sampling;
  return std::chrono::duration<double>(sum).count();
}

double total(const StepTime& time) { return std::chrono::duration<double>(time.total()).count(); }

/// Shares of readings that repeat the one before.
constexpr double kNoLoad = 1.35;
constexpr double kSmall = 1.08;
constexpr double kLarge = 1.03;

int turns(const StepTime& time) {
  int count = 0;
  for (const auto& phase : time.phases) count += phase.lease ? 1 : 0;
  return count;
}

TEST(UsualTime, OfASeriesIsItsSettlingAndItsReadings) {
  const auto time = usual_of("power.as_found", "points: [500 W, 2 kW]\nno_load: false\n");
  // Tare: 2 s, eight readings of 0.18 s; then twice 6.4 s and ten readings of 1.7 s, and one
  // batch of five more.
  EXPECT_EQ(turns(time), 1);
  EXPECT_NEAR(used(time), 2 + 8 * 0.18 + 2 * (6.4 + 10 * 1.7 * kLarge) + 5 * 1.7, 1e-3);
  EXPECT_GT(total(time), used(time));
  EXPECT_LT(total(time), used(time) + 3) << "idle holding is short";
}

TEST(UsualTime, SmallLoadsAreReadMoreSlowlyAndNoLoadIsTheTareToo) {
  const auto time = usual_of("power.as_found", "points: [60 W]\n");
  EXPECT_NEAR(used(time), 6.4 + 10 * 2.5 * kNoLoad + 6.4 + 10 * 2.5 * kSmall, 1e-3);
}

TEST(UsualTime, ASlowReferenceIsWaitedFor) {
  PlanFacts facts;
  facts.reference_refresh = 5s;
  const auto time = usual_of("power.as_found", "points: [500 W]\nno_load: false\n", facts);
  EXPECT_NEAR(used(time), 2 + 8 * 5.08 + 6.4 + 10 * 5 * kLarge, 1e-3);
}

TEST(UsualTime, BehindThePlugThereIsNoTare) {
  PlanFacts facts;
  facts.reference_upstream = false;
  EXPECT_NEAR(used(usual_of("power.as_found", "points: [500 W]\nno_load: false\n", facts)),
              6.4 + 10 * 1.7 * kLarge, 1e-3);
}

TEST(UsualTime, CalibrationThatUsesTheAsFoundReadingsNeedsTheLoadOnlyToVerify) {
  EXPECT_EQ(turns(usual_of("power.calibrate", "verify: false\n")), 0);
  EXPECT_EQ(turns(usual_of("power.calibrate", "{}\n")), 1);
  EXPECT_EQ(turns(usual_of("power.calibrate", "use_as_found: false\n")), 2);
}

TEST(UsualTime, AsLeftShowsTheBindingFirst) {
  const auto time = usual_of("power.as_left", "points: [500 W]\nlimits: ± 1 %\n");
  EXPECT_EQ(turns(time), 2);
}

TEST(UsualTime, PersistenceCountsTheTimeWithoutMains) {
  const auto shorter = usual_of("power.persistence", "off: 5 s\n");
  const auto longer = usual_of("power.persistence", "off: 25 s\n");
  EXPECT_EQ(longer.total() - shorter.total(), 20s);
}

TEST(UsualTime, SettlingIsWatchedThereAndBack) {
  const auto time = usual_of("power.settling", "watch: 5 s\nrepeats: 2\n");
  EXPECT_EQ(turns(time), 1);
  EXPECT_NEAR(used(time), 6.4 + 4 * 5, 1e-3);
}

TEST(UsualTime, MoreReadingsTakeLonger) {
  const auto ten = usual_of("power.as_found", "points: [500 W]\nno_load: false\nsamples: 10\n");
  const auto twenty = usual_of("power.as_found", "points: [500 W]\nno_load: false\nsamples: 20\n");
  EXPECT_NEAR(used(twenty) - used(ten), 10 * 1.7 * kLarge, 1e-3);
}

}  // namespace
}  // namespace plugrig::steps
