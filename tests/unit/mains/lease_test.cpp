// Slots that share meter and load by selectors: live at once, one at a time on the load.
#include <atomic>
#include <thread>

#include "tests/unit/mains/mains_fixture.hpp"

namespace plugrig::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// What was told of leases, as short lines.
struct Told {
  std::vector<std::string> lines;
  std::vector<event::LeaseGiven> given;

  void operator()(const event::Body& body) {
    if (const auto* waits = std::get_if<event::LeaseWaits>(&body)) {
      lines.push_back("waits for " + waits->holder + ", " + waits->purpose);
    } else if (const auto* taken = std::get_if<event::LeaseTaken>(&body)) {
      lines.push_back("taken: " + taken->purpose);
    } else if (const auto* back = std::get_if<event::LeaseGiven>(&body)) {
      lines.push_back("given: " + back->purpose);
      given.push_back(*back);
    }
  }
};

class Selected : public MainsTest {
 protected:
  explicit Selected(int slots = 2) : MainsTest(slots) { bench.has_selectors = true; }

  /// A stage in the slot, live.
  std::unique_ptr<MainsSession> live(const std::string& slot) {
    auto session = enter(slot);
    session->access().energise(soon());
    return session;
  }
  std::unique_ptr<ReferenceLease> lease(MainsSession& session, Duration within = 30s) {
    return session.access().lease_reference("test", soon(within));
  }
  /// Runs `body` on a thread of its own with a seat.
  void beside(const std::string& name, std::function<void()> body) {
    seats.push_back(clock->reserve(name));
    threads.emplace_back([this, place = seats.back().get(), body = std::move(body)] {
      place->enter();
      body();
      ++ended;
      clock->notify();
      place->leave();
    });
  }
  void join() {
    clock->wait([this] { return ended == static_cast<int>(threads.size()); }, {});
    threads.clear();
    ended = 0;
  }

  std::atomic<int> ended{0};
  std::vector<std::unique_ptr<Clock::Seat>> seats;
  std::vector<std::jthread> threads;
};

TEST_F(Selected, SlotsAreLiveAtOnceAndOneIsOnTheLoad) {
  start();
  const auto first = live("F1");
  const auto second = live("F2");
  EXPECT_TRUE(bench.live(0) && bench.live(1));
  {
    const auto turn = lease(*first);
    first->access().load(1000, soon());
    EXPECT_EQ(bench.load_W(0), 1000);
    EXPECT_EQ(bench.load_W(1), 0);
    EXPECT_EQ(first->access().reference().read(soon()).power_W, 1000);
  }
  EXPECT_EQ(bench.load_W(), 0) << "given back with the load off";
  EXPECT_FALSE(bench.slots[0].selector);
  EXPECT_TRUE(bench.live(0)) << "and mains still on";
  const auto turn = lease(*second);
  second->access().load(500, soon());
  EXPECT_EQ(bench.load_W(1), 500);
  EXPECT_EQ(bench.moved_under_load(), 0);
}

TEST_F(Selected, NoLoadAndNoReadingOutsideATurn) {
  start();
  const auto first = live("F1");
  const auto second = live("F2");
  PowerMeter& kept = second->access().reference();
  EXPECT_EQ(kept.info().name, "reference") << "what it is may be known at any time";
  const auto turn = lease(*first);
  EXPECT_EQ(fault_of([&] { second->access().load(500, soon()); }), "safety.no_lease");
  EXPECT_EQ(fault_of([&] { second->access().load(0, soon()); }), "safety.no_lease");
  EXPECT_EQ(fault_of([&] { (void)kept.read(soon()); }), "safety.no_lease");
  EXPECT_TRUE(bench.live(1)) << "what was refused has done nothing";
}

TEST_F(Selected, AReferenceThatWasKeptIsNotReadAfterTheTurn) {
  start();
  const auto session = live("F1");
  auto turn = lease(*session);
  PowerMeter& kept = session->access().reference();
  EXPECT_EQ(fault_of([&] { (void)kept.read(soon()); }), "none");
  turn.reset();
  EXPECT_EQ(fault_of([&] { (void)kept.read(soon()); }), "safety.no_lease");
}

TEST_F(Selected, ALeaseWithinALeaseIsTheSame) {
  start();
  const auto session = live("F1");
  const auto turn = lease(*session);
  session->access().load(500, soon());
  lease(*session).reset();
  EXPECT_EQ(bench.load_W(0), 500);
}

TEST_F(Selected, TheSecondWaitsAndBothTellIt) {
  start();
  Told first_told;
  Told second_told;
  Instant second_had{};
  beside("slot F1", [&] {
    const auto session = gate->enter(
        "F1", {.plug = plug, .say = {}, .deadline = soon(), .tell = std::ref(first_told)});
    session->access().energise(soon());
    const auto turn = session->access().lease_reference("power.as_found", soon());
    pass_time(10s);
    turn->settled(4s);
    turn->sampled(5s);
  });
  beside("slot F2", [&] {
    const auto session = gate->enter(
        "F2", {.plug = plug, .say = {}, .deadline = soon(), .tell = std::ref(second_told)});
    session->access().energise(soon());
    pass_time(2s);
    const auto turn = session->access().lease_reference("binding", soon(60s));
    second_had = clock->now();
    EXPECT_GE(session->waited(), 7s);
  });
  pass_time(5s);
  EXPECT_THAT(gate->explain("F2"),
              AllOf(HasSubstr("waits for load and reference for binding"),
                    HasSubstr("Slot F1 has it for power.as_found"), HasSubstr("It is next")));
  EXPECT_THAT(gate->explain("F1"), HasSubstr("For it waits slot F2"));
  join();
  EXPECT_THAT(first_told.lines, ElementsAre("taken: power.as_found", "given: power.as_found"));
  EXPECT_THAT(second_told.lines,
              ElementsAre("waits for F1, power.as_found", "taken: binding", "given: binding"));
  const Duration connecting = first_told.given[0].settling - 4s;
  EXPECT_GE(connecting, 100ms) << "the meter's readings of before are waited for";
  EXPECT_LE(connecting, 1s);
  EXPECT_EQ(first_told.given[0].sampling, 5s);
  EXPECT_GE(first_told.given[0].held, 10s);
  EXPECT_GE(second_had - Instant{}, 10s);
  EXPECT_THAT(gate->explain("F1"), HasSubstr("waits for nothing"));
}

TEST_F(Selected, AWaitThatEndsSaysWhoHasIt) {
  start();
  const auto first = live("F1");
  const auto second = live("F2");
  const auto turn = lease(*first);
  try {
    (void)lease(*second, 2s);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "safety.load_shared");
    EXPECT_THAT(fault.happened(), HasSubstr("slot F1 had them"));
  }
  run_stop.request_stop();
  EXPECT_EQ(fault_of([&] { (void)lease(*second); }), "stopped");
}

TEST_F(Selected, ASelectorThatIsStuckClosedIsNamed) {
  bench.slots[1].selector = bench.slots[1].selector_stuck = true;
  start();
  const auto session = live("F1");
  try {
    (void)lease(*session);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "safety.load_shared");
    EXPECT_EQ(fault.blame(), Blame::fixture);
    EXPECT_THAT(fault.happened(), HasSubstr("selector of slot F2"));
  }
  EXPECT_FALSE(bench.slots[0].selector);
}

TEST_F(Selected, ASelectorThatCannotBeReadIsNamed) {
  bench.slots[1].selector_unreadable = true;
  start();
  const auto session = live("F1");
  EXPECT_EQ(fault_of([&] { (void)lease(*session); }), "safety.load_shared");
  bench.slots[1].selector_unreadable = false;
  EXPECT_EQ(fault_of([&] { (void)lease(*session); }), "none");
}

TEST_F(Selected, ASelectorThatWasLeftClosedIsOpenedFirst) {
  bench.slots[1].selector = true;
  start();
  const auto session = live("F1");
  const auto turn = lease(*session);
  EXPECT_FALSE(bench.slots[1].selector);
}

TEST_F(Selected, ASelectorThatDoesNotCloseIsNoTurn) {
  bench.slots[0].selector_stuck = true;
  start();
  const auto first = live("F1");
  EXPECT_EQ(fault_of([&] { (void)lease(*first); }), "relay.stuck");
  EXPECT_EQ(fault_of([&] { first->access().load(500, soon()); }), "safety.no_lease");
  const auto second = live("F2");
  EXPECT_EQ(fault_of([&] { (void)lease(*second); }), "none") << "it is open, and reads so";
}

TEST_F(Selected, ASelectorThatIsOnlySaidToHaveClosedIsNoTurn) {
  bench.slots[0].selector_unwilling = true;
  start();
  const auto session = live("F1");
  EXPECT_EQ(fault_of([&] { (void)lease(*session); }), "relay.not_closed");
}

TEST_F(Selected, ASelectorThatStaysClosedTripsItsSlotAndKeepsOthersOff) {
  start();
  const auto first = live("F1");
  auto turn = lease(*first);
  first->access().load(500, soon());
  bench.slots[0].selector_stuck = true;
  turn.reset();
  ASSERT_TRUE(first->tripped());
  EXPECT_EQ(first->tripped()->id(), "safety.load_shared");
  EXPECT_EQ(first->tripped()->blame(), Blame::fixture);
  EXPECT_THAT(first->tripped()->happened(), HasSubstr("F1"));
  EXPECT_FALSE(bench.live(0));
  EXPECT_EQ(bench.load_W(), 0);
  const auto second = live("F2");
  EXPECT_EQ(fault_of([&] { (void)lease(*second); }), "safety.load_shared");
  bench.slots[0].selector_stuck = false;
  EXPECT_EQ(fault_of([&] { (void)lease(*second); }), "none") << "repaired";
}

TEST_F(Selected, MainsOffWithinATurnOpensTheSelector) {
  start();
  const auto session = live("F1");
  const auto turn = lease(*session);
  session->access().de_energise(soon());
  EXPECT_FALSE(bench.slots[0].selector);
  session->access().energise(soon());
  EXPECT_EQ(fault_of([&] { session->access().load(500, soon()); }), "safety.load_shared");
}

TEST_F(Selected, TheWayOutOfOneSlotLeavesTheLoadOfAnother) {
  start();
  const auto first = live("F1");
  const auto turn = lease(*first);
  first->access().load(1000, soon());
  auto second = live("F2");
  second->end();
  EXPECT_FALSE(bench.live(1));
  EXPECT_EQ(bench.load_W(0), 1000);
}

TEST_F(Selected, AStopGivesTheTurnBackWithTheLoadOff) {
  start();
  std::stop_source stop_first;
  auto first = gate->enter(
      "F1", {.plug = plug, .say = {}, .deadline = {clock->now() + 30s, stop_first.get_token()}});
  first->access().energise(soon());
  auto turn = lease(*first);
  first->access().load(1000, soon());
  stop_first.request_stop();
  pass_time(kOffLimit);
  EXPECT_FALSE(bench.live(0));
  EXPECT_EQ(bench.load_W(), 0);
  EXPECT_FALSE(bench.slots[0].selector);
  EXPECT_EQ(fault_of([&] { (void)lease(*first); }), "stopped");
  turn.reset();
  const auto second = live("F2");
  EXPECT_EQ(fault_of([&] { (void)lease(*second, 1s); }), "none");
}

TEST_F(Selected, ATurnThatIsLeftBehindEndsWithItsSession) {
  start();
  auto first = live("F1");
  const auto kept = lease(*first);
  first->access().load(1000, soon());
  first->end();
  EXPECT_EQ(bench.load_W(), 0);
  EXPECT_FALSE(bench.slots[0].selector);
  first.reset();
  const auto second = live("F2");
  EXPECT_EQ(fault_of([&] { (void)lease(*second, 1s); }), "none");
}

TEST_F(Selected, ATurnThatLastsTooLongIsTripped) {
  start();
  const auto first = live("F1");
  const auto second = live("F2");
  auto turn = lease(*first);
  first->access().load(1000, soon());
  pass_time(20min - 1s);
  EXPECT_FALSE(first->tripped());
  // Nobody gives it back: whoever waits is told why, and does not wait for ever.
  EXPECT_EQ(fault_of([&] {
              (void)second->access().lease_reference("test", {Instant::max(), second->stop()});
            }),
            "safety.lease_overdue");
  ASSERT_TRUE(first->tripped());
  EXPECT_EQ(first->tripped()->id(), "safety.lease_overdue");
  EXPECT_EQ(first->tripped()->blame(), Blame::software);
  EXPECT_FALSE(bench.live(0));
  EXPECT_TRUE(bench.live(1));
  turn.reset();
  EXPECT_EQ(fault_of([&] { (void)lease(*second); }), "none");
}

TEST_F(Selected, AnOpenSelectorShowsNoAbsenceOfVoltage) {
  bench.has_contactor = false;
  bench.meter_shows_slot = true;
  for (FakeSlot& slot : bench.slots) slot.sense_input = InputIs::not_fitted;
  start();
  auto first = live("F1");
  EXPECT_EQ(fault_of([&] { first->end(); }), "safety.off_not_confirmed")
      << "the meter reads 0 V because it is not connected";
}

class EightSelected : public Selected {
 protected:
  EightSelected() : Selected(8) {}
};

TEST_F(EightSelected, OverlapAndTakeTurns) {
  start();
  int most_live = 0;
  int turns = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    beside(bench.slots[i].name, [&, i] {
      const auto session = enter(bench.slots[i].name, 1h);
      session->access().energise(soon());
      pass_time(30s);  // boots and joins
      for (int round = 0; round < 3; ++round) {
        const auto turn = lease(*session, 1h);
        session->access().load(500 * static_cast<double>(1 + i % 4), soon());
        pass_time(20s);
        EXPECT_EQ(bench.load_W(i), 500 * static_cast<double>(1 + i % 4));
        int live = 0;
        for (std::size_t other = 0; other < 8; ++other) {
          live += static_cast<int>(bench.live(other));
          EXPECT_EQ(bench.on_load(other), other == i);
        }
        most_live = std::max(most_live, live);
        ++turns;
      }
      session->access().de_energise(soon());
    });
  }
  join();
  EXPECT_EQ(turns, 24);
  EXPECT_EQ(most_live, 8);
  EXPECT_LT(clock->now() - Instant{}, 24 * 20s + 50s) << "the load is never idle for long";
  EXPECT_EQ(bench.moved_under_load(), 0);
}

TEST_F(TwoSlots, WithoutSelectorsATurnInAStageIsImmediate) {
  start();
  const auto session = enter("F1");
  session->access().energise(soon());
  const Instant before = clock->now();
  {
    const auto turn = session->access().lease_reference("test", soon());
    EXPECT_EQ(clock->now(), before);
    session->access().load(500, soon());
  }
  EXPECT_EQ(bench.load_W(), 0);
  EXPECT_THAT(gate->explain("F1"), HasSubstr("for a stage with mains on"));
}

TEST_F(TwoSlots, ASelectorInOneSlotOnlyMakesNoTurnsOfLeases) {
  bench.has_selectors = true;
  MainsHardware hardware = bench.hardware();
  hardware.slots[1].selector.reset();
  gate = std::make_unique<MainsGate>(std::move(hardware), *clock, MainsGateOptions{});
  watch = gate->watch();
  const auto first = enter("F1");
  EXPECT_EQ(fault_of([&] { enter("F2", 1s); }), "safety.load_shared");
}

TEST_F(TwoSlots, WithLoadsAndMetersOfTheirOwnNobodyWaits) {
  bench.path = LoadPath::per_slot;
  bench.own_loads = true;
  start();
  const auto first = enter("F1");
  const auto second = enter("F2");
  for (const auto* session : {&first, &second}) (*session)->access().energise(soon());
  const auto first_turn = first->access().lease_reference("test", soon());
  const auto second_turn = second->access().lease_reference("test", soon());
  first->access().load(500, soon());
  second->access().load(1000, soon());
  EXPECT_EQ(first->access().reference().read(soon()).power_W, 500);
  EXPECT_EQ(second->access().reference().read(soon()).power_W, 1000);
  EXPECT_EQ(first->waited() + second->waited(), Duration{});
  EXPECT_THAT(gate->explain("F1"), HasSubstr("reference and load of slot F1 for test"));
}

TEST_F(TwoSlots, AMeterThatIsSharedIsWaitedForThoughTheLoadsAreTheirOwn) {
  bench.path = LoadPath::per_slot;
  bench.own_loads = true;
  MainsHardware hardware = bench.hardware();
  for (SlotMains& slot : hardware.slots) slot.reference = &bench.meter();
  gate = std::make_unique<MainsGate>(std::move(hardware), *clock, MainsGateOptions{});
  watch = gate->watch();
  const auto first = enter("F1");
  EXPECT_EQ(fault_of([&] { enter("F2", 1s); }), "safety.load_shared")
      << "two live slots would show in one reading";
}

}  // namespace
}  // namespace plugrig::test
