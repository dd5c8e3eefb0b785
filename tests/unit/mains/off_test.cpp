// Every way out ends with load and mains off, and off proven or loudly not.
#include <stdexcept>

#include "tests/unit/mains/mains_fixture.hpp"

namespace plugrig::test {
namespace {

using testing::HasSubstr;

class Off : public MainsTest {
 protected:
  /// Energises, loads, ends; the fault of the end.
  std::string end_of_a_unit() {
    start();
    const auto session = enter();
    session->access().energise(soon());
    session->access().load(1000, soon());
    return fault_of([&] { session->end(); });
  }
};

TEST_F(Off, IsProvenByTheSenseInput) {
  bench.has_contactor = false;
  EXPECT_EQ(end_of_a_unit(), "none");
  EXPECT_FALSE(bench.live());
  EXPECT_FALSE(gate->needs_person("F1"));
}

TEST_F(Off, IsProvenByTheContactor) {
  bench.slots[0].sense_input = InputIs::not_fitted;
  EXPECT_EQ(end_of_a_unit(), "none");
}

TEST_F(Off, IsProvenByAMeterThatSeesTheSlot) {
  bench.has_contactor = false;
  bench.slots[0].sense_input = InputIs::not_fitted;
  bench.meter_shows_slot = true;
  EXPECT_EQ(end_of_a_unit(), "none");
}

TEST_F(Off, IsNotProvenByAMeterBehindThePlug) {
  bench.has_contactor = false;
  bench.slots[0].sense_input = InputIs::not_fitted;
  bench.meter_V = 0;
  EXPECT_EQ(end_of_a_unit(), "safety.off_not_confirmed");
}

TEST_F(Off, IsNotProvenByAMeterThatStillReadsVoltage) {
  bench.has_contactor = false;
  bench.slots[0].sense_input = InputIs::not_fitted;
  bench.meter_shows_slot = true;
  bench.meter_V = 12;
  EXPECT_EQ(end_of_a_unit(), "safety.off_not_confirmed");
}

TEST_F(Off, IsNotProvenByTheRelayBoardAlone) {
  bench.has_contactor = false;
  bench.slots[0].sense_input = InputIs::not_fitted;
  EXPECT_EQ(end_of_a_unit(), "safety.off_not_confirmed");
  EXPECT_FALSE(bench.live()) << "it is off; nothing shows it";
}

TEST_F(Off, AContactorWithoutAuxiliaryShowsNothing) {
  bench.has_auxiliary = false;
  bench.slots[0].sense_input = InputIs::not_fitted;
  EXPECT_EQ(end_of_a_unit(), "safety.off_not_confirmed");
}

TEST_F(Off, AWeldedRelayIsSeenByTheSenseInput) {
  bench.has_contactor = false;
  bench.slots[0].welded = true;
  EXPECT_EQ(end_of_a_unit(), "safety.relay_welded");
  EXPECT_TRUE(bench.live()) << "nothing here could switch it off";
  EXPECT_TRUE(gate->needs_person("F1"));
}

TEST_F(Off, AStuckRelayReadsBackAsOnAndTheContactorStillOpens) {
  start();
  const auto session = enter();
  session->access().energise(soon());
  bench.slots[0].stuck = true;
  EXPECT_EQ(fault_of([&] { session->end(); }), "safety.off_not_confirmed");
  EXPECT_FALSE(bench.live());
}

TEST_F(Off, AWeldedContactorIsSeenByItsAuxiliary) {
  bench.contactor_welded = true;
  EXPECT_EQ(end_of_a_unit(), "safety.off_not_confirmed");
  EXPECT_FALSE(bench.live());
}

TEST_F(Off, ASenseInputThatDoesNotAnswerShowsNothing) {
  start();
  const auto session = enter();
  session->access().energise(soon());
  bench.slots[0].sense_input = InputIs::unreadable;
  EXPECT_EQ(fault_of([&] { session->end(); }), "safety.off_not_confirmed");
  EXPECT_FALSE(bench.live());
}

TEST_F(Off, SaysLoudlyWhatIsWrongAndWhatDidNotWork) {
  bench.has_contactor = false;
  start();
  const auto session = enter();
  session->access().energise(soon());
  bench.slots[0].stuck = true;
  try {
    session->end();
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_THAT(fault.happened(), HasSubstr("OFF NOT CONFIRMED"));
    EXPECT_THAT(fault.happened(), HasSubstr("reads back as on"));
    ASSERT_FALSE(fault.evidence().empty());
    EXPECT_THAT(fault.evidence()[0].text, HasSubstr("relay.stuck"));
  }
}

TEST_F(Off, ALockedSlotTakesNothingUntilAPersonConfirms) {
  bench.slots[0].welded = true;
  bench.has_contactor = false;
  EXPECT_EQ(end_of_a_unit(), "safety.relay_welded");
  EXPECT_EQ(fault_of([&] { (void)gate->lock_for_low_voltage("F1"); }), "safety.off_not_confirmed");
  EXPECT_EQ(energise(), "safety.off_not_confirmed");
  FakePerson person;
  person.says_yes = false;
  EXPECT_EQ(fault_of([&] { gate->confirm_unplugged("F1", person, soon()); }), "operator.refused");
  EXPECT_TRUE(gate->needs_person("F1"));
  person.says_yes = true;
  EXPECT_EQ(fault_of([&] { gate->confirm_unplugged("F1", person, soon()); }),
            "safety.off_not_confirmed")
      << "the input still shows voltage, whatever the person says";
  person.does = [&] { bench.change([&] { bench.slots[0].contact = false; }); };
  EXPECT_EQ(fault_of([&] { gate->confirm_unplugged("F1", person, soon()); }), "none");
  EXPECT_FALSE(gate->needs_person("F1"));
  EXPECT_EQ(fault_of([&] { (void)gate->lock_for_low_voltage("F1"); }), "none");
}

TEST_F(Off, WhereNothingShowsItAPersonConfirmsBeforeTheSerialSideIsUsed) {
  bench.has_contactor = false;
  bench.slots[0].sense_input = InputIs::not_fitted;
  start();
  EXPECT_TRUE(gate->needs_person("F1"));
  EXPECT_EQ(fault_of([&] { (void)gate->lock_for_low_voltage("F1"); }), "safety.off_not_confirmed");
  FakePerson person;
  gate->confirm_unplugged("F1", person, soon());
  EXPECT_EQ(fault_of([&] { (void)gate->lock_for_low_voltage("F1"); }), "none");
}

TEST_F(Off, IgnoresAStopThatIsThereAlready) {
  start();
  const auto session = enter();
  session->access().energise(soon());
  run_stop.request_stop();
  EXPECT_EQ(fault_of([&] { session->end(); }), "none");
  EXPECT_FALSE(bench.live());
}

TEST_F(Off, IgnoresADeadlineThatIsOver) {
  start();
  const auto session = enter();
  session->access().energise(soon());
  EXPECT_EQ(fault_of([&] { session->access().de_energise({clock->now(), {}}); }), "none");
  EXPECT_FALSE(bench.live());
}

TEST_F(Off, ASessionThatGoesAwaySwitchesOff) {
  start();
  {
    const auto session = enter();
    session->access().energise(soon());
    session->access().load(500, soon());
  }
  EXPECT_FALSE(bench.live());
  EXPECT_EQ(bench.load_W(), 0);
}

TEST_F(Off, ARelayThatGivesNoVoltageIsSwitchedOffAgain) {
  bench.slots[0].fuse_blown = true;
  start();
  EXPECT_EQ(energise(), "safety.no_voltage");
  EXPECT_FALSE(bench.slots[0].contact);
  EXPECT_FALSE(bench.contactor());
}

TEST_F(Off, ARelayThatDoesNotCloseIsNotTakenForClosed) {
  bench.slots[0].unwilling = true;
  bench.slots[0].sense_input = InputIs::not_fitted;
  start();
  EXPECT_EQ(energise(), "relay.not_closed");
  EXPECT_FALSE(bench.contactor());
}

TEST_F(Off, MayBeFollowedByOnInTheSameStage) {
  start();
  const auto session = enter();
  for (int i = 0; i < 3; ++i) {
    session->access().energise(soon());
    EXPECT_TRUE(bench.live());
    session->access().de_energise(soon());
    EXPECT_FALSE(bench.live());
  }
}

TEST_F(TwoSlots, AnUnconfirmedOffOpensTheContactorForEverybody) {
  bench.path = LoadPath::per_slot;
  start();
  // Each of these slots stands for itself; they share the contactor, and here the only load too.
  const auto first = enter("F1");
  first->access().energise(soon());
  bench.slots[0].welded = true;
  EXPECT_EQ(fault_of([&] { first->end(); }), "none") << "the contactor took it away";
  bench.slots[0].stuck = true;
  bench.slots[0].coil = true;
  const auto again = enter("F1");
  EXPECT_NE(fault_of([&] {
              again->access().energise(soon());
              again->end();
            }),
            "none");
  EXPECT_FALSE(bench.contactor());
  const auto second = enter("F2");
  EXPECT_EQ(fault_of([&] { second->access().energise(soon()); }), "safety.off_not_confirmed");
  EXPECT_FALSE(bench.live(1));
}

/// What one call of the hardware throws.
enum class Thrown : std::uint8_t { fault, exception, number, stopped };

class FailingCall : public MainsTest, public testing::WithParamInterface<Thrown> {
 protected:
  void throw_it() const {
    switch (GetParam()) {
      case Thrown::fault:
        throw Fault("relay.silent", Blame::instrument, "No answer.", "Look.");
      case Thrown::exception:
        throw std::runtime_error("half a frame");
      case Thrown::number:
        throw 42;  // NOLINT(hicpp-exception-baseclass)
      case Thrown::stopped:
        throw Stopped();
    }
  }
  /// One unit's calls; what they throw does not matter here.
  std::string unit() {
    start();
    const std::string fault = fault_of([&] {
      const auto session = enter();
      session->access().energise(soon());
      session->access().load(1000, soon());
      session->access().load(2000, soon());
      session->access().de_energise(soon());
      session->access().energise(soon());
      session->access().load(500, soon());
      session->end();
    });
    stop_gate();
    return fault;
  }
};

TEST_P(FailingCall, OneFailureAnywhereStillEndsOff) {
  unit();
  const int calls = bench.calls();
  ASSERT_GT(calls, 30);
  bench.fail_with = [this] { throw_it(); };
  for (int at = 1; at <= calls; ++at) {
    bench.fail_at = bench.calls() + at;
    unit();
    EXPECT_FALSE(bench.live()) << "call " << at;
    EXPECT_EQ(bench.load_W(), 0) << "call " << at;
  }
}

TEST_P(FailingCall, ABusLostAnywhereIsNeverTakenForOff) {
  unit();
  const int calls = bench.calls();
  bench.fail_with = [this] { throw_it(); };
  for (int at = 1; at <= calls; ++at) {
    bench.lost_from = bench.calls() + at;
    const std::string fault = unit();
    if (bench.live()) {
      EXPECT_EQ(fault, "safety.off_not_confirmed") << "call " << at;
    }
    bench.lost_from = 0;
    bench.set_relay(0, false);  // somebody comes and repairs the bus
    bench.set_contactor(false);
    bench.set_load(0);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, FailingCall,
                         testing::Values(Thrown::fault, Thrown::exception, Thrown::number,
                                         Thrown::stopped));

}  // namespace
}  // namespace plugrig::test
