// Threads at the lease desk, in virtual time.
#include "rig/engine/lease_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class Desk : public testing::Test {
 protected:
  Desk() { seat->enter(); }

  static LeaseRequest load_for(std::string who, Duration longest = 10min) {
    return {
        .who = std::move(who), .resources = {"load"}, .purpose = "test", .longest_hold = longest};
  }
  [[nodiscard]] Deadline within(Duration time) const {
    return {clock->now() + time, stop.get_token()};
  }
  /// Takes the load on a thread of its own, holds it, and notes when that was.
  void beside(const std::string& who, Duration hold) {
    seats.push_back(clock->reserve(who));
    threads.emplace_back([this, who, hold, place = seats.back().get()] {
      place->enter();
      {
        const auto lease = desk.take(load_for(who), {});
        had.push_back(who);
        clock->sleep_for(hold, {});
      }
      place->leave();
    });
  }

  std::unique_ptr<Clock> clock = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = clock->reserve("test");
  std::stop_source stop;
  LeaseDesk desk{*clock};
  std::vector<std::string> had;
  std::vector<std::unique_ptr<Clock::Seat>> seats;
  std::vector<std::jthread> threads;
};

TEST_F(Desk, WakesThoseThatWaitInTheirOrder) {
  auto mine = desk.take(load_for("F1"), {});
  EXPECT_TRUE(mine.held());
  EXPECT_EQ(mine.waited(), Duration{});
  for (const char* who : {"F2", "F3", "F4"}) beside(who, 5s);
  clock->sleep_for(3s, {});
  EXPECT_TRUE(had.empty());
  EXPECT_THAT(desk.explain("F3"), HasSubstr("behind slot F2"));
  mine.give_back();
  clock->sleep_for(12s, {});
  EXPECT_THAT(had, ElementsAre("F2", "F3", "F4"));
  clock->sleep_for(10s, {});
}

TEST_F(Desk, WhoRunsOutOfTimeLeavesTheQueue) {
  auto first = desk.take(load_for("F1"), {});
  std::vector<LeaseParty> holders;
  const auto second =
      desk.take(load_for("F2"), within(3s), [&](const auto& parties) { holders = parties; });
  EXPECT_FALSE(second.held());
  EXPECT_EQ(clock->now() - Instant{}, 3s);
  ASSERT_EQ(holders.size(), 1U);
  EXPECT_EQ(holders[0].who, "F1");
  first.give_back();
  EXPECT_TRUE(desk.take(load_for("F3"), within(0s)).held());
  EXPECT_TRUE(desk.take(load_for("F2"), within(0s)).held()) << "it may ask again";
}

TEST_F(Desk, AStopEndsTheWait) {
  const auto first = desk.take(load_for("F1"), {});
  stop.request_stop();
  EXPECT_THROW((void)desk.take(load_for("F2"), within(3s)), Stopped);
  EXPECT_THAT(desk.explain("F2"), HasSubstr("waits for nothing"));
}

TEST_F(Desk, NobodyWaitsForWhatIsNeverGivenBack) {
  const auto first = desk.take(load_for("F1", 60s), {});
  EXPECT_TRUE(desk.expired().empty());
  try {
    (void)desk.take(load_for("F2"), {});
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "safety.lease_overdue");
    EXPECT_EQ(fault.blame(), Blame::software);
    EXPECT_THAT(fault.happened(), HasSubstr("Slot F1 has it"));
  }
  EXPECT_EQ(clock->now() - Instant{}, 60s + LeaseDesk::kPatience);
  EXPECT_EQ(desk.expired().size(), 1U);
}

TEST_F(Desk, ALeaseThatMovesIsGivenBackOnce) {
  auto lease = desk.take(load_for("F1"), {});
  auto moved = std::move(lease);
  EXPECT_TRUE(moved.held());
  moved = {};
  EXPECT_TRUE(desk.take(load_for("F2"), within(0s)).held());
}

}  // namespace
}  // namespace plugrig
