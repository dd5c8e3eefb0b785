// Who tries to energise what must not be energised, or to touch what is live, is told why not.
#include <thread>

#include "tests/unit/mains/mains_fixture.hpp"

namespace plugrig::test {
namespace {

using testing::HasSubstr;

TEST_F(MainsTest, EnergisesWhatIsSafe) {
  start();
  const auto session = enter();
  session->access().energise(soon());
  EXPECT_TRUE(bench.live());
  EXPECT_TRUE(session->access().energised());
  EXPECT_EQ(session->access().load(1000, soon()).nominal_W, 1000);
  EXPECT_EQ(bench.load_W(), 1000);
  session->end();
  EXPECT_FALSE(bench.live());
  EXPECT_EQ(bench.load_W(), 0);
  EXPECT_FALSE(bench.contactor());
}

TEST_F(MainsTest, NotInAStageThatSaysOff) {
  start();
  const auto session = enter();
  session->end();
  EXPECT_EQ(fault_of([&] { session->access().energise(soon()); }), "safety.stage");
  EXPECT_FALSE(bench.live());
}

TEST_F(MainsTest, NotWithTheGuardOpen) {
  bench.open_guard(0, true);
  start();
  EXPECT_EQ(energise(), "safety.guard");
  EXPECT_FALSE(bench.live());
}

TEST_F(MainsTest, NotWithContactsThatTouch) {
  bench.slots[0].withdrawn = false;
  start();
  EXPECT_EQ(energise(), "safety.contacts");
  EXPECT_FALSE(bench.live());
}

TEST_F(MainsTest, WaitsForContactsOnTheirWayBack) {
  start();
  bench.slots[0].way_back_ends = clock->now() + 1s;
  std::vector<std::string> said;
  const auto session =
      gate->enter("F1", {.plug = plug,
                         .say = [&](const std::string& text) { said.push_back(text); },
                         .deadline = soon()});
  session->access().energise(soon());
  EXPECT_TRUE(bench.live());
  EXPECT_THAT(said, testing::ElementsAre(HasSubstr("contacts of slot F1")));
}

TEST_F(MainsTest, ContactsThatDoNotDrawBackAreWaitedForOnlySoLong) {
  bench.slots[0].withdrawn = false;
  start();
  const Instant begin = clock->now();
  const auto session = enter();
  EXPECT_GE(clock->now() - begin, 2s) << "a carrier needs its time";
  EXPECT_LE(clock->now() - begin, 4s);
  const Instant asked = clock->now();
  EXPECT_EQ(fault_of([&] { session->access().energise(soon()); }), "safety.contacts");
  EXPECT_LE(clock->now() - asked, 100ms) << "nothing is waited for with a step's time";
  EXPECT_FALSE(bench.live());
}

TEST_F(MainsTest, ContactsThatWereWithdrawnAndTouchAgainAreRefused) {
  start();
  const auto session = enter();
  bench.change([&] { bench.slots[0].withdrawn = false; });
  EXPECT_EQ(fault_of([&] { session->access().energise(soon()); }), "safety.contacts");
  EXPECT_FALSE(bench.live());
}

TEST_F(MainsTest, AContactInputThatCannotBeReadIsNotWaitedFor) {
  bench.slots[0].contacts_input = InputIs::unreadable;
  start();
  const Instant begin = clock->now();
  EXPECT_EQ(energise(), "safety.input_unreadable");
  EXPECT_LE(clock->now() - begin, 500ms);
}

TEST_F(MainsTest, AStopEndsTheWaitForContacts) {
  bench.slots[0].withdrawn = false;
  start();
  const Instant begin = clock->now();
  run_stop.request_stop();
  const auto session = enter();
  EXPECT_LE(clock->now() - begin, 500ms);
  EXPECT_EQ(fault_of([&] { session->access().energise(soon()); }), "stopped");
}

TEST_F(MainsTest, IsolatedContactsNeedNoInput) {
  bench.slots[0].contacts = ContactsKind::isolated;
  bench.slots[0].withdrawn = false;
  bench.slots[0].contacts_input = InputIs::not_fitted;
  start();
  EXPECT_EQ(energise(), "none");
}

TEST_F(MainsTest, AClosedPlugInASocketNeedsNoGuard) {
  bench.slots[0].contacts = ContactsKind::none;
  bench.slots[0].guard_input = InputIs::not_fitted;
  bench.slots[0].contacts_input = InputIs::not_fitted;
  start();
  EXPECT_EQ(energise(), "none");
}

TEST_F(MainsTest, AGuardThatIsFittedCountsEverywhere) {
  bench.slots[0].contacts = ContactsKind::none;
  bench.open_guard(0, true);
  start();
  EXPECT_EQ(energise(), "safety.guard");
}

TEST_F(MainsTest, NotWithAMissingInput) {
  bench.slots[0].guard_input = InputIs::not_fitted;
  start();
  EXPECT_EQ(energise(), "safety.input_missing");
}

TEST_F(MainsTest, NotWithoutTheInputOfMovingContacts) {
  bench.slots[0].contacts_input = InputIs::not_fitted;
  start();
  EXPECT_EQ(energise(), "safety.input_missing");
}

TEST_F(MainsTest, NotWithAnInputThatCannotBeRead) {
  for (const InputIs mood : {InputIs::unreadable, InputIs::nonsense}) {
    bench.slots[0].guard_input = mood;
    start();
    EXPECT_EQ(energise(), "safety.input_unreadable");
    stop_gate();
  }
  EXPECT_FALSE(bench.live());
}

TEST_F(MainsTest, NotWithAnInputThatIsSlow) {
  bench.slots[0].contacts_input = InputIs::slow;
  start();
  EXPECT_EQ(energise(), "safety.input_stale");
  EXPECT_FALSE(bench.live());
}

TEST_F(MainsTest, NotUnattendedWithoutAnInterlock) {
  bench.hardwired = false;
  start();
  EXPECT_EQ(energise(), "safety.attended");
  stop_gate();
  start(true);
  EXPECT_EQ(energise(), "none");
  EXPECT_TRUE(gate->attended());
}

TEST_F(MainsTest, NotUnwatched) {
  start();
  watch.reset();
  EXPECT_EQ(energise(), "safety.not_watched");
}

TEST_F(MainsTest, NotOnASlotWithoutMains) {
  start();
  EXPECT_FALSE(gate->has_slot("F7"));
  EXPECT_EQ(fault_of([&] { enter("F7"); }), "safety.no_mains");
}

TEST_F(MainsTest, NotOnARelayThatIsWeldedAlready) {
  bench.has_contactor = false;
  bench.slots[0].welded = true;
  bench.slots[0].contact = true;
  start();
  EXPECT_EQ(energise(), "safety.off_not_confirmed");
}

TEST_F(MainsTest, NotWhileTheSerialSideIsInUse) {
  start();
  const LowVoltageLease lease = gate->lock_for_low_voltage("F1");
  bench.change([&] { bench.slots[0].lines_driven = true; });
  EXPECT_EQ(energise(), "safety.port_open");
  EXPECT_FALSE(bench.live());
}

TEST_F(MainsTest, TheSerialSideNotWhileLive) {
  start();
  const auto session = enter();
  session->access().energise(soon());
  EXPECT_EQ(fault_of([&] { (void)gate->lock_for_low_voltage("F1"); }), "safety.live");
  EXPECT_TRUE(bench.live()) << "a refusal of the other side does not disturb the unit";
}

TEST_F(MainsTest, TheSerialSideNotInAStageWithMainsOn) {
  start();
  const auto session = enter();
  EXPECT_EQ(fault_of([&] { (void)gate->lock_for_low_voltage("F1"); }), "safety.live");
}

TEST_F(MainsTest, TheSerialSideAfterOffIsProven) {
  start();
  auto session = enter();
  session->access().energise(soon());
  session->end();
  const LowVoltageLease lease = gate->lock_for_low_voltage("F1");
  EXPECT_FALSE(bench.live());
}

TEST_F(MainsTest, ALeaseGivenBackFreesTheSlot) {
  start();
  LowVoltageLease lease = gate->lock_for_low_voltage("F1");
  LowVoltageLease moved = std::move(lease);
  EXPECT_EQ(energise(), "safety.port_open");
  moved.release();
  moved.release();
  EXPECT_EQ(energise(), "none");
}

TEST_F(MainsTest, OfTwoLeasesBothMustBeGivenBack) {
  start();
  LowVoltageLease lease = gate->lock_for_low_voltage("F1");
  lease = gate->lock_for_low_voltage("F1");  // the new one is there before the old one goes
  EXPECT_EQ(energise(), "safety.port_open");
  lease.release();
  EXPECT_EQ(energise(), "none");
}

TEST_F(MainsTest, ASlotWithoutMainsHasNothingToLock) {
  start();
  LowVoltageLease lease = gate->lock_for_low_voltage("somewhere else");
  lease.release();
  EXPECT_EQ(bench.calls(), 0);
}

TEST_F(MainsTest, NoLoadAboveARating) {
  start();
  const auto session = enter();
  session->access().energise(soon());
  EXPECT_EQ(fault_of([&] { session->access().load(4000, soon()); }), "safety.rating");
  EXPECT_EQ(bench.load_W(), 0);
  EXPECT_EQ(session->access().load(3500, soon()).nominal_W, 3500);
}

TEST_F(MainsTest, EachRatingCounts) {
  const auto refused = [&] {
    start();
    std::string id;
    {
      const auto session = enter();
      session->access().energise(soon());
      id = fault_of([&] { session->access().load(2000, soon()); });
    }
    stop_gate();
    return id;
  };
  bench.relay_rating_A = 5;
  EXPECT_EQ(refused(), "safety.rating");
  bench.relay_rating_A = 16;
  bench.wiring_rating_A = 5;
  EXPECT_EQ(refused(), "safety.rating");
  bench.wiring_rating_A = 16;
  bench.bank_rating_A = 5;
  EXPECT_EQ(refused(), "safety.rating");
  bench.bank_rating_A = 16;
  plug.rated_A = 5;
  EXPECT_EQ(refused(), "safety.rating");
  plug.rated_A = 16;
  plug.rated_W = 1000;
  EXPECT_EQ(refused(), "safety.rating");
  plug.rated_W = 0;
  EXPECT_EQ(refused(), "none") << "a current alone is a rating";
  plug.rated_A = 0;
  EXPECT_EQ(refused(), "safety.rating") << "nothing is known of the plug";
}

TEST_F(MainsTest, NoLoadOnADeadSlot) {
  start();
  const auto session = enter();
  EXPECT_EQ(fault_of([&] { session->access().load(500, soon()); }), "safety.not_energised");
  EXPECT_EQ(bench.load_W(), 0);
}

TEST_F(MainsTest, AnAbsurdLoadIsRefused) {
  start();
  const auto session = enter();
  session->access().energise(soon());
  EXPECT_EQ(fault_of([&] { session->access().load(1e5, soon()); }), "safety.rating");
  EXPECT_EQ(bench.load_W(), 0);
}

TEST_F(TwoSlots, OneLoadPathFeedsOneSlot) {
  start();
  const auto first = enter("F1");
  first->access().energise(soon());
  EXPECT_EQ(fault_of([&] { enter("F2", 1s); }), "safety.load_shared");
  EXPECT_FALSE(bench.live(1));
}

TEST_F(TwoSlots, ASlotWaitsItsTurnAndSaysForWhom) {
  start();
  auto first = enter("F1");
  first->access().energise(soon());
  std::vector<std::string> said;
  std::string fault = "not yet";
  std::atomic<bool> done{false};
  const auto other_seat = clock->reserve("slot F2");
  const std::jthread other([&] {
    other_seat->enter();
    fault = fault_of([&] {
      const auto session =
          gate->enter("F2", {.plug = plug,
                             .say = [&](const std::string& text) { said.push_back(text); },
                             .deadline = soon(60s)});
      session->access().energise(soon());
      EXPECT_TRUE(bench.live(1));
    });
    done = true;
    clock->notify();
    other_seat->leave();
  });
  pass_time(10s);
  EXPECT_EQ(fault, "not yet");
  EXPECT_THAT(said, testing::ElementsAre(HasSubstr("slot F1")));
  first->end();
  clock->wait([&] { return done.load(); }, soon(60s));
  EXPECT_EQ(fault, "none");
}

TEST_F(TwoSlots, AStopEndsTheWaitForTheLoadPath) {
  start();
  const auto first = enter("F1");
  run_stop.request_stop();
  EXPECT_EQ(fault_of([&] { enter("F2"); }), "stopped");
}

TEST_F(TwoSlots, ASlotThatMayBeLiveKeepsOthersOff) {
  bench.has_contactor = false;
  start();
  bench.slots[0].welded = true;
  auto first = enter("F1");
  first->access().energise(soon());
  EXPECT_EQ(fault_of([&] { first->end(); }), "safety.relay_welded");
  const auto second = enter("F2");
  EXPECT_EQ(fault_of([&] { second->access().energise(soon()); }), "safety.off_not_confirmed");
}

TEST_F(TwoSlots, NotWhileAnotherSlotDoesNotShowThatItIsDead) {
  start();
  bench.slots[1].sense_input = InputIs::unreadable;
  EXPECT_EQ(energise(), "safety.load_shared");
}

TEST_F(TwoSlots, AWeldedRelayShowsWhenTheContactorCloses) {
  bench.path = LoadPath::per_slot;
  start();
  bench.slots[1].welded = true;
  bench.slots[1].contact = true;
  const LowVoltageLease lease = gate->lock_for_low_voltage("F2");
  const auto session = enter("F1");
  EXPECT_EQ(fault_of([&] {
              session->access().energise(soon());
              clock->wait({}, {clock->now() + 1s, session->stop()});
              session->access().energise(soon());
            }),
            "safety.relay_welded")
      << "it was proven off before";
  EXPECT_FALSE(bench.live(1));
  EXPECT_FALSE(bench.contactor());
}

}  // namespace
}  // namespace plugrig::test
