#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "reports/certificate_rules.hpp"
#include "rig/core/file_bytes.hpp"
#include "rig/metrology/point_result.hpp"
#include "tests/hobby/hobby_bench.hpp"

namespace plugrig {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const UnitRecord& unit_of(const SimulatedResult& result) { return result.run.units.at(0).record; }

std::string faults_of(const SimulatedResult& result) {
  std::string ids;
  for (const auto& attempt : unit_of(result).attempts)
    if (!attempt.fault_id.empty()) ids += attempt.step + ": " + attempt.fault_id + " ";
  return ids;
}

TEST(Hobby, OneBulbOneMultimeterAndAPersonMakeAMeasuredPlug) {
  HobbyRun hobby("whole");
  const auto result = hobby.go();
  ASSERT_EQ(result.problems, "");
  ASSERT_EQ(result.run.exit_code, 0) << faults_of(result) << result.events;
  EXPECT_EQ(unit_of(result).verdict, Verdict::pass);
  EXPECT_THAT(result.accidents, IsEmpty());
  EXPECT_THAT(result.live, IsEmpty());

  const auto& facts = unit_of(result).facts;
  EXPECT_EQ(facts.at("binding"), "shown");
  EXPECT_EQ(facts.at("attended"), "yes");
  EXPECT_NE(facts.at("constants.after"), facts.at("constants.before"));
  EXPECT_EQ(facts.at(std::string(refused_fact)), "A certificate was not asked for.");

  // Every prompt is one that the person knew what to do with, once.
  for (const auto& exchange : hobby.person.exchanges()) {
    EXPECT_NE(exchange.typed, "what do you want from me") << exchange.shown;
    EXPECT_THAT(exchange.shown, Not(HasSubstr("Type yes or no"))) << exchange.shown;
  }
  EXPECT_LE(hobby.person.exchanges().size(), 24U);
  EXPECT_EQ(hobby.person.asked("Read the"), 12);
  EXPECT_EQ(hobby.person.asked("Connect the 60 W bulb"), 1) << "it stays until mains goes off";
}

/// The series as the step left it with the record.
metrology::Series series_of(const AttemptRecord& attempt) {
  for (const auto& attachment : attempt.attachments) {
    if (attachment.name != metrology::calibration_file("as_left")) continue;
    const auto bytes = read_bytes(attachment.path);
    return metrology::calibration_from_json(std::string(bytes.begin(), bytes.end())).series;
  }
  return {};
}

TEST(Hobby, WhatThePlugShowsAfterwardsIsTrueWithinWhatTheMultimeterAllows) {
  HobbyRun hobby("truth");
  const auto result = hobby.go();
  ASSERT_EQ(result.run.exit_code, 0) << faults_of(result);
  const auto left = attempts_of(unit_of(result), "power.as_left");
  ASSERT_EQ(left.size(), 1U);
  const auto series = series_of(left[0]);
  const auto power = std::find_if(series.points.begin(), series.points.end(),
                                  [](const auto& point) { return point.quantity == "power"; });
  ASSERT_NE(power, series.points.end());
  ASSERT_EQ(power->samples.size(), 3U);
  // Three readings as found, three as left: nobody is asked for more.
  const auto& truths = hobby.person.truths_W();
  ASSERT_EQ(truths.size(), 6U);
  const double truth = (truths[3] + truths[4] + truths[5]) / 3;
  const double error = 100 * (power->plug / truth - 1);
  EXPECT_LE(std::abs(error), power->uncertainty.expanded);
  EXPECT_LE(std::abs(error), 3.0);
  // The meter's own error, 0.2 % of power, its digits and the wandering mains: not more.
  EXPECT_LE(std::abs(error), 1.0) << "the plug follows the person's readings";
  // 95 % of a rectangle of ± 2.0 %: what ± 0.8 % and ± 1.2 % leave of the power at best.
  EXPECT_GE(power->uncertainty.expanded, 0.95 * 2.0);
}

TEST(Hobby, SlipsOfTheKeyboardAreAskedForAgain) {
  HobbyRun hobby("slips");
  hobby.person.slips["Read the voltage"] = {"23", "two hundred", "2310"};
  hobby.person.slips["Read the current"] = {"2,612", "2.61", "0.0261", "0.26 V"};
  hobby.person.slips["How often"] = {"0"};
  hobby.person.slips["Close the case"] = {"done", ""};
  const auto result = hobby.go();
  EXPECT_EQ(result.run.exit_code, 0) << faults_of(result);
  EXPECT_THAT(result.accidents, IsEmpty());
  EXPECT_EQ(hobby.person.asked("23 V is too low"), 1);
  EXPECT_EQ(hobby.person.asked("is no number"), 1);
  EXPECT_EQ(hobby.person.asked("is no unit for this"), 1);
  EXPECT_EQ(hobby.person.asked("Type yes or no"), 2);
}

TEST(Hobby, AWrongCountOfFlashesIsNotThisPlug) {
  HobbyRun hobby("count");
  hobby.person.slips["How often"] = {"7"};
  const auto result = hobby.go();
  EXPECT_THAT(faults_of(result), HasSubstr("plug.binding"));
  EXPECT_EQ(unit_of(result).verdict, Verdict::error);
  EXPECT_EQ(hobby.person.asked("Read the voltage"), 0) << "nothing is measured on another plug";
  EXPECT_THAT(result.live, IsEmpty());
}

TEST(Hobby, WithTheWiresOnNothingIsPluggedIn) {
  HobbyRun hobby("wires");
  hobby.person.slips["Take all wires"] = {"no"};
  const auto result = hobby.go();
  EXPECT_THAT(faults_of(result), HasSubstr("safety.contacts"));
  EXPECT_EQ(hobby.person.asked("Plug the unit into mains"), 0);
  EXPECT_THAT(result.accidents, IsEmpty());
  EXPECT_NE(result.run.exit_code, 0);
}

TEST(Hobby, WithTheCaseOpenNothingIsPluggedIn) {
  HobbyRun hobby("case");
  hobby.person.slips["Close the case"] = {"n"};
  const auto result = hobby.go();
  EXPECT_THAT(faults_of(result), HasSubstr("safety.guard"));
  EXPECT_EQ(hobby.person.asked("Plug the unit into mains"), 0);
  EXPECT_THAT(result.accidents, IsEmpty());
}

TEST(Hobby, WhoIsNotAttendedIsNotEnergised) {
  HobbyRun hobby("alone");
  hobby.run.attended = false;
  const auto result = hobby.go();
  EXPECT_THAT(faults_of(result), HasSubstr("safety.attended"));
  EXPECT_EQ(hobby.person.asked("Plug the unit into mains"), 0);
}

TEST(Hobby, WhoDoesNotUnplugIsToldThatOffIsNotConfirmed) {
  HobbyRun hobby("live");
  // Once before the wires go on, then at the end: asked, and looked at again.
  hobby.person.slips["Unplug the unit"] = {"yes", "no"};
  hobby.person.slips["Is the unit unplugged"] = {"no"};
  const auto result = hobby.go();
  EXPECT_THAT(faults_of(result), HasSubstr("safety.off_not_confirmed"));
  EXPECT_EQ(result.run.exit_code, 5);
}

}  // namespace
}  // namespace plugrig
