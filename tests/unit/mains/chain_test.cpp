// Slots one behind the other on one load: live alone, or together in a round.
#include <algorithm>
#include <atomic>
#include <thread>

#include "rig/engine/mains_chain.hpp"
#include "tests/unit/mains/mains_fixture.hpp"

namespace plugrig::test {
namespace {

using mains::ChainRound;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Instant at(Duration time) { return Instant{} + time; }

OwnConsumption taking(double watts, double u_W = 0.01) {
  return {.power_W = watts,
          .active_A = watts / 230,
          .reactive_A = 1.5 * watts / 230,
          .u_power_W = u_W,
          .u_current_A = u_W / 230};
}

/// Three slots in a round that gathers no more.
struct Gathered : testing::Test {
  Gathered() {
    EXPECT_TRUE(round.join(1, 2, "F3", at(0s)));
    EXPECT_TRUE(round.join(1, 0, "F1", at(1s)));
    EXPECT_TRUE(round.join(1, 1, "F2", at(1s)));
  }
  void build(std::size_t place, double through_W) {
    round.build(place);
    EXPECT_TRUE(round.ready(place, taking(through_W)));
  }
  ChainRound round;
  Instant later = at(3s);
};

TEST_F(Gathered, IsBuiltFromTheFrontToTheBack) {
  EXPECT_FALSE(round.may_build(0, at(1s))) << "others may still come";
  EXPECT_TRUE(round.may_build(0, later));
  EXPECT_FALSE(round.may_build(1, later));
  build(0, 1.2);
  EXPECT_TRUE(round.may_build(1, later));
  EXPECT_FALSE(round.may_build(2, later));
  build(1, 2.5);
  EXPECT_FALSE(round.built(later));
  build(2, 3.6);
  EXPECT_TRUE(round.built(later));
  EXPECT_THAT(round.slots_before(1), ElementsAre("F1"));
  EXPECT_THAT(round.slots_behind(1), ElementsAre("F3"));
}

TEST_F(Gathered, NobodyJoinsWhatIsBeingBuilt) {
  EXPECT_EQ(round.open_round(at(1s)), 1);
  EXPECT_EQ(round.open_round(later), 2);
  EXPECT_FALSE(round.join(1, 3, "F4", later));
  EXPECT_FALSE(round.join(2, 3, "F4", later));
  for (const std::size_t place : {0U, 1U, 2U}) round.leave(place);
  EXPECT_EQ(round.open_round(later), 2);
  EXPECT_TRUE(round.join(2, 3, "F4", later));
}

TEST_F(Gathered, KnowsWhatFlowsThroughAPlugAndWhatDoesNot) {
  build(0, 1.2);
  build(1, 2.5);
  build(2, 3.6);
  EXPECT_EQ(round.through(0).power_W, 1.2);
  EXPECT_EQ(round.through(2).power_W, 3.6);
  EXPECT_EQ(round.through(2).u_power_W, 0.01) << "measured in one go, not as a sum";
  EXPECT_THAT(round.behind(0).power_W, DoubleNear(2.4, 1e-9));
  EXPECT_THAT(round.behind(0).reactive_A, DoubleNear(1.5 * 2.4 / 230, 1e-9));
  EXPECT_THAT(round.behind(0).u_power_W, DoubleNear(0.01414, 1e-4));
  EXPECT_EQ(round.behind(2).power_W, 0);
}

TEST_F(Gathered, OneThatLeavesIsTakenOffAgain) {
  build(0, 1.2);
  build(1, 2.5);
  build(2, 3.6);
  round.leave(1);
  EXPECT_EQ(round.changes(), 1U);
  EXPECT_EQ(round.through(0).power_W, 1.2);
  EXPECT_THAT(round.through(2).power_W, DoubleNear(2.3, 1e-9));
  EXPECT_GT(round.through(2).u_power_W, 0.01);
  EXPECT_THAT(round.behind(0).power_W, DoubleNear(1.1, 1e-9));
  EXPECT_TRUE(round.built(later)) << "the others go on";
}

TEST_F(Gathered, OneThatLeftBeforeIsInNoMeasurementBehindIt) {
  build(0, 1.2);
  build(1, 2.5);
  round.leave(0);
  build(2, 2.4);
  EXPECT_EQ(round.through(2).power_W, 2.4);
  EXPECT_THAT(round.through(1).power_W, DoubleNear(1.3, 1e-9));
  EXPECT_THAT(round.behind(1).power_W, DoubleNear(1.1, 1e-9));
}

TEST_F(Gathered, WhatIsNotKnownOfAPlugIsRefused) {
  build(0, 1.2);
  round.build(1);
  EXPECT_FALSE(round.ready(1, {})) << "could not be measured";
  EXPECT_FALSE(round.ready(1, taking(2.5, 0))) << "nor how well";
  EXPECT_FALSE(round.ready(1, taking(1.1))) << "less than without it";
  EXPECT_FALSE(round.may_build(2, later));
}

class Chain : public MainsTest {
 protected:
  explicit Chain(int slots = 3) : MainsTest(slots) { bench.path = LoadPath::chained; }

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
  [[nodiscard]] int live() const {
    int count = 0;
    for (std::size_t i = 0; i < bench.slots.size(); ++i) count += static_cast<int>(bench.live(i));
    return count;
  }
  /// In a round, built, by the slot's own thread.
  std::unique_ptr<ChainShare> share(MainsSession& session, double through_W) {
    auto& access = session.access();
    access.energise(soon());
    auto share = access.share_chain("test", soon());
    share->ready(taking(through_W), soon());
    return share;
  }
  /// Runs `body` in each slot's share of one round.
  void in_round(const std::function<void(std::size_t, MainsSession&, ChainShare&)>& body) {
    for (std::size_t i = 0; i < bench.slots.size(); ++i) {
      beside(bench.slots[i].name, [this, i, body] {
        const auto session = enter(bench.slots[i].name, 1h);
        sessions.at(i) = session.get();
        ++entered;
        clock->wait([this] { return entered == static_cast<int>(bench.slots.size()); }, {});
        const auto its_share = share(*session, 1.2 * static_cast<double>(i + 1));
        body(i, *session, *its_share);
      });
    }
    join();
  }

  std::atomic<int> ended{0}, entered{0};
  std::array<MainsSession*, 8> sessions{};
  std::vector<std::unique_ptr<Clock::Seat>> seats;
  std::vector<std::jthread> threads;
};

TEST_F(Chain, ASlotIsLiveAloneFromMainsOnToMainsOff) {
  start();
  const auto first = enter("F1");
  const auto second = enter("F2");
  first->access().energise(soon());
  Instant had{};
  beside("slot F2", [&] {
    second->access().energise(soon(1h));
    had = clock->now();
    EXPECT_GE(second->waited(), 8s);
    EXPECT_EQ(live(), 1);
  });
  pass_time(10s);
  EXPECT_EQ(live(), 1);
  EXPECT_THAT(gate->explain("F2"), testing::HasSubstr("Slot F1 has it for mains on"));
  first->access().de_energise(soon());
  join();
  EXPECT_GE(had, at(10s));
  EXPECT_LE(had, at(12s));
}

TEST_F(Chain, ASlotThatCouldNotBeSwitchedOnIsInNobodysWay) {
  start();
  const auto first = enter("F1");
  const auto second = enter("F2");
  bench.slots[0].fuse_blown = true;
  EXPECT_EQ(fault_of([&] { first->access().energise(soon()); }), "safety.no_voltage");
  bench.slots[1].guard_input = InputIs::unreadable;
  EXPECT_EQ(fault_of([&] { second->access().energise(soon()); }), "safety.input_unreadable");
  bench.slots[1].guard_input = InputIs::fine;
  EXPECT_EQ(fault_of([&] { second->access().energise(soon(1s)); }), "none");
}

TEST_F(Chain, ThoseThatWantTheSameLoadPointShareIt) {
  start();
  int most_live = 0;
  int most_on_point = 0;
  std::atomic<int> on_point{0};
  in_round([&](std::size_t i, MainsSession& session, ChainShare& /*share*/) {
    for (const double watts : {0.0, 500.0, 2000.0}) {
      session.access().load(watts, soon(1h));
      ++on_point;
      most_on_point = std::max(most_on_point, on_point.load());
      pass_time(10s + i * 1s);
      most_live = std::max(most_live, live());
      EXPECT_EQ(bench.load_W(), watts) << "nobody changes it under the others";
      (void)session.access().reference().read(soon());
      --on_point;
    }
  });
  EXPECT_EQ(most_live, 3);
  EXPECT_EQ(most_on_point, 3);
  EXPECT_EQ(live(), 0);
  EXPECT_EQ(bench.load_W(), 0);
  EXPECT_LT(clock->now(), at(50s)) << "three times three points in the time of three";
}

TEST_F(Chain, WhoWantsAnotherLoadPointWaitsUntilItWasGivenBack) {
  start();
  Instant had{};
  in_round([&](std::size_t i, MainsSession& session, ChainShare& /*share*/) {
    if (i == 2) pass_time(1s);
    session.access().load(i == 2 ? 1000 : 500, soon(1h));
    if (i == 2) {
      had = clock->now();
      EXPECT_GE(session.waited(), 15s);
      EXPECT_EQ(bench.load_W(), 1000);
      return;
    }
    const Instant until = clock->now() + (i == 0 ? 10s : 20s);
    while (clock->now() < until) {
      EXPECT_EQ(bench.load_W(), 500);
      pass_time(1s);
    }
  });
  EXPECT_GE(had, at(20s));
}

TEST_F(Chain, OneThatLeavesWaitsUntilNobodyHasALoadPoint) {
  start();
  in_round([&](std::size_t i, MainsSession& session, ChainShare& share) {
    session.access().load(500, soon(1h));
    pass_time(i == 0 ? 5s : 20s);
    share.leave();
    EXPECT_FALSE(bench.live(i));
    EXPECT_GE(clock->now(), at(20s));
  });
}

TEST_F(Chain, ATripTakesTheLoadAwayAndTheOthersMeasureAgain) {
  start();
  std::atomic<int> again{0};
  in_round([&](std::size_t i, MainsSession& session, ChainShare& share) {
    session.access().load(500, soon(1h));
    if (i == 0) {
      pass_time(3s);
      bench.slots[0].guard_input = InputIs::unreadable;
      pass_time(3s);
      ASSERT_TRUE(session.tripped());
      EXPECT_FALSE(bench.live(0));
      return;
    }
    pass_time(6s);
    EXPECT_EQ(bench.load_W(), 0) << "nothing is switched in a chain under load";
    EXPECT_TRUE(bench.live(i)) << "and the others stay as they are";
    EXPECT_EQ(fault_of([&] { (void)session.access().reference().read(soon()); }), kChainChanged);
    again += fault_of([&] { session.access().load(500, soon(1h)); }) == kChainChanged ? 1 : 0;
    session.access().load(500, soon(1h));
    EXPECT_EQ(fault_of([&] { (void)session.access().reference().read(soon()); }), "none");
    EXPECT_THAT(share.slots_before(), testing::Not(testing::Contains("F1")));
    EXPECT_THAT(share.through_here().power_W, DoubleNear(1.2 * static_cast<double>(i), 1e-9));
    pass_time(2s);
    EXPECT_EQ(bench.load_W(), 500);
  });
  EXPECT_EQ(again, 2);
}

TEST_F(Chain, NoReadingWithoutALoadPoint) {
  start();
  in_round([&](std::size_t, MainsSession& session, ChainShare& /*share*/) {
    EXPECT_EQ(fault_of([&] { (void)session.access().reference().read(soon()); }),
              "safety.no_lease");
    EXPECT_EQ(fault_of([&] { (void)session.access().lease_reference("alone", soon()); }),
              "safety.chain_shared");
  });
}

TEST_F(Chain, AStopOfTheRunEndsOffWithinASecond) {
  start();
  in_round([&](std::size_t i, MainsSession& session, ChainShare& /*share*/) {
    session.access().load(500, soon(1h));
    if (i == 1) {
      pass_time(3s);
      run_stop.request_stop();
    }
    EXPECT_EQ(fault_of([&] { clock->sleep_for(1h, {Instant::max(), session.stop()}); }), "stopped");
    pass_time(kOffLimit);
    EXPECT_EQ(live(), 0);
    EXPECT_EQ(bench.load_W(), 0);
  });
}

TEST_F(Chain, AStopReachesWhoWaitsForTheRound) {
  start();
  const auto first = enter("F1");
  first->access().energise(soon());
  auto second = enter("F2");
  beside("slot F2", [&] {
    EXPECT_EQ(fault_of([&] { (void)second->access().share_chain("test", soon()); }), "stopped");
    second.reset();
  });
  pass_time(3s);
  run_stop.request_stop();
  join();
}

TEST_F(Chain, AnUnknownConsumptionIsNoShare) {
  start();
  const auto first = enter("F1");
  const auto second = enter("F2");
  EXPECT_TRUE(first->access().shares_chain());
  {
    const auto share = first->access().share_chain("test", soon());
    EXPECT_EQ(fault_of([&] { share->ready({}, soon()); }), "power.own_unknown");
  }
  EXPECT_EQ(live(), 0);
  EXPECT_EQ(fault_of([&] { second->access().energise(soon(1s)); }), "none");
}

TEST_F(Chain, WhoIsAloneOnTheBenchSharesNothing) {
  start();
  const auto session = enter("F2");
  EXPECT_FALSE(session->access().shares_chain());
}

TEST_F(Chain, EveryPlugBeforeCarriesTheLoad) {
  start();
  for (std::size_t i = 0; i < 2; ++i) {
    beside(bench.slots[i].name, [&, i] {
      PlugInfo its_plug = plug;
      if (i == 0) its_plug.rated_A = 5;
      const auto session =
          gate->enter(bench.slots[i].name, {.plug = its_plug, .say = {}, .deadline = soon(1h)});
      ++entered;
      clock->wait([&] { return entered == 2; }, {});
      const auto its_share = share(*session, 1.2 * static_cast<double>(i + 1));
      if (i == 0) return pass_time(5s);
      EXPECT_EQ(fault_of([&] { session->access().load(2000, soon(1h)); }), "safety.rating");
      EXPECT_EQ(bench.load_W(), 0);
    });
  }
  join();
}

}  // namespace
}  // namespace plugrig::test
