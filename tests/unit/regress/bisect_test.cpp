#include "rig/regress/bisect.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace plugrig::regress {
namespace {

using State = Bisect::State;

TEST(Bisect, FindsEveryFirstBadOf64WithinSevenBuildsThoughTheBenchFails) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> chance;
  for (std::size_t first_bad = 1; first_bad < 64; ++first_bad) {
    Bisect bisect(64);
    while (const auto commit = bisect.next()) {
      if (chance(random) < 0.1)
        bisect.answer(Answer::bench_fault);
      else
        bisect.answer(*commit >= first_bad ? Answer::bad : Answer::good);
    }
    ASSERT_EQ(bisect.state(), State::found);
    EXPECT_EQ(bisect.first_bad(), first_bad);
    EXPECT_LE(bisect.tested(), 7U);
  }
}

TEST(Bisect, NeighboursNeedNoTest) {
  const Bisect bisect(2);
  EXPECT_EQ(bisect.state(), State::found);
  EXPECT_FALSE(bisect.next());
  EXPECT_EQ(bisect.first_bad(), 1U);
}

TEST(Bisect, ABenchFaultTriesTheSameCommitAgainAndGivesUpAtLast) {
  Bisect bisect(10);
  const auto first = bisect.next();
  for (int i = 1; i < Bisect::most_faults; ++i) {
    bisect.answer(Answer::bench_fault);
    EXPECT_EQ(bisect.next(), first);
  }
  bisect.answer(Answer::bench_fault);
  EXPECT_EQ(bisect.state(), State::gave_up);
  EXPECT_FALSE(bisect.next());
  EXPECT_EQ(bisect.tested(), 0U);
  EXPECT_THROW(bisect.answer(Answer::good), std::logic_error);
}

TEST(Bisect, FaultsOfOneCommitAreNotThoseOfTheNext) {
  Bisect bisect(64);
  for (int i = 1; i < Bisect::most_faults; ++i) bisect.answer(Answer::bench_fault);
  bisect.answer(Answer::good);
  for (int i = 1; i < Bisect::most_faults; ++i) bisect.answer(Answer::bench_fault);
  EXPECT_EQ(bisect.state(), State::searching);
}

TEST(Bisect, StepsAroundWhatCannotBeJudged) {
  for (std::size_t first_bad = 1; first_bad < 64; ++first_bad)
    for (std::size_t broken = 1; broken < 63; ++broken) {
      Bisect bisect(64);
      while (const auto commit = bisect.next())
        bisect.answer(*commit == broken      ? Answer::skip
                      : *commit >= first_bad ? Answer::bad
                                             : Answer::good);
      const auto suspects = bisect.suspects();
      EXPECT_NE(std::find(suspects.begin(), suspects.end(), first_bad), suspects.end());
      EXPECT_LE(suspects.size(), 2U) << "only the skipped commit can hide it";
      EXPECT_EQ(bisect.state(), suspects.size() == 2 ? State::narrowed : State::found);
    }
}

TEST(Bisect, WhenAllIsSkippedAllAreSuspects) {
  Bisect bisect(5);
  std::set<std::size_t> tried;
  while (const auto commit = bisect.next()) {
    EXPECT_TRUE(tried.insert(*commit).second) << "twice " << *commit;
    bisect.answer(Answer::skip);
  }
  EXPECT_EQ(tried, (std::set<std::size_t>{1, 2, 3}));
  EXPECT_EQ(bisect.state(), State::narrowed);
  EXPECT_EQ(bisect.suspects(), (std::vector<std::size_t>{1, 2, 3, 4}));
  EXPECT_FALSE(bisect.first_bad());
}

TEST(Bisect, SaysAboutHowManyAreLeft) {
  Bisect bisect(64);
  EXPECT_EQ(bisect.steps_left(), 6U);
  bisect.answer(Answer::good);
  EXPECT_EQ(bisect.steps_left(), 5U);
  EXPECT_THROW(Bisect(1), std::invalid_argument);
}

}  // namespace
}  // namespace plugrig::regress
