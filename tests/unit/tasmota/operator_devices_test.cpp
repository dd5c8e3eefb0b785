#include <gmock/gmock.h>

#include <cmath>
#include <deque>

#include "drivers/operator/operator_load.hpp"
#include "drivers/operator/operator_mains.hpp"
#include "drivers/operator/operator_meter.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::person {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// A person with prepared answers who takes some time for each.
class Patient final : public Operator {
 public:
  explicit Patient(Clock& clock) : clock_(clock) {}
  std::vector<std::string> asked;
  std::vector<OperatorPrompt> prompts;
  std::deque<bool> says;  ///< yes when empty
  std::deque<double> readings;
  Duration takes = 3s;
  bool gone = false;

  void confirm(const OperatorPrompt& prompt, const Deadline& deadline) override {
    hear(prompt, deadline);
    if (says.empty()) return;
    const bool yes = says.front();
    says.pop_front();
    if (!yes) throw Fault("operator.refused", Blame::operator_, "No.", "Do it.");
  }
  double value(const OperatorPrompt& prompt, const Deadline& deadline) override {
    hear(prompt, deadline);
    const double reading = readings.front();
    readings.pop_front();
    return reading;
  }

 private:
  void hear(const OperatorPrompt& prompt, const Deadline& deadline) {
    asked.push_back(prompt.text);
    prompts.push_back(prompt);
    clock_.sleep_for(takes, deadline);
    if (gone) throw Fault("operator.no_answer", Blame::operator_, "Nobody.", "Come.");
  }
  Clock& clock_;
};

class OperatorDevices : public testing::Test {
 protected:
  OperatorDevices() { seat_->enter(); }
  std::string fault_of(const std::function<void()>& call) {
    try {
      call();
      return "none";
    } catch (const Fault& fault) {
      return fault.id();
    }
  }
  std::unique_ptr<Clock> clock_ = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat_ = clock_->reserve("test");
  Patient person_{*clock_};
};

TEST_F(OperatorDevices, AMeterReadByAPersonKnowsHowSureItsTimeIs) {
  OperatorMeterOptions options{.slot = "M1", .info = {}, .range = {600, 10}};
  options.info.model = "multimeter";
  options.info.voltage = {.reading_fraction = 0.01, .range_fraction = 0.001, .absolute = 0.1};
  options.info.current = {.reading_fraction = 0.02, .range_fraction = 0.002, .absolute = 0.01};
  OperatorMeter meter(person_, *clock_, options);
  clock_->sleep_for(10s, {});
  person_.readings = {230.0, 0.25};
  const PowerReading reading = meter.read({});
  EXPECT_EQ(reading.voltage_V, 230.0);
  EXPECT_EQ(reading.current_A, 0.25);
  EXPECT_EQ(reading.power_W, 57.5);
  EXPECT_FALSE(reading.frequency_Hz);
  EXPECT_EQ(reading.at, Instant{13s});
  EXPECT_EQ(reading.half_width, 3s);
  EXPECT_THAT(person_.asked, ElementsAre("Read the voltage at the load on the multimeter.",
                                         "Read the current through the load on the multimeter."));
  EXPECT_EQ(meter.range_at(1, 1).voltage_V, 600);
}

TEST_F(OperatorDevices, ThePowersAccuracyCoversTheWorstCase) {
  const AccuracySpec voltage{.reading_fraction = 0.01, .range_fraction = 0.001, .absolute = 0.1};
  const AccuracySpec current{.reading_fraction = 0.02, .range_fraction = 0.002, .absolute = 0.01};
  const MeterRange range{600, 10};
  const AccuracySpec power = product_accuracy(voltage, current, range);
  for (const double volts : {10.0, 230.0, 600.0}) {
    for (const double amperes : {0.0, 0.25, 10.0}) {
      const double first_order = amperes * voltage.half_width(volts, range.voltage_V) +
                                 volts * current.half_width(amperes, range.current_A);
      EXPECT_GE(power.half_width(volts * amperes, range.voltage_V * range.current_A) * 1.0000001,
                first_order)
          << volts << " V " << amperes << " A";
    }
  }
}

TEST_F(OperatorDevices, AWattmeterIsReadDirectly) {
  OperatorMeterOptions options{.slot = "M1", .info = {}, .range = {250, 16}};
  options.asks_current = false;
  options.asks_power = true;
  options.info.power = {.reading_fraction = 0.005};
  OperatorMeter meter(person_, *clock_, options);
  person_.readings = {230.0, 60.4};
  const PowerReading reading = meter.read({});
  EXPECT_EQ(reading.power_W, 60.4);
  EXPECT_FALSE(reading.current_A);
  EXPECT_EQ(meter.info().power.reading_fraction, 0.005);
}

TEST_F(OperatorDevices, AVoltmeterAloneKnowsNoPower) {
  OperatorMeterOptions options{.slot = "M1", .info = {}, .range = {600, 10}};
  options.asks_current = false;
  OperatorMeter meter(person_, *clock_, options);
  person_.readings = {230.0};
  EXPECT_FALSE(meter.read({}).power_W);
}

TEST_F(OperatorDevices, ASwitchIsWhatWasConfirmedLast) {
  OperatorSwitch mains(person_, "M1");
  EXPECT_FALSE(mains.reads_on({})) << "the person said that it is unplugged";
  mains.set(true, {});
  EXPECT_THAT(person_.asked.back(), HasSubstr("Plug the unit into mains"));
  EXPECT_TRUE(mains.reads_on({}));
  mains.set(false, {});
  EXPECT_THAT(person_.asked.back(), HasSubstr("Unplug"));
  EXPECT_FALSE(mains.reads_on({}));
  EXPECT_EQ(person_.asked.size(), 3U);
}

TEST_F(OperatorDevices, ASwitchIsUnknownAfterANo) {
  OperatorSwitch mains(person_, "M1");
  mains.set(true, {});
  person_.says = {false, false};
  EXPECT_EQ(fault_of([&] { mains.set(false, {}); }), "operator.refused");
  EXPECT_TRUE(mains.reads_on({})) << "asked again: it is not unplugged";
  person_.gone = true;
  EXPECT_EQ(fault_of([&] { mains.set(false, {}); }), "operator.no_answer");
  EXPECT_EQ(fault_of([&] { mains.reads_on({}); }), "operator.no_answer");
}

TEST_F(OperatorDevices, AnInputIsAsFreshAsItsAnswer) {
  OperatorInput guard(
      person_, *clock_,
      {.slot = "M1", .name = "guard", .question = "Is it closed?", .valid_for = 60s});
  EXPECT_FALSE(guard.age());
  EXPECT_TRUE(guard.closed({}));
  EXPECT_EQ(guard.age(), Duration{0});
  clock_->sleep_for(59s, {});
  EXPECT_TRUE(guard.closed({}));
  EXPECT_EQ(person_.asked.size(), 1U);
  clock_->sleep_for(1s, {});
  person_.says = {false};
  EXPECT_FALSE(guard.closed({}));
  EXPECT_FALSE(guard.closed({})) << "a no counts as long as a yes";
  guard.forget();
  EXPECT_TRUE(guard.closed({}));
  EXPECT_EQ(person_.asked.size(), 3U);
}

TEST_F(OperatorDevices, AnInputThatNobodyAnswersIsNotClosed) {
  OperatorInput guard(
      person_, *clock_,
      {.slot = "M1", .name = "guard", .question = "Is it closed?", .valid_for = 10s});
  EXPECT_TRUE(guard.closed({}));
  clock_->sleep_for(10s, {});
  person_.gone = true;
  EXPECT_EQ(fault_of([&] { guard.closed({}); }), "operator.no_answer");
  EXPECT_FALSE(guard.age());
}

class HandLoads : public OperatorDevices {
 protected:
  OperatorLoad load_{
      person_,
      "M1",
      {{"the 60 W bulb", 60, 230}, {"the kettle", 2000, 230}, {"a heater", 4600, 230}},
      16};
};

TEST_F(HandLoads, TheNearestIsChosen) {
  const LoadSetting bulb = load_.choose(60, 230);
  EXPECT_THAT(bulb.elements, ElementsAre(0));
  EXPECT_DOUBLE_EQ(bulb.nominal_W, 60);
  EXPECT_DOUBLE_EQ(bulb.nominal_A, 60.0 / 230);
  EXPECT_THAT(load_.choose(2100, 230).elements, ElementsAre(1));
  EXPECT_THAT(load_.choose(0, 230).elements, ElementsAre());
  EXPECT_NEAR(load_.choose(15, 115).nominal_W, 15, 1e-9) << "half the voltage, a quarter of it";
}

TEST_F(HandLoads, WhatIsNotThereOrTooMuchIsRefused) {
  EXPECT_EQ(fault_of([&] { (void)load_.choose(500, 230); }), "load.no_combination");
  EXPECT_EQ(fault_of([&] { (void)load_.choose(4600, 230); }), "load.rating");
  EXPECT_EQ(fault_of([&] { (void)load_.choose(std::nan(""), 230); }), "load.no_combination");
  EXPECT_EQ(fault_of([&] { (void)OperatorLoad(person_, "M1", {}, 16).choose(60, 230); }),
            "load.no_combination");
  EXPECT_EQ(fault_of([&] { load_.apply({.elements = {7}}, {}); }), "load.no_combination");
}

TEST_F(HandLoads, ThePersonIsAskedOnlyForChanges) {
  load_.apply(load_.choose(60, 230), {});
  load_.apply(load_.choose(60, 230), {});
  load_.apply(load_.choose(2000, 230), {});
  load_.apply({}, {});
  load_.apply({}, {});
  EXPECT_THAT(person_.asked, ElementsAre(HasSubstr("the 60 W bulb"), HasSubstr("the kettle"),
                                         HasSubstr("Take the load away")));
}

TEST_F(HandLoads, NobodyStandsBetweenTheRigAndOff) {
  load_.apply(load_.choose(60, 230), {});
  person_.gone = true;
  load_.off({});
  person_.gone = false;
  EXPECT_EQ(person_.asked.size(), 1U) << "off asks nobody";
  load_.apply(load_.choose(60, 230), {});
  EXPECT_EQ(person_.asked.size(), 2U) << "and what is there then is unknown";
}

TEST_F(HandLoads, AfterANoItIsAskedAgain) {
  person_.says = {false};
  EXPECT_EQ(fault_of([&] { load_.apply(load_.choose(60, 230), {}); }), "operator.refused");
  load_.apply(load_.choose(60, 230), {});
  EXPECT_EQ(person_.asked.size(), 2U);
}

TEST_F(OperatorDevices, WhoeverIsAPersonGetsTheTimeOfOne) {
  EXPECT_TRUE(OperatorSwitch(person_, "M1").by_hand());
  EXPECT_TRUE(OperatorInput(person_, *clock_, {}).by_hand());
  EXPECT_TRUE(OperatorLoad(person_, "M1", {}, 16).by_hand());
  EXPECT_TRUE(OperatorMeter(person_, *clock_, {}).by_hand());
}

TEST_F(OperatorDevices, AVoltageThatNoMainsHasIsAskedForAgain) {
  OperatorMeterOptions options{.slot = "M1", .info = {}, .range = {600, 10}};
  options.expected_V = 230;
  OperatorMeter meter(person_, *clock_, options);
  person_.readings = {231.0, 0.26};
  meter.read({});
  ASSERT_FALSE(person_.prompts.empty());
  EXPECT_DOUBLE_EQ(person_.prompts.front().low.value_or(0), 184);
  EXPECT_DOUBLE_EQ(person_.prompts.front().high.value_or(0), 276);
}

}  // namespace
}  // namespace plugrig::person
