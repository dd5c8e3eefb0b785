// The arbiter: what it grants to whom, and a hundred thousand random schedules of it.
#include "rig/engine/arbiter.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>

namespace plugrig {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

LeaseRequest wants(std::string who, std::set<std::string> resources, std::string cohort = {}) {
  return {.who = std::move(who),
          .resources = std::move(resources),
          .purpose = "power.as_found",
          .cohort = std::move(cohort),
          .longest_hold = 10min};
}

Instant at(Duration time) { return Instant{} + time; }

TEST(Arbiter, GrantsWhatIsFreeAtOnce) {
  Arbiter arbiter;
  EXPECT_TRUE(arbiter.granted(arbiter.ask(wants("F1", {"load"}), at(0s))));
  EXPECT_TRUE(arbiter.granted(arbiter.ask(wants("F2", {"meter"}), at(0s))));
}

TEST(Arbiter, GrantsTheWholeSetOrNothing) {
  Arbiter arbiter;
  const auto load = arbiter.ask(wants("F1", {"load"}), at(0s));
  const auto both = arbiter.ask(wants("F2", {"load", "meter"}), at(1s));
  EXPECT_FALSE(arbiter.granted(both));
  EXPECT_TRUE(arbiter.granted(arbiter.ask(wants("F3", {"meter"}), at(2s))))
      << "the meter is free: F2 has nothing yet";
  EXPECT_THAT(arbiter.give_back(load, at(3s)), IsEmpty());
}

TEST(Arbiter, ServesTheSameWishInTheOrderOfAsking) {
  Arbiter arbiter;
  auto last = arbiter.ask(wants("F1", {"load"}), at(0s));
  std::vector<Arbiter::Ticket> queue;
  for (int i = 2; i <= 5; ++i)
    queue.push_back(arbiter.ask(wants(fmt::format("F{}", i), {"load"}), at(1s)));
  for (const auto next : queue) {
    EXPECT_THAT(arbiter.give_back(last, at(2s)), ElementsAre(next));
    last = next;
  }
}

TEST(Arbiter, ACohortSharesAndAnotherKeyWaits) {
  Arbiter arbiter;
  const auto first = arbiter.ask(wants("F1", {"load"}, "500 W"), at(0s));
  const auto second = arbiter.ask(wants("F2", {"load"}, "500 W"), at(1s));
  const auto other = arbiter.ask(wants("F3", {"load"}, "2 kW"), at(2s));
  EXPECT_TRUE(arbiter.granted(second));
  EXPECT_FALSE(arbiter.granted(other));
  EXPECT_THAT(arbiter.give_back(first, at(3s)), IsEmpty());
  EXPECT_THAT(arbiter.give_back(second, at(4s)), ElementsAre(other));
}

TEST(Arbiter, ACohortTakesNoNewMemberWhileAnAgedOtherWaits) {
  Arbiter arbiter(1min);
  arbiter.ask(wants("F1", {"load"}, "500 W"), at(0s));
  arbiter.ask(wants("F2", {"load"}), at(1s));
  EXPECT_TRUE(arbiter.granted(arbiter.ask(wants("F3", {"load"}, "500 W"), at(30s))));
  EXPECT_FALSE(arbiter.granted(arbiter.ask(wants("F4", {"load"}, "500 W"), at(61s))));
}

TEST(Arbiter, NobodyOvertakesWhoIsAged) {
  Arbiter arbiter(1min);
  const auto load = arbiter.ask(wants("F1", {"load"}), at(0s));
  const auto big = arbiter.ask(wants("F2", {"load", "meter"}), at(0s));
  const auto early = arbiter.ask(wants("F3", {"meter"}), at(59s));
  EXPECT_TRUE(arbiter.granted(early));
  arbiter.give_back(early, at(60s));
  const auto late = arbiter.ask(wants("F3", {"meter"}), at(60s));
  EXPECT_FALSE(arbiter.granted(late)) << "kept free for who has waited a minute";
  EXPECT_THAT(arbiter.give_back(load, at(70s)), ElementsAre(big));
  EXPECT_THAT(arbiter.give_back(big, at(80s)), ElementsAre(late));
}

TEST(Arbiter, WhoLeavesTheQueueIsNoLongerInTheWay) {
  Arbiter arbiter(1min);
  arbiter.ask(wants("F1", {"load"}), at(0s));
  const auto big = arbiter.ask(wants("F2", {"load", "meter"}), at(0s));
  const auto small = arbiter.ask(wants("F3", {"meter"}), at(90s));
  EXPECT_FALSE(arbiter.granted(small));
  EXPECT_THAT(arbiter.give_back(big, at(91s)), ElementsAre(small));
}

TEST(Arbiter, WhoHasOrAwaitsSomethingMayNotAskForMore) {
  Arbiter arbiter;
  arbiter.ask(wants("F1", {"load"}), at(0s));
  EXPECT_THROW(arbiter.ask(wants("F1", {"meter"}), at(1s)), std::logic_error);
  arbiter.ask(wants("F2", {"load"}), at(1s));
  EXPECT_THROW(arbiter.ask(wants("F2", {"meter"}), at(2s)), std::logic_error);
  EXPECT_THROW(arbiter.ask(wants("F3", {}), at(2s)), std::logic_error);
}

TEST(Arbiter, AnUnknownTicketIsNothing) {
  Arbiter arbiter;
  const auto load = arbiter.ask(wants("F1", {"load"}), at(0s));
  EXPECT_THAT(arbiter.give_back(load + 7, at(1s)), IsEmpty());
  EXPECT_FALSE(arbiter.granted(load + 7));
  arbiter.give_back(load, at(2s));
  EXPECT_THAT(arbiter.give_back(load, at(3s)), IsEmpty());
}

TEST(Arbiter, TellsWhoHoldsLongerThanWasSaid) {
  Arbiter arbiter;
  const auto load = arbiter.ask(wants("F1", {"load"}), at(5s));
  arbiter.ask(wants("F2", {"load"}), at(6s));
  EXPECT_THAT(arbiter.expired(at(605s)), IsEmpty());
  const auto overdue = arbiter.expired(at(605s + 1ns));
  ASSERT_EQ(overdue.size(), 1U);
  EXPECT_EQ(overdue[0].ticket, load);
  EXPECT_EQ(overdue[0].holder.who, "F1");
  EXPECT_EQ(overdue[0].longest_hold, Duration(10min));
}

TEST(Arbiter, SaysInWordsWhoHasWhatAndWhyWhoWaits) {
  Arbiter arbiter;
  arbiter.ask(wants("F1", {"load", "reference"}), at(0s));
  arbiter.ask(wants("F3", {"load"}), at(10s));
  arbiter.ask(wants("F5", {"load", "reference"}), at(20s));
  EXPECT_EQ(arbiter.explain("F1", at(34s)),
            "Slot F1 has load and reference for power.as_found, since 34 s. For it wait slots F3 "
            "and F5.");
  EXPECT_EQ(arbiter.explain("F3", at(34s)),
            "Slot F3 waits for load for power.as_found, since 24 s. Slot F1 has it for "
            "power.as_found, since 34 s. It is next.");
  EXPECT_THAT(arbiter.explain("F5", at(34s)), HasSubstr("number 2 in the queue, behind slot F3."));
  EXPECT_THAT(arbiter.explain("F9", at(34s)), HasSubstr("waits for nothing"));
  EXPECT_THAT(arbiter.explain("F1", at(20min)), HasSubstr("600 s are allowed"));
}

// --- Random schedules -----------------------------------------------------------------------
//
// A schedule is a number of slots that ask, hold, give back and ask again, at random times. What is
// required of it is checked from outside, by the schedule's own books.

constexpr Duration kLongestHold = 60s;
constexpr Duration kAgedHere = 30s;

enum class Path : std::uint8_t {
  multiplexed,
  per_slot,
  chained,
  one_alone,  ///< one wants the chain for itself, all others keep joining one cohort
};

struct Schedule {
  Path path = Path::multiplexed;
  int slots = 2;
  int rounds = 3;  ///< of each slot
  std::uint64_t seed = 1;
};

/// What one slot is about in a schedule.
struct Worker {
  LeaseRequest request;
  Arbiter::Ticket ticket = 0;
  Instant asked{};
  Instant next{};  ///< asks, or gives back, then
  Duration hold{};
  bool waits = false;
  bool holds = false;
  int rounds_left = 0;
};

/// Plays a schedule on `Machine` and says what is wrong; empty = nothing.
template <typename Machine>
class Play {
 public:
  Play(Machine machine, const Schedule& schedule)
      : machine_(std::move(machine)), schedule_(schedule), random_(schedule.seed) {
    for (int i = 0; i < schedule.slots; ++i) {
      Worker worker;
      worker.rounds_left = schedule.rounds;
      worker.next = at(up_to(90s));
      workers_.push_back(worker);
      names_.push_back(fmt::format("F{}", i + 1));
    }
  }

  std::string run() {
    for (;;) {
      const auto next =
          std::min_element(workers_.begin(), workers_.end(),
                           [](const Worker& a, const Worker& b) { return due(a) < due(b); });
      if (due(*next) == Instant::max()) break;
      now_ = due(*next);
      act(*next);
      look();
      if (!wrong_.empty()) return wrong_;
    }
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (workers_[i].waits) return fmt::format("deadlock: {} waits for ever", names_[i]);
    }
    return {};
  }

 private:
  static Instant due(const Worker& worker) {
    return worker.waits || (!worker.holds && worker.rounds_left == 0) ? Instant::max()
                                                                      : worker.next;
  }
  Duration up_to(Duration most) {
    return std::chrono::milliseconds(
        random_() % static_cast<std::uint64_t>(
                        std::chrono::duration_cast<std::chrono::milliseconds>(most).count()));
  }

  LeaseRequest wish(std::size_t slot) {
    LeaseRequest request;
    request.who = names_[slot];
    request.purpose = "test";
    request.longest_hold = kLongestHold;
    switch (schedule_.path) {
      case Path::multiplexed:
        // Binding reads the meter alone, and what warms up takes the load alone.
        request.resources = {"load", "reference"};
        if (random_() % 4 == 0) request.resources.erase(request.resources.begin());
        if (random_() % 4 == 0 && request.resources.size() == 2) request.resources = {"load"};
        break;
      case Path::per_slot:
        request.resources = {"load of " + names_[slot], "reference"};
        if (random_() % 2 == 0) request.resources.erase("reference");
        break;
      case Path::chained:
        request.resources = {"chain " + std::to_string(slot % 2), "reference"};
        if (random_() % 3 != 0) {
          request.resources.erase("reference");
          request.cohort = random_() % 2 == 0 ? "500 W" : "2 kW";
        }
        break;
      case Path::one_alone:
        request.resources = {"chain"};
        if (slot != 0) request.cohort = "500 W";
        break;
    }
    return request;
  }

  void act(Worker& worker) {
    const auto slot = static_cast<std::size_t>(&worker - workers_.data());
    if (worker.holds) {
      worker.holds = false;
      worker.next = now_ + up_to(60s);
      machine_.give_back(worker.ticket, now_);
      return;
    }
    --worker.rounds_left;
    worker.request = wish(slot);
    worker.asked = now_;
    // Some hold for as long as they may.
    worker.hold = random_() % 8 == 0 ? kLongestHold : up_to(kLongestHold);
    worker.waits = true;
    worker.ticket = machine_.ask(worker.request, now_);
  }

  void look() {
    for (Worker& worker : workers_) {
      if (!worker.waits) continue;
      if (machine_.granted(worker.ticket)) {
        see_order(worker);
        worker.waits = false;
        worker.holds = true;
        worker.next = now_ + worker.hold;
      } else if (now_ - worker.asked > kAgedHere + schedule_.slots * kLongestHold) {
        wrong_ = fmt::format("starvation: {} waits too long", worker.request.who);
      }
    }
    see_sharing();
  }

  /// Who wants the same in the same way and came before is served before.
  void see_order(const Worker& granted) {
    for (const Worker& other : workers_) {
      if (&other == &granted || !other.waits || machine_.granted(other.ticket)) continue;
      if (other.request.resources == granted.request.resources &&
          other.request.cohort == granted.request.cohort && other.ticket < granted.ticket) {
        wrong_ = fmt::format("order: {} before {}", granted.request.who, other.request.who);
      }
    }
  }

  /// Two on one thing are of one cohort.
  void see_sharing() {
    std::map<std::string, const Worker*> users;
    for (const Worker& worker : workers_) {
      if (!worker.holds) continue;
      for (const std::string& resource : worker.request.resources) {
        const auto [place, fresh] = users.emplace(resource, &worker);
        if (fresh) continue;
        const std::string& theirs = place->second->request.cohort;
        if (theirs.empty() || theirs != worker.request.cohort) {
          wrong_ = fmt::format("sharing: {} and {} on {}", place->second->request.who,
                               worker.request.who, resource);
        }
      }
    }
  }

  Machine machine_;
  Schedule schedule_;
  std::mt19937_64 random_;
  std::vector<Worker> workers_;
  std::vector<std::string> names_;
  Instant now_{};
  std::string wrong_;
};

Schedule schedule_of(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Schedule schedule;
  schedule.seed = random();
  schedule.path = static_cast<Path>(random() % 3);
  // Mostly few slots, which meet in every way; sometimes a whole bench.
  schedule.slots =
      random() % 20 == 0 ? 8 + static_cast<int>(random() % 25) : 2 + static_cast<int>(random() % 5);
  schedule.rounds = 2 + static_cast<int>(random() % 3);
  return schedule;
}

class Schedules : public testing::TestWithParam<std::uint64_t> {};

constexpr std::uint64_t kSchedulesASeed = 20'000;

TEST_P(Schedules, NoDeadlockNoStarvationAndNeverTwoWhereOneIsAllowed) {
  for (std::uint64_t i = 0; i < kSchedulesASeed; ++i) {
    const Schedule schedule = schedule_of(GetParam() * kSchedulesASeed + i);
    ASSERT_EQ(Play(Arbiter(kAgedHere), schedule).run(), "") << "schedule " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Schedules, testing::Values(1U, 2U, 3U, 4U, 5U));

/// The first thing that goes wrong in up to `most` schedules.
template <typename Make>
std::string first_wrong(Make&& make, const std::function<Schedule(std::uint64_t)>& schedules,
                        std::uint64_t most) {
  for (std::uint64_t i = 0; i < most; ++i) {
    if (auto wrong = Play(make(), schedules(i)).run(); !wrong.empty()) return wrong;
  }
  return "nothing";
}

TEST(Schedules, ShowTheStarvationOfAnArbiterWithoutAgeing) {
  const auto busy_chain = [](std::uint64_t seed) {
    return Schedule{.path = Path::one_alone, .slots = 8, .rounds = 60, .seed = seed};
  };
  EXPECT_THAT(first_wrong([] { return Arbiter(Duration::max()); }, busy_chain, 300),
              HasSubstr("starvation"));
  EXPECT_EQ(first_wrong([] { return Arbiter(kAgedHere); }, busy_chain, 20), "nothing");
}

/// Takes what is asked for one by one, in an order of its own for every request, and keeps what it
/// has while it waits for the rest.
class PieceByPiece {
 public:
  std::uint64_t ask(const LeaseRequest& request, Instant /*now*/) {
    wishes_.push_back({++last_, {request.resources.begin(), request.resources.end()}, {}});
    if (last_ % 2 == 0) std::reverse(wishes_.back().wanted.begin(), wishes_.back().wanted.end());
    deal();
    return last_;
  }
  void give_back(std::uint64_t ticket, Instant /*now*/) {
    std::erase_if(wishes_, [&](const Wish& wish) { return wish.ticket == ticket; });
    deal();
  }
  [[nodiscard]] bool granted(std::uint64_t ticket) const {
    return std::any_of(wishes_.begin(), wishes_.end(), [&](const Wish& wish) {
      return wish.ticket == ticket && wish.wanted.empty();
    });
  }

 private:
  struct Wish {
    std::uint64_t ticket = 0;
    std::vector<std::string> wanted;
    std::set<std::string> had;
  };
  [[nodiscard]] bool is_free(const std::string& resource) const {
    return std::none_of(wishes_.begin(), wishes_.end(),
                        [&](const Wish& wish) { return wish.had.contains(resource); });
  }
  /// One piece a call and wish, as threads would take them.
  void deal() {
    for (Wish& wish : wishes_) {
      if (wish.wanted.empty() || !is_free(wish.wanted.back())) continue;
      wish.had.insert(wish.wanted.back());
      wish.wanted.pop_back();
    }
  }
  std::uint64_t last_ = 0;
  std::vector<Wish> wishes_;
};

TEST(Schedules, ShowTheDeadlockOfTakingPieceByPiece) {
  EXPECT_THAT(first_wrong([] { return PieceByPiece(); }, schedule_of, 2000), HasSubstr("deadlock"));
}

/// Takes every cohort for the same one.
class MixesKeys : public Arbiter {
 public:
  MixesKeys() : Arbiter(kAgedHere) {}
  std::uint64_t ask(LeaseRequest request, Instant now) {
    if (!request.cohort.empty()) request.cohort = "any";
    return Arbiter::ask(std::move(request), now);
  }
};

TEST(Schedules, ShowThatACohortMixesKeys) {
  EXPECT_THAT(first_wrong([] { return MixesKeys(); }, schedule_of, 2000), HasSubstr("sharing"));
}

/// The newest is served first.
class LastComeFirst {
 public:
  std::uint64_t ask(const LeaseRequest& request, Instant now) {
    queue_.push_back({++last_, request});
    serve(now);
    return last_;
  }
  void give_back(std::uint64_t ticket, Instant now) {
    held_.erase(ticket);
    serve(now);
  }
  [[nodiscard]] bool granted(std::uint64_t ticket) const { return held_.contains(ticket); }

 private:
  void serve(Instant /*now*/) {
    for (auto next = queue_.rbegin(); next != queue_.rend(); ++next) {
      const bool is_free = std::none_of(held_.begin(), held_.end(), [&](const auto& held) {
        return std::any_of(
            next->second.resources.begin(), next->second.resources.end(),
            [&](const std::string& resource) { return held.second.contains(resource); });
      });
      if (!is_free) continue;
      held_[next->first] = next->second.resources;
      queue_.erase(std::next(next).base());
      return;
    }
  }
  std::uint64_t last_ = 0;
  std::vector<std::pair<std::uint64_t, LeaseRequest>> queue_;
  std::map<std::uint64_t, std::set<std::string>> held_;
};

TEST(Schedules, ShowThatTheLastComeIsServedFirst) {
  EXPECT_THAT(first_wrong([] { return LastComeFirst(); }, schedule_of, 2000), HasSubstr("order"));
}

}  // namespace
}  // namespace plugrig
