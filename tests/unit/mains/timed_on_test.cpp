// Relays that go off by themselves: renewed while all is well, proven before anything is live.
#include "rig/engine/mains_timer_proof.hpp"
#include "tests/unit/mains/held_bench.hpp"

namespace plugrig::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class TimedOn : public HeldTest {};

TEST_F(TimedOn, IsRenewedAtAThirdOfItsTime) {
  go_live();
  pass_time(60s);
  EXPECT_TRUE(bench.live());
  EXPECT_EQ(bench.load_W(), 1000);
  EXPECT_EQ(tripped(), "none");
  // Relay and contactor, each 0.67 s; a look each third of a second may come a little later.
  EXPECT_GE(held.renewals(), 2 * 60);
  EXPECT_LE(held.renewals(), 2 * 90 + 2);
}

TEST_F(TimedOn, EndsByItselfWhenNobodyGetsThroughAnyMore) {
  go_live();
  const Instant begin = clock->now();
  bench.call_time = 60s;  // as if this computer stood still
  pass_time(3s);
  EXPECT_FALSE(bench.live());
  EXPECT_EQ(bench.load_W(), 0);
  EXPECT_LE(bench.last_off() - begin, 2s);
  bench.call_time = 5ms;
}

TEST_F(TimedOn, ThatHasEndedIsNotSwitchedOnAgain) {
  go_live();
  bench.call_time = 5s;
  pass_time(6s);
  EXPECT_FALSE(bench.live());
  bench.call_time = 5ms;  // this computer goes on where it stood
  held.forget_commands();
  pass_time(10s);
  EXPECT_FALSE(bench.live());
  EXPECT_THAT(held.commands(), Not(Contains(HasSubstr(" on"))));
  EXPECT_NE(tripped(), "none");
}

TEST_F(TimedOn, ARenewalThatFailsEndsItByNameBeforeTheBoardDoes) {
  held.has_stop = false;
  go_live();
  const Instant begin = clock->now();
  held.renewals_fail = true;
  pass_time(3s);
  EXPECT_EQ(tripped(), "safety.not_renewed");
  EXPECT_FALSE(bench.live());
  EXPECT_THAT(held.commands(), Contains("relay F1 off"));
  EXPECT_LE(bench.last_off() - begin, 2s);
}

TEST_F(TimedOn, OneFailedRenewalDoesNot) {
  go_live();
  held.renewals_fail = true;
  pass_time(700ms);
  held.renewals_fail = false;
  pass_time(10s);
  EXPECT_TRUE(bench.live());
  EXPECT_EQ(tripped(), "none");
}

TEST_F(TimedOn, TheLoadToo) {
  held.timed_contactor = held.timed_relays = false;
  go_live();
  pass_time(10s);
  EXPECT_EQ(bench.load_W(), 1000);
  held.renewals_fail = true;
  pass_time(3s);
  EXPECT_EQ(tripped(), "safety.not_renewed");
  EXPECT_EQ(bench.load_W(), 0);
}

TEST_F(TimedOn, WhatIsOffIsNotRenewed) {
  go_live();
  session->access().de_energise(soon());
  const int before = held.renewals();
  pass_time(10s);
  EXPECT_EQ(held.renewals(), before);
}

TEST_F(TimedOn, IsNotRenewedWhileTheWatchIsGone) {
  go_live();
  watch.reset();
  EXPECT_FALSE(bench.live());
  const int before = held.renewals();
  pass_time(10s);
  EXPECT_EQ(held.renewals(), before);
}

TEST_F(TimedOn, AMeterThatHangsDoesNotKeepRenewalsWaiting) {
  go_live();
  held.meter_slow = true;
  pass_time(60s);
  EXPECT_GE(held.meter_reads(), 8);
  EXPECT_TRUE(bench.live());
  EXPECT_EQ(tripped(), "none");
}

/// Everything is off, and nothing may become live, while the timers are tried.
class TimerProof : public HeldTest {
 protected:
  std::string start_up() {
    start_held();
    return fault_of([&] { gate->start_up({.deadline = soon()}); });
  }
  std::string energise_after() {
    return fault_of([&] {
      session = enter();
      session->access().energise(soon());
    });
  }
};

TEST_F(TimerProof, TakesASecondOrTwoAndNothingIsLive) {
  const Instant begin = clock->now();
  EXPECT_EQ(start_up(), "none");
  EXPECT_LE(clock->now() - begin, 2s);
  EXPECT_THAT(held.commands(), Contains("relay F1 tried"));
  EXPECT_THAT(held.commands(), Not(Contains("contactor tried")));
  EXPECT_FALSE(bench.slots[0].contact);
  EXPECT_EQ(bench.last_off(), Instant{}) << "nothing was live";
  // The contactor's comes when it closes, before the slot's relay does.
  held.forget_commands();
  EXPECT_EQ(energise_after(), "none");
  EXPECT_THAT(held.commands(), testing::ElementsAre("contactor tried", "contactor tried",
                                                    "contactor on", "relay F1 on"));
}

TEST_F(TimerProof, OnceIsEnough) {
  EXPECT_EQ(start_up(), "none");
  EXPECT_EQ(energise_after(), "none");
  session.reset();
  held.forget_commands();
  gate->start_up({.deadline = soon()});
  EXPECT_EQ(energise_after(), "none");
  EXPECT_THAT(held.commands(), Not(Contains(HasSubstr("tried"))));
}

TEST_F(TimerProof, ABoardThatIgnoresRenewalsIsFound) {
  held.timers = Timers::ignore_renewals;
  EXPECT_EQ(start_up(), "safety.timed_on_not_proven");
  EXPECT_EQ(energise_after(), "safety.timed_on_not_proven");
  EXPECT_FALSE(bench.live());
}

TEST_F(TimerProof, ABoardThatNeverSwitchesOffIsFound) {
  held.timers = Timers::never_end;
  EXPECT_EQ(start_up(), "safety.timed_on_not_proven");
  EXPECT_EQ(energise_after(), "safety.timed_on_not_proven");
  EXPECT_FALSE(bench.slots[0].contact) << "it was switched off by hand, so to say";
}

TEST_F(TimerProof, SoIsTheContactors) {
  for (const Timers kind : {Timers::ignore_renewals, Timers::never_end}) {
    held.contactor_timers = kind;
    EXPECT_EQ(start_up(), "none");
    EXPECT_EQ(energise_after(), "safety.timed_on_not_proven");
    EXPECT_FALSE(bench.live());
    EXPECT_FALSE(bench.contactor());
    session.reset();
    stop_gate();
  }
}

TEST_F(TimerProof, OneLostAnswerIsTriedAgain) {
  start_held();
  // The eleventh call of start-up is in the middle of the proof.
  bench.fail_at = bench.calls() + 14;
  EXPECT_EQ(fault_of([&] { gate->start_up({.deadline = soon()}); }), "none");
  EXPECT_EQ(energise_after(), "none");
}

TEST_F(TimerProof, IsLeftOutWhereItWouldMakeASlotLive) {
  bench.has_contactor = false;
  EXPECT_EQ(start_up(), "none");
  EXPECT_THAT(held.commands(), Not(Contains("relay F1 tried")));
  EXPECT_THAT(gate->not_covered("F1"), Contains(HasSubstr("is not proven at start-up")));
}

TEST_F(TimerProof, IsLeftOutWhenNothingWillBeEnergised) {
  start_held();
  gate->start_up({.deadline = soon(), .for_mains = false});
  EXPECT_THAT(held.commands(), Not(Contains("relay F1 tried")));
}

TEST_F(TimerProof, AStopEndsItAndLeavesEverythingOff) {
  start_held();
  run_stop.request_stop();
  EXPECT_EQ(fault_of([&] { gate->start_up({.deadline = soon()}); }), "stopped");
  pass_time(3s);
  EXPECT_FALSE(bench.slots[0].contact);
}

}  // namespace
}  // namespace plugrig::test
