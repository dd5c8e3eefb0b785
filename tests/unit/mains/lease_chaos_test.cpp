// Many slots with selectors, whose steps, inputs and relays do what they like.
#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "tests/unit/mains/mains_fixture.hpp"

namespace plugrig::test {
namespace {

constexpr int kSlots = 4;

/// Each slot runs stages on a thread of its own, while one more disturbs the bench. One seed gives
/// one order of all of it.
class LeaseChaos : public MainsTest, public testing::WithParamInterface<unsigned> {
 protected:
  LeaseChaos() : MainsTest(kSlots), random(GetParam()) { bench.has_selectors = true; }

  bool one_in(unsigned n) { return random() % n == 0; }
  Duration up_to(Duration most) {
    return Duration(
        static_cast<Duration::rep>(random() % static_cast<std::uint64_t>(most.count())));
  }

  /// What a step may do in its turn.
  void use_turn(MainsAccess& access, std::size_t i, const Deadline& deadline) {
    const auto turn = access.lease_reference("test", {clock->now() + 30s, deadline.stop});
    ++turns;
    for (int round = 0; round < 3; ++round) {
      if (one_in(4)) {
        (void)access.reference().read(deadline);
      } else {
        access.load(500.0 * static_cast<double>(random() % 4), deadline);
        loaded += static_cast<int>(bench.load_W(i) > 0);
      }
      clock->sleep_for(up_to(2s), deadline);
      if (one_in(12)) throw std::runtime_error("a step that breaks off");
    }
  }

  void stage(std::size_t i) {
    std::stop_source stop;
    const Deadline limit{clock->now() + 60s, stop.get_token()};
    const auto session =
        gate->enter(bench.slots[i].name, {.plug = plug, .say = {}, .deadline = limit});
    const Deadline deadline{clock->now() + 60s, session->stop()};
    session->access().energise(deadline);
    for (int round = 0; round < 4; ++round) {
      fault_of([&] { use_turn(session->access(), i, deadline); });
      if (one_in(6)) stop.request_stop();
      if (one_in(5)) session->access().de_energise(deadline);
      session->access().energise(deadline);
    }
    session->end();
  }

  void disturb() {
    const std::size_t i = random() % kSlots;
    FakeSlot& slot = bench.slots[i];
    switch (random() % 7) {
      case 0:
        bench.open_guard(i, one_in(2));
        break;
      case 1:
        slot.guard_input = one_in(4) ? InputIs::unreadable : InputIs::fine;
        break;
      case 2:
        slot.sense_input = one_in(6) ? InputIs::unreadable : InputIs::fine;
        break;
      case 3:
        slot.selector_stuck = one_in(3);
        break;
      case 4:
        slot.selector_unreadable = one_in(3);
        break;
      default:
        bench.fail_at = bench.calls() + 1 + static_cast<int>(random() % 30);
    }
  }

  void mend() {
    for (std::size_t i = 0; i < kSlots; ++i) {
      FakeSlot& slot = bench.slots[i];
      slot.guard_input = slot.sense_input = InputIs::fine;
      slot.selector_stuck = slot.selector_unreadable = false;
      bench.open_guard(i, false);
      if (!gate->needs_person(slot.name)) continue;
      FakePerson person;
      fault_of([&] { gate->confirm_unplugged(slot.name, person, {clock->now() + 2s, {}}); });
    }
  }

  std::mt19937_64 random;
  int turns = 0;
  int loaded = 0;
};

TEST_P(LeaseChaos, NeverTwoOnTheLoadAndNothingDeadly) {
  start();
  std::atomic<int> running{kSlots};
  std::vector<std::unique_ptr<Clock::Seat>> seats;
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < kSlots; ++i) {
    seats.push_back(clock->reserve(bench.slots[i].name));
    threads.emplace_back([&, i, place = seats.back().get()] {
      place->enter();
      for (int unit = 0; unit < 12; ++unit) {
        fault_of([&] { stage(i); });
        clock->sleep_for(up_to(3s), {});
      }
      --running;
      clock->notify();
      place->leave();
    });
  }
  while (running > 0) {
    clock->sleep_for(up_to(4s), {});
    if (one_in(2)) {
      disturb();
    } else {
      mend();
    }
    ASSERT_THAT(bench.deadly(), testing::IsEmpty());
  }
  threads.clear();
  stop_gate();
  for (std::size_t i = 0; i < kSlots; ++i) EXPECT_FALSE(bench.live(i));
  EXPECT_EQ(bench.load_W(), 0);
  EXPECT_GT(turns, 10) << "a bench on which nobody has a turn shows nothing";
  EXPECT_GT(loaded, 10);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LeaseChaos, testing::Range(1U, 13U));

}  // namespace
}  // namespace plugrig::test
