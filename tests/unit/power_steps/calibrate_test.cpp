#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "rig/core/digest.hpp"
#include "sequences/steps/power/series.hpp"
#include "tests/unit/power_steps/rig.hpp"

namespace plugrig::fake {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;

constexpr const char* kPoints = "points: [60 W, 500 W, 2 kW]";

void spread(Rig& rig, unsigned seed) {
  std::mt19937_64 chance(seed * 7919);
  std::normal_distribution<double> normal(0, 1);
  const double divider = 1 + 0.012 * normal(chance);
  const double shunt = 1 + 0.02 * normal(chance);
  rig.plug.true_voltage = 1600 * divider;
  rig.plug.true_current = 3560 * shunt;
  rig.plug.true_power = 10300 * divider * shunt;
}

/// Largest error of the points of a series, by quantity.
struct Worst {
  double voltage = 0, current = 0, power_60W = 0, power = 0;
};

Worst worst_of(const metrology::Series& series) {
  Worst worst;
  const auto take = [](double& largest, double error) {
    largest = std::max(largest, std::abs(error));
  };
  for (const auto& point : series.points) {
    if (point.quantity == "voltage") take(worst.voltage, point.error_percent);
    if (point.nominal_W == 0) continue;
    if (point.quantity == "current" && point.reference >= 1)
      take(worst.current, point.error_percent);
    if (point.quantity == "power")
      take(point.nominal_W < 100 ? worst.power_60W : worst.power, point.error_percent);
  }
  return worst;
}

TEST(Calibrate, BringsFiftyPlugsToWithinTheirGrid) {
  Worst all;
  double longest_s = 0;
  for (unsigned seed = 1; seed <= 50; ++seed) {
    Rig rig(seed);
    spread(rig, seed);
    const auto calibrated = rig.run("power.calibrate", kPoints);
    ASSERT_EQ(calibrated.fault_id(), "") << "seed " << seed << ": " << calibrated.fault->what();
    const auto left = rig.run("power.as_left", std::string(kPoints) + "\nlimits: ± 1 %");
    ASSERT_EQ(left.fault_id(), "") << "seed " << seed << ": " << left.fault->what();
    const auto worst = worst_of(left.record("as_left").series);
    EXPECT_LE(worst.voltage, 0.15) << "seed " << seed;
    EXPECT_LE(worst.current, 0.2) << "seed " << seed;
    EXPECT_LE(worst.power_60W, 0.25) << "seed " << seed;
    EXPECT_LE(worst.power, 0.15) << "seed " << seed;
    for (const auto& command : rig.plug.commands) EXPECT_FALSE(command.ends_with("Set")) << command;
    all = {std::max(all.voltage, worst.voltage), std::max(all.current, worst.current),
           std::max(all.power_60W, worst.power_60W), std::max(all.power, worst.power)};
    longest_s = std::max(longest_s, calibrated.took_s);
  }
  RecordProperty("worst_voltage_percent", std::to_string(all.voltage));
  RecordProperty("worst_current_percent", std::to_string(all.current));
  RecordProperty("worst_power_60W_percent", std::to_string(all.power_60W));
  RecordProperty("worst_power_percent", std::to_string(all.power));
  RecordProperty("longest_calibration_s", std::to_string(longest_s));
}

/// A reference whose error lies anywhere inside its specification, the same at every point: the
/// plug's true error must lie inside E ± U.
TEST(AsFound, ErrorAndUncertaintyHoldTheTruth) {
  std::mt19937_64 chance(4711);
  std::uniform_real_distribution<double> within(-1, 1);
  int points = 0;
  int held = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    Rig rig(seed);
    spread(rig, seed);
    rig.plug.settings["VoltageCal"] = static_cast<int>(rig.plug.true_voltage * 1.01);
    rig.plug.settings["CurrentCal"] = static_cast<int>(rig.plug.true_current * 0.99);
    rig.plug.settings["PowerCal"] = static_cast<int>(rig.plug.true_power * 1.005);
    Rig ideal(seed);
    ideal.plug.true_voltage = rig.plug.true_voltage;
    ideal.plug.true_current = rig.plug.true_current;
    ideal.plug.true_power = rig.plug.true_power;
    ideal.plug.settings = rig.plug.settings;
    rig.meter.voltage_error = 1.6e-3 * within(chance);
    rig.meter.current_error = 1.1e-3 * within(chance);
    rig.meter.power_error = 1.6e-3 * within(chance);
    const char* plan = "{points: [60 W, 500 W, 2 kW], max_samples: 10}";
    const auto found = rig.run("power.as_found", plan).record("as_found").series;
    const auto truth = ideal.run("power.as_found", plan).record("as_found").series;
    ASSERT_EQ(found.points.size(), truth.points.size());
    for (std::size_t i = 0; i < found.points.size(); ++i) {
      const auto& point = found.points[i];
      if (point.nominal_W == 0) continue;
      ++points;
      const double off = point.error_percent - truth.points[i].error_percent;
      held += std::abs(off) <= point.uncertainty.expanded ? 1 : 0;
    }
  }
  RecordProperty("held", std::to_string(held) + " of " + std::to_string(points));
  EXPECT_GE(held, points * 0.94);
}

TEST(Calibrate, WritesConstantsThatMakeThePlugReadTrue) {
  Rig rig;
  const auto outcome = rig.run("power.calibrate", kPoints);
  ASSERT_EQ(outcome.fault_id(), "") << outcome.fault->what();
  EXPECT_NEAR(rig.plug.settings["VoltageCal"] / rig.plug.true_voltage, 1, 2e-3);
  EXPECT_NEAR(rig.plug.settings["CurrentCal"] / rig.plug.true_current, 1, 2e-3);
  EXPECT_NEAR(rig.plug.settings["PowerCal"] / rig.plug.true_power, 1, 2e-3);
  const auto record = outcome.record("calibrated");
  EXPECT_EQ(record.before, (metrology::Constants{1950, 3500, 12530}));
  ASSERT_TRUE(record.after);
  EXPECT_EQ(record.after->power, rig.plug.settings["PowerCal"]);
  EXPECT_EQ(record.series.constants, *record.after) << "measured again after writing";
  EXPECT_LT(outcome.took_s, 300);
}

TEST(Calibrate, RemembersTheDisplayAndRaisesIt) {
  Rig rig;
  rig.facts["restore.WattRes"] = "2";
  ASSERT_EQ(rig.run("power.as_found", kPoints).fault_id(), "");
  EXPECT_EQ(rig.facts["restore.VoltRes"], "0");
  EXPECT_EQ(rig.facts["restore.WattRes"], "2") << "what is remembered already stays";
  EXPECT_EQ(rig.plug.settings["VoltRes"], 1);
  EXPECT_EQ(rig.plug.settings["WattRes"], 1);
}

/// What as_found left, as the record of a run holds it.
AttemptRecord kept(const StepOutcome& found, const std::string& folder) {
  const auto& bytes = found.attachments.at("calibration-as_found.json");
  const auto path = folder + "/calibration-as_found.json";
  std::ofstream(path).write(reinterpret_cast<const char*>(bytes.data()),  // NOLINT
                            static_cast<std::streamsize>(bytes.size()));
  AttemptRecord attempt;
  attempt.verdict = Verdict::pass;
  attempt.attachments.push_back({.name = "calibration-as_found.json",
                                 .media_type = "application/json",
                                 .path = path,
                                 .sha256 = sha256_hex(bytes),
                                 .bytes = bytes.size()});
  return attempt;
}

TEST(Calibrate, StartsFromTheAsFoundReadingsOnlyWhenTheyAreItsOwn) {
  Rig rig;
  const auto found = rig.run("power.as_found", kPoints);
  rig.attempts = {kept(found, testing::TempDir())};
  const auto loads_before = rig.gate.loads.size();
  ASSERT_EQ(rig.run("power.calibrate", kPoints).fault_id(), "");
  EXPECT_EQ(rig.gate.loads.size() - loads_before, 5U)
      << "no load, which is the tare, three points, off: once";
  EXPECT_NEAR(rig.plug.settings["PowerCal"] / rig.plug.true_power, 1, 2e-3);
  const auto again = rig.run("power.calibrate", kPoints);
  EXPECT_THAT(again.all_said(), testing::Not(HasSubstr("as-found"))) << "other constants by now";
  rig.plug.settings = {{"VoltageCal", 1950}, {"CurrentCal", 3500}, {"PowerCal", 12530},
                       {"VoltRes", 1},       {"WattRes", 1},       {"AmpRes", 3}};
  EXPECT_THAT(rig.run("power.calibrate", "points: [60 W, 500 W, 1 kW]").all_said(),
              testing::Not(HasSubstr("as-found")))
      << "other points";
  rig.plug.settings["VoltageCal"] = 1950;
  rig.plug.settings["CurrentCal"] = 3500;
  rig.plug.settings["PowerCal"] = 12530;
  rig.attempts.front().attachments.front().sha256 = "0";
  EXPECT_THAT(rig.run("power.calibrate", kPoints).all_said(), testing::Not(HasSubstr("as-found")))
      << "a file that was changed";
}

TEST(Calibrate, NeedsThreePointsUnlessToldOtherwise) {
  Rig rig;
  EXPECT_EQ(rig.run("power.calibrate", "points: [60 W, 500 W]").fault_id(), "power.too_few_points");
  EXPECT_EQ(rig.run("power.calibrate", "{points: [500 W], single_point: true}").fault_id(), "");
  EXPECT_NEAR(rig.plug.settings["PowerCal"] / rig.plug.true_power, 1, 2e-3);
}

TEST(Calibrate, NamesTheWrongChipAndWritesNothing) {
  Rig rig;
  rig.plug.declared_hlw8012 = true;
  const auto outcome = rig.run("power.calibrate", kPoints);
  ASSERT_EQ(outcome.fault_id(), "power.constants_implausible");
  EXPECT_EQ(outcome.fault->blame(), Blame::config);
  EXPECT_THAT(outcome.fault->happened(), HasSubstr("HLW8012"));
  EXPECT_EQ(rig.plug.settings["PowerCal"], 12530);
}

TEST(Calibrate, NamesASwappedSel) {
  Rig rig;
  rig.plug.swapped_sel = true;
  const auto outcome = rig.run("power.calibrate", kPoints);
  ASSERT_EQ(outcome.fault_id(), "power.constants_implausible");
  EXPECT_THAT(outcome.fault->happened(), HasSubstr("SEL"));
}

TEST(Calibrate, AnUnusualShuntIsTheUnitsFault) {
  Rig rig;
  rig.plug.true_current *= 1.5;
  rig.plug.true_power *= 1.5;
  const auto outcome = rig.run("power.calibrate", kPoints);
  ASSERT_EQ(outcome.fault_id(), "power.constants_implausible");
  EXPECT_EQ(outcome.fault->blame(), Blame::unit);
}

TEST(Calibrate, APowerConstantThatDoesNotFitTheOthersIsRefused) {
  Rig rig;
  rig.plug.true_power *= 1.12;
  EXPECT_EQ(rig.run("power.calibrate", kPoints).fault_id(), "power.constants_implausible");
}

TEST(Calibrate, AnAnswerIsNoProof) {
  Rig rig;
  rig.plug.ignores_cal = true;
  const auto outcome = rig.run("power.calibrate", kPoints);
  EXPECT_EQ(outcome.fault_id(), "power.constants_not_taken");
  EXPECT_EQ(outcome.fault->blame(), Blame::unit);
}

TEST(Calibrate, APlugThatWandersOffIsUnstable) {
  Rig rig;
  rig.plug.drift_per_s = 4e-5;  // 0.4 % in 100 s, 0.07 % in a window of 17 s
  const auto outcome = rig.run("power.calibrate", kPoints);
  EXPECT_THAT(outcome.fault_id(), testing::AnyOf("power.unstable", "power.not_settled"));
}

TEST(Sampling, APlugThatDriftsDoesNotSettle) {
  Rig rig;
  rig.plug.drift_per_s = 1e-3;
  const auto outcome = rig.run("power.as_found", kPoints);
  ASSERT_EQ(outcome.fault_id(), "power.not_settled");
  EXPECT_EQ(outcome.fault->blame(), Blame::unit);
}

TEST(Sampling, ALoadThatMovesIsTheFixturesFault) {
  Rig rig;
  rig.circuit.load_drift_per_s = 5e-3;
  rig.plug.drift_per_s = 1e-3;
  const auto outcome = rig.run("power.as_found", kPoints);
  ASSERT_EQ(outcome.fault_id(), "power.not_settled");
  EXPECT_EQ(outcome.fault->blame(), Blame::fixture);
}

TEST(Sampling, NeighboursThatSwitchTheirLoadsDoNotCountAgainstThePlug) {
  for (const double every_s : {5.0, 6.3, 8.0, 11.0}) {
    Rig rig;
    rig.mains.step = 0.008;
    rig.mains.step_every_s = every_s;
    const auto outcome = rig.run("power.as_found", kPoints);
    EXPECT_EQ(outcome.fault_id(), "") << every_s << " s: " << outcome.fault->what();
  }
}

TEST(Sampling, APlugThatDriftsBesideNeighboursIsTheUnitsFault) {
  Rig rig;
  rig.mains.step = 0.008;
  rig.plug.drift_per_s = 1e-3;
  const auto outcome = rig.run("power.as_found", kPoints);
  ASSERT_EQ(outcome.fault_id(), "power.not_settled");
  EXPECT_EQ(outcome.fault->blame(), Blame::unit);
}

TEST(Sampling, MainsThatNeverStandStillAreNotTheUnitsFault) {
  Rig rig;
  rig.mains.step = 0.02;
  rig.mains.step_every_s = 1;
  const auto outcome = rig.run("power.as_found", kPoints);
  ASSERT_EQ(outcome.fault_id(), "power.mains_unsteady");
  EXPECT_EQ(outcome.fault->blame(), Blame::fixture);
}

TEST(Sampling, NoiseIsNeverAcceptedAnyway) {
  Rig rig;
  rig.plug.noise = 0.02;
  EXPECT_EQ(rig.run("power.as_found", kPoints).fault_id(), "power.not_settled");
}

TEST(Sampling, RepeatedReadingsCountOnce) {
  Rig rig(3, 1e-3);
  rig.plug.renewal_s = 3;
  const auto outcome = rig.run("power.as_found", "points: [500 W]");
  ASSERT_EQ(outcome.fault_id(), "") << outcome.fault->what();
  for (const auto& point : outcome.record("as_found").series.points) {
    if (point.nominal_W == 0) continue;
    for (std::size_t i = 1; i < point.samples.size(); ++i)
      EXPECT_GE(point.samples[i].t_s - point.samples[i - 1].t_s, 1.69);
    EXPECT_GE(point.samples.back().t_s - point.samples.front().t_s, 9 * 2.9)
        << "ten samples of a plug that renews every 3 s take 27 s";
  }
}

TEST(Sampling, AQuietMainsGivesNoEndlessRepeats) {
  Rig rig(1, 0);
  const auto outcome = rig.run("power.as_found", "points: [500 W]");
  ASSERT_EQ(outcome.fault_id(), "") << outcome.fault->what();
  for (const auto& point : outcome.record("as_found").series.points) {
    EXPECT_GE(point.samples.size(), point.nominal_W == 0 ? 6U : 10U);
    double resolution = 0;
    for (const auto& row : point.uncertainty.budget)
      if (row.name == "plug resolution") resolution = row.standard_uncertainty;
    EXPECT_GT(resolution, 0) << "a locked reading keeps its whole resolution";
  }
}

TEST(Sampling, AReferenceThatDiesIsAFault) {
  Rig rig;
  rig.meter.dies_at = Instant(std::chrono::seconds{60});
  const auto outcome = rig.run("power.as_found", kPoints);
  EXPECT_EQ(outcome.fault_id(), "meter.silent");
  EXPECT_TRUE(outcome.measurements.empty());
}

TEST(Sampling, AReferenceThatRepeatsItselfIsAFault) {
  Rig rig;
  rig.meter.freezes_at = Instant(std::chrono::seconds{60});
  const auto outcome = rig.run("power.as_found", kPoints);
  EXPECT_EQ(outcome.fault_id(), "meter.stale");
  EXPECT_EQ(outcome.fault->blame(), Blame::instrument);
}

TEST(Sampling, RepeatedOutliersAreTheUnitsFault) {
  Rig rig;
  rig.plug.spike_every = 4;
  const auto outcome = rig.run("power.as_found", kPoints);
  EXPECT_THAT(outcome.fault_id(), testing::AnyOf("power.unstable", "power.not_settled"));
  EXPECT_EQ(outcome.fault->blame(), Blame::unit);
}

TEST(Sampling, ALoadThatIsNotThereIsTheFixturesFault) {
  Rig rig;
  rig.gate.load_is_dead = true;
  EXPECT_EQ(rig.run("power.as_found", kPoints).fault_id(), "power.load_missing");
}

TEST(Sampling, ALoadThatGoesWhileItIsMeasuredIsNeverAReading) {
  for (const double at_s : {45.0, 52.0, 60.0, 75.0, 90.0}) {
    Rig rig;
    rig.circuit.load_fails_at_s = at_s;
    const auto outcome = rig.run("power.as_found", kPoints);
    EXPECT_THAT(outcome.fault_id(), testing::AnyOf("power.load_missing", "power.not_settled"));
    EXPECT_EQ(outcome.fault->blame(), Blame::fixture) << at_s;
    EXPECT_TRUE(outcome.measurements.empty());
  }
}

TEST(Sampling, ALoadRelayThatSticksIsSeen) {
  Rig rig;
  rig.circuit.load_W = 500;
  rig.gate.load_relay_sticks = true;
  EXPECT_EQ(rig.run("power.as_found", kPoints).fault_id(), "power.load_not_off");
}

TEST(AsFound, SubtractsThePlugsOwnConsumption) {
  Rig rig(5);
  rig.circuit.own_W = 1.2;
  rig.plug.settings["PowerCal"] = static_cast<int>(rig.plug.true_power);
  rig.plug.settings["CurrentCal"] = static_cast<int>(rig.plug.true_current);
  const auto outcome = rig.run("power.as_found", "points: [60 W]");
  ASSERT_EQ(outcome.fault_id(), "") << outcome.fault->what();
  const auto record = outcome.record("as_found");
  EXPECT_NEAR(record.series.tare_W, 1.2, 0.02);
  for (const auto& point : record.series.points) {
    if (point.nominal_W == 0) continue;
    if (point.quantity == "power") {
      EXPECT_LT(std::abs(point.error_percent), 0.3) << "1.2 W would be 2 %";
    }
    if (point.quantity == "current") {
      EXPECT_LT(std::abs(point.error_percent), 0.5) << "5 mA would be 2 %";
    }
  }
}

TEST(AsFound, AReferenceBehindThePlugNeedsNoTare) {
  Rig rig(5);
  rig.meter.downstream = true;
  const auto outcome = rig.run("power.as_found", "points: [60 W]");
  ASSERT_EQ(outcome.fault_id(), "");
  EXPECT_EQ(outcome.record("as_found").series.tare_W, 0);
}

TEST(AsFound, LeavesMeasurementsAndABudgetForEveryPoint) {
  Rig rig;
  const auto outcome = rig.run("power.as_found", kPoints);
  ASSERT_EQ(outcome.fault_id(), "");
  EXPECT_EQ(outcome.measurements.size(), 12U) << "three quantities at four points";
  const auto& last = outcome.measurements.back();
  EXPECT_EQ(last.id, "power.as_found.P");
  EXPECT_EQ(last.condition, "230 V, 2 kW");
  EXPECT_EQ(last.unit, "%");
  EXPECT_FALSE(last.low.has_value());
  EXPECT_GT(*last.expanded_uncertainty, 0.1);
  EXPECT_GE(last.samples.size(), 10U);
  EXPECT_EQ(outcome.measurements.front().condition, "230 V, no load");
  const auto record = outcome.record("as_found");
  EXPECT_EQ(record.reference.certificate_number, "C-1");
  for (const auto& point : record.series.points) EXPECT_EQ(point.uncertainty.budget.size(), 7U);
  EXPECT_THAT(outcome.took_s, AllOf(Ge(60.0), Le(200.0)));
  EXPECT_EQ(rig.circuit.load_W, 0) << "the load is off afterwards";
}

TEST(AsFound, RefusesALoadPointThatIsNoPower) {
  Rig rig;
  EXPECT_EQ(rig.run("power.as_found", "points: [60 V]").fault_id(), "step.parameters");
  EXPECT_EQ(rig.run("power.as_found", "points: []").fault_id(), "step.parameters");
}

}  // namespace
}  // namespace plugrig::fake
