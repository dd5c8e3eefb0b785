#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sequences/steps/power/certificate.hpp"
#include "sequences/steps/power/series.hpp"
#include "tests/unit/power_steps/rig.hpp"

namespace plugrig::fake {
namespace {

using steps::CertificateState;
using testing::HasSubstr;
using namespace std::chrono_literals;

UtcTime utc(std::chrono::year_month_day date, std::chrono::seconds of_day = 0s) {
  const auto at = std::chrono::sys_days{date} + of_day;
  return {std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count()};
}

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

CertificateState good_state() {
  CertificateState state;
  state.now = utc(year{2026} / 3 / 10);
  state.reference_number = "C-1";
  state.reference_due = "2026-06-01";
  state.binding_shown = true;
  state.minimum_tur = 2;
  state.lowest_tur = 4;
  return state;
}

std::vector<std::string> ids(const CertificateState& state) {
  std::vector<std::string> all;
  for (const auto& refusal : steps::certificate_refusals(state)) all.push_back(refusal.id);
  return all;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Refusals, NoneForAGoodState) { EXPECT_THAT(ids(good_state()), IsEmpty()); }

TEST(Refusals, WithoutACertificateOnlyWhatSpoilsTheReadingsCounts) {
  auto state = good_state();
  state.reference_number.clear();
  state.lowest_tur = 1;
  state.overridden = true;
  state.last_recorded = utc(year{2026} / 3 / 11);
  EXPECT_THAT(steps::result_refusals(state), IsEmpty());
  state.binding_shown = false;
  state.complete = false;
  state.unpaired_share = 0.2;
  EXPECT_EQ(steps::result_refusals(state).size(), 3U);
}

TEST(Refusals, EachReasonHasItsOwnId) {
  const auto with = [](auto change) {
    auto state = good_state();
    change(state);
    return ids(state);
  };
  EXPECT_THAT(with([](auto& s) { s.reference_due = "2026-03-09"; }),
              ElementsAre("certificate.reference_overdue"));
  EXPECT_THAT(with([](auto& s) { s.reference_due = ""; }),
              ElementsAre("certificate.reference_overdue"));
  EXPECT_THAT(with([](auto& s) { s.reference_due = "soon"; }),
              ElementsAre("certificate.reference_overdue"));
  EXPECT_THAT(with([](auto& s) { s.reference_number = ""; }),
              ElementsAre("certificate.reference_overdue"));
  EXPECT_THAT(with([](auto& s) { s.last_recorded = utc(year{2026} / 3 / 11); }),
              ElementsAre("certificate.clock_behind"));
  EXPECT_THAT(with([](auto& s) { s.binding_shown = false; }), ElementsAre("certificate.binding"));
  EXPECT_THAT(with([](auto& s) { s.overridden = true; }), ElementsAre("certificate.override"));
  EXPECT_THAT(with([](auto& s) { s.complete = false; }), ElementsAre("certificate.incomplete"));
  EXPECT_THAT(with([](auto& s) { s.unpaired_share = 0.11; }),
              ElementsAre("certificate.stale_sample"));
  EXPECT_THAT(with([](auto& s) { s.unpaired_share = 1.0 / 10; }), IsEmpty());
  EXPECT_THAT(with([](auto& s) { s.lowest_tur = 1.99; }), ElementsAre("certificate.tur"));
}

TEST(Refusals, AllAreReportedAtOnce) {
  auto state = good_state();
  state.reference_due = "2020-01-01";
  state.binding_shown = false;
  state.lowest_tur = 0.5;
  const auto fault = steps::refusal_fault(steps::certificate_refusals(state));
  EXPECT_EQ(fault.id(), "certificate.reference_overdue");
  EXPECT_EQ(fault.evidence().size(), 2U);
}

TEST(DueDate, LastsToTheEndOfItsDayLocalTime) {
  EXPECT_EQ(steps::overdue_from("2026-06-01", 0min), utc(year{2026} / 6 / 2));
  EXPECT_EQ(steps::overdue_from("2026-06-01", 120min), utc(year{2026} / 6 / 1, 22h));
  auto state = good_state();
  state.reference_due = "2026-03-10";
  state.now = utc(year{2026} / 3 / 10, 23h + 59min + 59s);
  EXPECT_THAT(ids(state), IsEmpty());
  state.now = utc(year{2026} / 3 / 11);
  EXPECT_THAT(ids(state), ElementsAre("certificate.reference_overdue"));
}

TEST(DueDate, OfAMonthIsItsLastDay) {
  EXPECT_EQ(steps::overdue_from("2026-02", 0min), utc(year{2026} / 3 / 1));
  EXPECT_EQ(steps::overdue_from("2028-02", 0min), utc(year{2028} / 3 / 1));
  EXPECT_EQ(steps::overdue_from("2026-12", 0min), utc(year{2027} / 1 / 1));
}

TEST(DueDate, NonsenseIsUnknown) {
  for (const char* text : {"", "2026", "2026-13", "2026-02-30", "2026/02/03", "01.02.2026",
                           "2026-1-01", "2026-02-3x", "-026-02-01"})
    EXPECT_FALSE(steps::overdue_from(text, 0min)) << text;
}

TEST(DueDate, WarnsThirtyDaysBefore) {
  auto state = good_state();
  EXPECT_FALSE(steps::due_warning(state));
  state.now = utc(year{2026} / 5 / 20);
  ASSERT_TRUE(steps::due_warning(state));
  EXPECT_THAT(*steps::due_warning(state), HasSubstr("2026-06-01"));
  state.now = utc(year{2026} / 6 / 5);
  EXPECT_FALSE(steps::due_warning(state)) << "overdue is a refusal, not a warning";
}

TEST(ConstantsText, ComesBack) {
  const metrology::Constants constants{1580, 3554, 10080};
  EXPECT_EQ(steps::parse_constants(steps::constants_text(constants)), constants);
  EXPECT_FALSE(steps::parse_constants("VoltageCal 1, CurrentCal 2"));
  EXPECT_FALSE(steps::parse_constants("VoltageCal 1, CurrentCal 2, PowerCal 3 and more"));
  EXPECT_FALSE(steps::parse_constants(""));
}

constexpr const char* kLeft =
    "{points: [60 W, 500 W, 2 kW], limits: ± 1 %, voltage_limits: ± 1 %, current_limits: ± 2 %, "
    "rule: guard_band, minimum_tur: 1.5}";

void make_true(Rig& rig) {
  rig.plug.settings["VoltageCal"] = static_cast<int>(rig.plug.true_voltage);
  rig.plug.settings["CurrentCal"] = static_cast<int>(rig.plug.true_current);
  rig.plug.settings["PowerCal"] = static_cast<int>(rig.plug.true_power);
}

TEST(AsLeft, PassesATruePlugByTheGuardBand) {
  Rig rig;
  make_true(rig);
  const auto outcome = rig.run("power.as_left", kLeft);
  ASSERT_EQ(outcome.fault_id(), "") << outcome.fault->what();
  EXPECT_EQ(rig.facts["binding"], "shown");
  for (const auto& measurement : outcome.measurements) {
    EXPECT_EQ(measurement.verdict, Verdict::pass) << measurement.id << measurement.condition;
    ASSERT_TRUE(measurement.high);
    if (measurement.unit != "%") continue;
    const double limit = measurement.id == "power.as_left.I" ? 2 : 1;
    EXPECT_NEAR(*measurement.high, limit - *measurement.expanded_uncertainty, 1e-12);
    EXPECT_EQ(*measurement.low, -*measurement.high);
  }
  const auto record = outcome.record("as_left");
  for (const auto& point : record.series.points)
    EXPECT_EQ(point.decision, metrology::Decision::pass);
}

TEST(AsLeft, AnErrorInsideTheGuardBandFailsOnlyUnderThatRule) {
  const auto verdict_at = [](const char* rule) {
    Rig rig(2);
    make_true(rig);
    rig.plug.settings["PowerCal"] = static_cast<int>(rig.plug.true_power * 1.009);
    const auto outcome = rig.run(
        "power.as_left", std::string("{points: [500 W], limits: ± 1 %, rule: ") + rule + "}");
    EXPECT_EQ(outcome.fault_id(), "");
    return outcome.measurements.back().verdict;
  };
  EXPECT_EQ(verdict_at("simple"), Verdict::pass);
  EXPECT_EQ(verdict_at("guard_band"), Verdict::fail);
}

TEST(AsLeft, APlugThatShowsPowerWithoutLoadFails) {
  Rig rig;
  make_true(rig);
  const auto outcome = rig.run("power.as_left", "{points: [500 W], limits: ± 1 %}");
  const auto& no_load = outcome.measurements.at(2);
  EXPECT_EQ(no_load.id, "power.as_left.P");
  EXPECT_EQ(no_load.unit, "W");
  EXPECT_EQ(no_load.value, 0);
  EXPECT_EQ(no_load.verdict, Verdict::pass);
}

/// What becomes of a certificate at one point whose reference is late so often.
StepOutcome certify_with(std::function<bool(int)> is_late, int* reads = nullptr) {
  Rig rig;
  make_true(rig);
  rig.meter.is_late = std::move(is_late);
  auto outcome = rig.run("power.as_left", "{points: [500 W], limits: ± 1 %, no_load: false}");
  if (reads != nullptr) *reads = rig.meter.reads;
  return outcome;
}

TEST(AsLeft, OneLateReadingOfTheReferenceCostsNoCertificate) {
  int reads = 0;
  ASSERT_EQ(certify_with([](int) { return false; }, &reads).fault_id(), "");
  int left_out = 0;
  for (int late = reads - 50; late <= reads; ++late) {
    const auto outcome = certify_with([late](int number) { return number == late; });
    EXPECT_EQ(outcome.fault_id(), "") << "reading " << late << " of " << reads;
    EXPECT_FALSE(outcome.measurements.empty());
    left_out += outcome.all_said().find("1 of ") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(left_out, 5) << "none of the late readings mattered";
}

TEST(AsLeft, RefusesWithAnOverdueReferenceButKeepsWhatItMeasured) {
  Rig rig;
  make_true(rig);
  rig.meter.meter_info.certificate->due = "2025-12";
  const auto outcome = rig.run("power.as_left", kLeft);
  EXPECT_EQ(outcome.fault_id(), "certificate.reference_overdue");
  EXPECT_EQ(outcome.measurements.size(), 12U);
  EXPECT_TRUE(outcome.attachments.contains("calibration-as_left.json"));
  EXPECT_EQ(rig.run("power.as_found", "points: [500 W]").fault_id(), "")
      << "measuring stays allowed";
}

TEST(AsLeft, RefusesWithoutACertificateOfTheReference) {
  Rig rig;
  make_true(rig);
  rig.meter.meter_info.certificate.reset();
  EXPECT_EQ(rig.run("power.as_left", kLeft).fault_id(), "certificate.reference_overdue");
}

TEST(AsLeft, WarnsBeforeTheReferenceFallsDue) {
  Rig rig;
  make_true(rig);
  rig.meter.meter_info.certificate->due = "2026-01-15";
  const auto outcome = rig.run("power.as_left", kLeft);
  EXPECT_EQ(outcome.fault_id(), "");
  EXPECT_THAT(outcome.all_said(), HasSubstr("2026-01-15"));
}

TEST(AsLeft, RefusesWhenUIsTooLargeForTheLimit) {
  Rig rig;
  make_true(rig);
  rig.meter.meter_info.power = {.reading_fraction = 0.02, .range_fraction = 0};
  const auto outcome = rig.run("power.as_left", "{points: [500 W], limits: ± 1 %}");
  EXPECT_EQ(outcome.fault_id(), "certificate.tur");
}

TEST(AsLeft, RefusesAnOverriddenUnitAndAClockThatIsBehind) {
  Rig rig;
  make_true(rig);
  rig.facts["engineer_override"] = "yes";
  EXPECT_EQ(rig.run("power.as_left", "{points: [500 W], limits: ± 1 %}").fault_id(),
            "certificate.override");
  rig.facts.erase("engineer_override");
  rig.last_record = UtcTime{rig.clock->utc().unix_ms + 86'400'000};
  EXPECT_EQ(rig.run("power.as_left", "{points: [500 W], limits: ± 1 %}").fault_id(),
            "certificate.clock_behind");
}

TEST(AsLeft, RefusesANonsensicalTurBeforeItMeasures) {
  Rig rig;
  const auto outcome = rig.run("power.as_left", "{limits: ± 1 %, minimum_tur: four}");
  EXPECT_EQ(outcome.fault_id(), "step.parameters");
  EXPECT_EQ(rig.gate.loads.size(), 0U);
}

TEST(Persistence, ConstantsSurviveAPowerCycle) {
  Rig rig;
  ASSERT_EQ(rig.run("power.calibrate").fault_id(), "");
  const auto before = rig.plug.settings;
  const auto outcome = rig.run("power.persistence", "{point: 500 W, off: 5 s, limits: ± 1 %}");
  ASSERT_EQ(outcome.fault_id(), "") << outcome.fault->what();
  EXPECT_EQ(rig.plug.settings["PowerCal"], before.at("PowerCal"));
  EXPECT_EQ(rig.network.finds, 1) << "looked for again after the cycle";
  EXPECT_EQ(rig.facts["binding"], "shown");
  EXPECT_EQ(outcome.measurements.back().id, "power.persistence.P");
  EXPECT_EQ(outcome.measurements.back().verdict, Verdict::pass);
}

TEST(Persistence, LostConstantsAreTheUnitsFault) {
  Rig rig;
  ASSERT_EQ(rig.run("power.calibrate").fault_id(), "");
  rig.plug.loses_constants = true;
  const auto outcome = rig.run("power.persistence");
  EXPECT_EQ(outcome.fault_id(), "power.constants_lost");
  EXPECT_EQ(outcome.fault->blame(), Blame::unit);
}

}  // namespace
}  // namespace plugrig::fake
