// Thousands of requests in no order, on a bench where everything changes and fails.
#include <algorithm>
#include <random>

#include "tests/unit/mains/mains_fixture.hpp"

namespace plugrig::test {
namespace {

class Chaos : public MainsTest, public testing::WithParamInterface<unsigned> {
 protected:
  Chaos() : MainsTest(3), random(GetParam()) {}

  [[nodiscard]] std::size_t any_slot() { return random() % bench.slots.size(); }
  [[nodiscard]] bool one_in(unsigned n) { return random() % n == 0; }

  struct Side {
    std::unique_ptr<MainsSession> session;
    LowVoltageLease lease;
    bool leased = false;
  };

  void give_back(std::size_t i) {
    bench.change([&] { bench.slots[i].lines_driven = false; });
    sides.at(i).lease.release();
    sides.at(i).leased = false;
  }

  void ask(std::size_t i) {
    Side& side = sides.at(i);
    const std::string name = bench.slots[i].name;
    // Not `soon`: no stop of the test's own.
    const Deadline deadline{clock->now() + 2s, {}};
    switch (random() % 8) {
      case 0:
        if (!side.session) side.session = gate->enter(name, {plug, {}, deadline});
        break;
      case 1:
        if (side.session) side.session->access().energise(deadline);
        break;
      case 2:
      case 3:
        if (side.session)
          side.session->access().load(static_cast<double>(random() % 5000), deadline);
        break;
      case 4:
        if (side.session) side.session->access().de_energise(deadline);
        break;
      case 5: {
        const auto session = std::move(side.session);
        if (session) session->end();
        break;
      }
      case 6:
        side.lease = gate->lock_for_low_voltage(name);
        side.leased = true;
        bench.change([&] { bench.slots[i].lines_driven = true; });
        break;
      default:
        if (side.leased) give_back(i);
    }
  }

  void disturb(std::size_t i) {
    FakeSlot& slot = bench.slots[i];
    switch (random() % 7) {
      case 0:
        bench.open_guard(i, one_in(2));
        break;
      case 1:
        // Contacts may only be moved by hand while nothing is live: the interlock of the jig.
        if (!bench.live(i)) bench.change([&] { slot.withdrawn = !one_in(2); });
        break;
      case 2:
        slot.guard_input = static_cast<InputIs>(random() % 3);
        break;
      case 3:
        slot.contacts_input = static_cast<InputIs>(random() % 3);
        break;
      case 4:
        slot.sense_input = one_in(4) ? InputIs::unreadable : InputIs::fine;
        break;
      case 5:
        bench.fail_at = bench.calls() + 1 + static_cast<int>(random() % 20);
        break;
      default:
        pass_time(std::chrono::milliseconds(random() % 700));
    }
  }

  /// A person looks after slots that are locked, so that the test goes on.
  void mend(std::size_t i) {
    FakeSlot& slot = bench.slots[i];
    if (one_in(3)) {
      slot.guard_input = slot.contacts_input = slot.sense_input = InputIs::fine;
      bench.open_guard(i, false);
      if (!bench.live(i)) bench.change([&] { slot.withdrawn = true; });
    }
    if (!gate->needs_person(slot.name)) return;
    FakePerson person;
    fault_of([&] { gate->confirm_unplugged(slot.name, person, {clock->now() + 2s, {}}); });
  }

  void TearDown() override {
    sides.clear();
    stop_gate();
    for (std::size_t i = 0; i < bench.slots.size(); ++i) EXPECT_FALSE(bench.live(i));
    MainsTest::TearDown();
  }

  std::mt19937_64 random;
  std::vector<Side> sides{3};
};

TEST_P(Chaos, NothingDeadlyHappens) {
  start();
  int was_live = 0;
  for (int step = 0; step < 4000; ++step) {
    const std::size_t i = any_slot();
    if (one_in(4)) disturb(i);
    fault_of([&] { ask(i); });
    mend(any_slot());
    was_live += static_cast<int>(bench.live(i));
    ASSERT_THAT(bench.deadly(), testing::IsEmpty()) << "step " << step;
  }
  EXPECT_GT(was_live, 50) << "a bench that is never live shows nothing";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Chaos, testing::Values(1U, 2U, 3U, 4U));

}  // namespace
}  // namespace plugrig::test
