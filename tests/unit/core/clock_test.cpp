#include "rig/core/clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace plugrig {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Instant at(Duration since_start) { return Instant{since_start}; }

/// Runs the functions as participants of one virtual clock, numbered in order.
void run_together(Clock& clock, const std::vector<std::function<void()>>& bodies) {
  std::vector<std::unique_ptr<Clock::Seat>> seats;
  for (std::size_t i = 0; i < bodies.size(); ++i)
    seats.push_back(clock.reserve("participant " + std::to_string(i)));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    threads.emplace_back([&, i] {
      seats[i]->enter();
      bodies[i]();
      seats[i]->leave();
    });
  }
}

TEST(VirtualClock, TimeJumpsToTheEarliestDueWait) {
  const auto clock = make_virtual_clock();
  std::vector<std::string> order;
  run_together(*clock, {
                           [&] {
                             clock->sleep_for(seconds{3}, {});
                             order.emplace_back("late");
                             EXPECT_EQ(clock->now(), at(seconds{3}));
                           },
                           [&] {
                             clock->sleep_for(milliseconds{1}, {});
                             order.emplace_back("early");
                             EXPECT_EQ(clock->now(), at(milliseconds{1}));
                           },
                       });
  EXPECT_EQ(order, (std::vector<std::string>{"early", "late"}));
}

TEST(VirtualClock, TiesGoToTheLowerNumberWhateverThreadStartsFirst) {
  for (int round = 0; round < 50; ++round) {
    const auto clock = make_virtual_clock();
    std::string order;
    std::vector<std::function<void()>> bodies;
    for (char name = 'a'; name <= 'f'; ++name)
      bodies.emplace_back([&, name] {
        order += name;
        clock->sleep_for(seconds{1}, {});
        order += name;
      });
    run_together(*clock, bodies);
    ASSERT_EQ(order, "abcdefabcdef");
  }
}

TEST(VirtualClock, AConditionThatHoldsIsDueNow) {
  const auto clock = make_virtual_clock();
  std::atomic<bool> open{false};
  run_together(*clock, {
                           [&] {
                             const auto result =
                                 clock->wait([&] { return open.load(); }, {.at = at(seconds{100})});
                             EXPECT_EQ(result, WaitResult::ready);
                             EXPECT_EQ(clock->now(), at(seconds{7}));
                           },
                           [&] {
                             clock->sleep_for(seconds{7}, {});
                             open = true;
                             clock->notify();
                             clock->sleep_for(seconds{1}, {});
                           },
                       });
}

TEST(VirtualClock, StopEndsAWaitAndIsNotATimeout) {
  const auto clock = make_virtual_clock();
  std::stop_source stop;
  run_together(*clock, {
                           [&] {
                             EXPECT_THROW(clock->sleep_until(
                                              {.at = at(seconds{50}), .stop = stop.get_token()}),
                                          Stopped);
                             EXPECT_EQ(clock->now(), at(seconds{2}));
                           },
                           [&] {
                             clock->sleep_for(seconds{2}, {});
                             stop.request_stop();
                           },
                       });
}

TEST(VirtualClock, AStopFromOutsideReachesAParticipantThatWaitsForEver) {
  const auto clock = make_virtual_clock();
  std::stop_source stop;
  std::atomic<bool> waiting{false};
  std::jthread outside([&] {
    while (!waiting) std::this_thread::yield();
    stop.request_stop();
  });
  run_together(*clock, {[&] {
    waiting = true;
    EXPECT_EQ(clock->wait({}, {.stop = stop.get_token()}), WaitResult::stopped);
  }});
}

/// What several participants with seeded behaviour do, as one log.
std::string log_of(std::uint64_t seed) {
  const auto clock = make_virtual_clock();
  std::string log;
  std::vector<std::function<void()>> bodies;
  int tokens = 0;
  for (unsigned number = 0; number < 5; ++number)
    bodies.emplace_back([&, number] {
      std::mt19937_64 random(seed * 31 + number);
      for (int step = 0; step < 40; ++step) {
        const auto pause = milliseconds{random() % 7};
        if (random() % 3 == 0) {
          ++tokens;
          clock->sleep_for(pause, {});
        } else {
          const auto before = tokens;
          clock->wait([&] { return tokens > before + 1; }, {.at = clock->now() + pause});
        }
        log += std::to_string(number) + "@" +
               std::to_string(clock->now().time_since_epoch().count()) + " ";
      }
    });
  run_together(*clock, bodies);
  return log;
}

TEST(VirtualClock, OneSeedGivesOneOrderOfEvents) {
  const auto first = log_of(1);
  for (int round = 0; round < 20; ++round) ASSERT_EQ(log_of(1), first);
  EXPECT_NE(log_of(2), first);
}

TEST(VirtualClock, NamesTheParticipantThatIsStuckOutsideTheClock) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        const auto clock = make_virtual_clock({.stuck_limit = milliseconds{50}});
        const auto seat = clock->reserve("slot F1");
        seat->enter();
        for (std::atomic<bool> never{false}; !never;) std::this_thread::yield();
      },
      "'slot F1' is stuck outside the clock");
}

TEST(VirtualClock, NamesThoseWhoWaitForEver) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        const auto clock = make_virtual_clock({.stuck_limit = milliseconds{50}});
        const auto seat = clock->reserve("slot F2");
        seat->enter();
        clock->wait({}, {});
      },
      "all participants wait for ever: 'slot F2'");
}

TEST(VirtualClock, AThreadWithoutASeatIsToldSo) {
  const auto clock = make_virtual_clock();
  EXPECT_THROW(clock->wait({}, {.at = at(seconds{1})}), std::logic_error);
}

TEST(ThrottledClock, RealTimePassesAtTheFactor) {
  const auto real = make_real_clock();
  const auto before = real->now();
  const auto clock = make_virtual_clock({.factor = 100.0});
  run_together(*clock, {[&] { clock->sleep_for(seconds{2}, {}); }});
  // Never faster than the factor; how much slower is the machine's business.
  EXPECT_GE(real->now() - before, milliseconds{20});
}

TEST(ThrottledClock, AStopCutsTheRealWaitShort) {
  const auto clock = make_virtual_clock({.factor = 0.001});  // 1 s would take 1000 s
  std::stop_source stop;
  std::atomic<bool> waiting{false};
  std::jthread outside([&] {
    while (!waiting) std::this_thread::yield();
    stop.request_stop();
  });
  run_together(*clock, {[&] {
    waiting = true;
    EXPECT_THROW(clock->sleep_for(seconds{1}, {.stop = stop.get_token()}), Stopped);
  }});
}

TEST(RealClock, WaitEndsByConditionDeadlineAndStop) {
  const auto clock = make_real_clock();
  EXPECT_EQ(clock->wait({}, {.at = clock->now() + milliseconds{1}}), WaitResult::timeout);
  EXPECT_EQ(clock->wait([] { return true; }, {.at = Instant{}}), WaitResult::ready);

  std::atomic<bool> open{false};
  std::jthread opener([&] {
    open = true;
    clock->notify();
  });
  EXPECT_EQ(clock->wait([&] { return open.load(); }, {}), WaitResult::ready);

  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(clock->wait({}, {.stop = stop.get_token()}), WaitResult::stopped);
}

TEST(UtcTime, PrintsAsIso8601) {
  EXPECT_EQ(to_iso8601({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601({1'767'225'600'123}), "2026-01-01T00:00:00.123Z");
  EXPECT_EQ(to_iso8601({-1}), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace plugrig
