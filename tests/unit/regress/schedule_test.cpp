#include "rig/regress/schedule.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

namespace plugrig::regress {
namespace {

std::vector<int> order(const Schedule& schedule, int items) {
  std::vector<int> builds;
  for (int k = 0; k < items; ++k) builds.push_back(schedule.at(k).build);
  return builds;
}

TEST(Schedule, EveryBlockHoldsEveryBuildOnce) {
  for (const int builds : {1, 2, 3, 5}) {
    const Schedule schedule(7, "M1", builds);
    for (int block = 0; block < 50; ++block) {
      std::set<int> seen;
      for (int place = 0; place < builds; ++place) {
        const auto item = schedule.at(block * builds + place);
        EXPECT_EQ(item.repeat, block);
        EXPECT_EQ(item.place, place);
        seen.insert(item.build);
      }
      EXPECT_EQ(seen.size(), static_cast<std::size_t>(builds));
    }
  }
}

TEST(Schedule, EveryBuildStandsAtEachPlaceEquallyOften) {
  constexpr int builds = 3;
  constexpr int blocks = 30;
  const Schedule schedule(11, "M1", builds);
  std::map<std::pair<int, int>, int> counts;
  for (int k = 0; k < builds * blocks; ++k) {
    const auto item = schedule.at(k);
    ++counts[{item.build, item.place}];
  }
  for (int build = 0; build < builds; ++build)
    for (int place = 0; place < builds; ++place)
      EXPECT_EQ((counts[{build, place}]), blocks / builds) << build << " at " << place;
}

TEST(Schedule, NeighboursChange) {
  // Who follows whom within blocks must not always be the same.
  const Schedule schedule(3, "M1", 3);
  std::map<std::pair<int, int>, int> follows;
  for (int block = 0; block < 300; ++block)
    for (int place = 1; place < 3; ++place)
      ++follows[{schedule.at(3 * block + place - 1).build, schedule.at(3 * block + place).build}];
  ASSERT_EQ(follows.size(), 6U);
  for (const auto& [pair, count] : follows) EXPECT_GT(count, 60) << pair.first << pair.second;
}

TEST(Schedule, IsDecidedBySeedSlotAndBuilds) {
  const auto items = 60;
  EXPECT_EQ(order(Schedule(1, "M1", 2), items), order(Schedule(1, "M1", 2), items));
  EXPECT_NE(order(Schedule(1, "M1", 2), items), order(Schedule(2, "M1", 2), items));
  EXPECT_NE(order(Schedule(1, "M1", 2), items), order(Schedule(1, "M2", 2), items));
  // The same on every machine: this is what resuming a run rests on.
  EXPECT_EQ(order(Schedule(1, "M1", 3), 9), (std::vector<int>{2, 0, 1, 0, 1, 2, 1, 2, 0}));
}

TEST(Schedule, ASlotOftenBeginsOtherwiseThanItsNeighbour) {
  int same = 0;
  const Schedule one(5, "M1", 2);
  const Schedule other(5, "M2", 2);
  for (int block = 0; block < 200; ++block)
    same += one.at(2 * block).build == other.at(2 * block).build ? 1 : 0;
  EXPECT_GT(same, 60);
  EXPECT_LT(same, 140);
}

TEST(Schedule, TheControlRunsTheBaselineInTheSameBlocks) {
  const Schedule control(1, "M1", 3, true);
  for (int k = 0; k < 30; ++k) EXPECT_EQ(control.at(k), (ScheduleItem{0, k / 3, k % 3}));
}

TEST(Schedule, FindsABuildInItsBlock) {
  const Schedule schedule(9, "M1", 3);
  for (int block = 0; block < 20; ++block)
    for (int build = 0; build < 3; ++build) {
      const auto item = schedule.at(schedule.index_of(build, block));
      EXPECT_EQ(item.build, build);
      EXPECT_EQ(item.repeat, block);
    }
}

TEST(Schedule, RefusesWhatIsNone) {
  EXPECT_THROW(Schedule(1, "M1", 0), std::invalid_argument);
  EXPECT_THROW((void)Schedule(1, "M1", 2).at(-1), std::out_of_range);
  EXPECT_THROW((void)Schedule(1, "M1", 2).index_of(2, 0), std::out_of_range);
}

}  // namespace
}  // namespace plugrig::regress
