// Relays that are held by timed ons: what is renewed, what is not, and what is never switched on
// again.
#include <gtest/gtest.h>

#include "drivers/load/load_bank.hpp"
#include "drivers/modbus/board_switch.hpp"
#include "tests/unit/modbus/fake_board.hpp"
#include "tests/unit/modbus/fault_of.hpp"
#include "tests/unit/modbus/participants.hpp"

namespace plugrig::load::test {
namespace {

using namespace std::chrono_literals;
using modbus::RelaySwitch;
using modbus::TimedHold;
using modbus::test::fault_of;
using modbus::test::VirtualTime;

struct Held {
  VirtualTime time;
  FakeBoard board{*time.clock};
  RelaySwitch relay;
  Held() : relay(with_timers(board), 1, TimedHold{2s, time.clock.get()}) {}
  static FakeBoard& with_timers(FakeBoard& board) {
    board.longest = 1h;
    return board;
  }
  [[nodiscard]] Deadline soon() const { return time.in(1s); }
  void pass(Duration spent) const { time.clock->sleep_for(spent, {}); }
};

TEST(TimedHold, StaysOnWhileItIsRenewed) {
  Held bench;
  EXPECT_FALSE(bench.relay.ends());
  bench.relay.set(true, bench.soon());
  EXPECT_EQ(*bench.relay.ends(), bench.time.clock->now() + 2s);
  for (int i = 0; i < 20; ++i) {
    bench.pass(1900ms);
    bench.relay.renew(bench.soon());
    EXPECT_TRUE(bench.board.is_on(1));
    EXPECT_EQ(*bench.relay.ends(), bench.time.clock->now() + 2s);
  }
  bench.pass(2s);
  EXPECT_FALSE(bench.board.is_on(1));
}

TEST(TimedHold, WhatHasEndedIsNotSwitchedOnAgain) {
  Held bench;
  bench.relay.set(true, bench.soon());
  bench.pass(2s);
  const std::size_t commands = bench.board.commands.size();
  const Fault lapsed = fault_of([&] { bench.relay.renew(bench.soon()); });
  EXPECT_EQ(lapsed.id(), "relay.lapsed");
  EXPECT_EQ(lapsed.blame(), Blame::host);
  EXPECT_EQ(bench.board.commands.size(), commands);
  EXPECT_TRUE(bench.relay.ends()) << "whoever looks must see that it is over";
  bench.relay.set(true, bench.soon());
  EXPECT_TRUE(bench.board.is_on(1)) << "asked for anew, it may";
}

TEST(TimedHold, WhatIsOffIsNotRenewed) {
  Held bench;
  bench.relay.set(true, bench.soon());
  bench.relay.set(false, bench.soon());
  EXPECT_FALSE(bench.relay.ends());
  bench.relay.renew(bench.soon());
  EXPECT_FALSE(bench.board.is_on(1));
}

TEST(TimedHold, AnOnThatMayHaveHappenedCountsAsOne) {
  Held bench;
  bench.board.dead.insert(1);
  EXPECT_EQ(fault_of([&] { bench.relay.set(true, bench.soon()); }).id(), "relay.timeout");
  EXPECT_TRUE(bench.relay.ends());
  EXPECT_EQ(fault_of([&] { bench.relay.renew(bench.soon()); }).id(), "relay.timeout");
}

TEST(TimedHold, NeedsABoardThatTakesRenewals) {
  VirtualTime time;
  FakeBoard board(*time.clock);
  EXPECT_EQ(fault_of([&] {
              RelaySwitch(board, 1, TimedHold{2s, time.clock.get()});
            }).id(),
            "relay.no_timed_on");
}

LoadElement resistor(int relay, double duty = 1) {
  return {.name = "R" + std::to_string(relay),
          .resistance_Ohm = 106,
          .rating_W = 625,
          .duty = duty,
          .duty_period = 60s,
          .relay = relay};
}

struct HeldBank {
  VirtualTime time;
  FakeBoard board{*time.clock};
  RelayLoadBank bank;
  explicit HeldBank(double duty = 1)
      : bank(*time.clock, Held::with_timers(board),
             {.name = "two",
              .elements = {resistor(1, duty), resistor(2, duty)},
              .wiring_rating_A = 16,
              .least_stay = 1s,
              .renew_within = 2s}) {}
  [[nodiscard]] Deadline soon() const { return time.in(1s); }
  void load(double watts) { bank.apply(bank.choose(watts, 230), soon()); }
  /// Renews as the gate does, for so long.
  void renew_for(Duration spent) {
    const Instant end = time.clock->now() + spent;
    while (time.clock->now() < end) {
      time.clock->sleep_for(600ms, {});
      bank.renew(soon());
    }
  }
};

TEST(HeldLoad, StaysOnWhileItIsRenewed) {
  HeldBank bench;
  EXPECT_EQ(bench.bank.renew_within(), 2s);
  EXPECT_FALSE(bench.bank.ends());
  bench.load(1000);
  EXPECT_EQ(*bench.bank.ends(), bench.time.clock->now() + 2s);
  bench.renew_for(60s);
  EXPECT_TRUE(bench.board.is_on(1) && bench.board.is_on(2));
  bench.time.clock->sleep_for(2s, {});
  EXPECT_FALSE(bench.board.is_on(1) || bench.board.is_on(2));
  EXPECT_EQ(fault_of([&] { bench.bank.renew(bench.soon()); }).id(), "relay.lapsed");
  EXPECT_FALSE(bench.board.is_on(1) || bench.board.is_on(2));
}

TEST(HeldLoad, OffIsForGood) {
  HeldBank bench;
  bench.load(1000);
  bench.bank.off(bench.soon());
  EXPECT_FALSE(bench.bank.ends());
  bench.bank.renew(bench.soon());
  EXPECT_FALSE(bench.board.is_on(1) || bench.board.is_on(2));
}

TEST(HeldLoad, OnlyWhatIsOnIsRenewed) {
  HeldBank bench;
  bench.load(500);
  const bool first = bench.board.is_on(1);
  bench.board.commands.clear();
  bench.bank.renew(bench.soon());
  EXPECT_EQ(bench.board.commands, (std::vector<int>{first ? 1 : 2}));
}

TEST(HeldLoad, OneDeadRelayDoesNotKeepTheOthersFromBeingRenewed) {
  HeldBank bench;
  bench.load(1000);
  bench.board.dead.insert(1);
  bench.time.clock->sleep_for(1s, {});
  EXPECT_EQ(fault_of([&] { bench.bank.renew(bench.soon()); }).id(), "relay.timeout");
  bench.time.clock->sleep_for(1500ms, {});
  EXPECT_TRUE(bench.board.is_on(2));
  EXPECT_LE(*bench.bank.ends(), bench.time.clock->now()) << "the first one's has passed";
}

/// Renewals never take a resistor beyond its duty: the last one is as long as what is left.
TEST(HeldLoad, KeepsTheDuty) {
  HeldBank bench(0.25);  // 15 s of each minute
  bench.load(1000);
  bench.renew_for(20s);
  EXPECT_FALSE(bench.board.is_on(1) || bench.board.is_on(2));
  EXPECT_FALSE(bench.bank.ends()) << "it was to end";
}

TEST(HeldLoad, ItsRelaysCanBeTriedOneByOne) {
  HeldBank bench;
  const auto relays = bench.bank.timed_relays();
  ASSERT_EQ(relays.size(), 2U);
  relays[1]->on_for(500ms, bench.soon());
  EXPECT_FALSE(bench.board.is_on(1));
  EXPECT_TRUE(relays[1]->reads_on(bench.soon()));
  bench.time.clock->sleep_for(600ms, {});
  EXPECT_FALSE(relays[1]->reads_on(bench.soon()));
  EXPECT_FALSE(bench.bank.ends()) << "nobody renews what is only tried";
}

TEST(HeldLoad, NeedsABoardThatTakesRenewals) {
  VirtualTime time;
  FakeBoard board(*time.clock);
  EXPECT_EQ(fault_of([&] {
              RelayLoadBank(*time.clock, board,
                            {.name = "one", .elements = {resistor(1)}, .renew_within = 2s});
            }).id(),
            "load.config");
}

}  // namespace
}  // namespace plugrig::load::test
