// What happens to a live slot when something is no longer safe.
#include <thread>

#include "tests/unit/mains/mains_fixture.hpp"

namespace plugrig::test {
namespace {

class LiveSlot : public MainsTest {
 protected:
  void go_live() {
    start();
    session = enter();
    session->access().energise(soon());
    session->access().load(1000, soon());
    pass_time(1s);
    ASSERT_TRUE(bench.live());
  }
  /// The gate has switched off within `limit` of now, for this reason, and told the step.
  void expect_trip(const std::string& id, Duration limit) {
    const Instant begin = clock->now();
    EXPECT_EQ(clock->wait({}, {begin + 3s, session->stop()}), WaitResult::stopped);
    EXPECT_FALSE(bench.live());
    EXPECT_EQ(bench.load_W(), 0);
    EXPECT_LE(bench.last_off() - begin, limit);
    ASSERT_TRUE(session->tripped());
    EXPECT_EQ(session->tripped()->id(), id);
    EXPECT_EQ(fault_of([&] { session->access().energise(soon()); }), id);
    EXPECT_EQ(fault_of([&] { session->access().load(500, soon()); }), id);
    EXPECT_FALSE(bench.live());
    session->end();
  }
  void TearDown() override {
    session.reset();
    MainsTest::TearDown();
  }
  std::unique_ptr<MainsSession> session;
};

TEST_F(LiveSlot, StaysLiveWhileAllIsWell) {
  go_live();
  pass_time(60s);
  EXPECT_TRUE(bench.live());
  EXPECT_FALSE(session->tripped());
}

TEST_F(LiveSlot, AGuardThatOpensEndsIt) {
  go_live();
  bench.open_guard(0, true);
  expect_trip("safety.guard", 200ms);
}

TEST_F(LiveSlot, ContactsThatComeBackEndIt) {
  go_live();
  bench.slots[0].contacts = ContactsKind::isolated;  // the truth: they are still on their way
  bench.slots[0].withdrawn = false;
  expect_trip("safety.contacts", 200ms);
}

TEST_F(LiveSlot, AnInputThatIsNoLongerReadEndsIt) {
  go_live();
  bench.slots[0].guard_input = InputIs::unreadable;
  expect_trip("safety.input_stale", 400ms);
}

TEST_F(LiveSlot, AnInputThatAnswersLateEndsIt) {
  go_live();
  bench.slots[0].contacts_input = InputIs::slow;
  expect_trip("safety.input_stale", 600ms);
}

TEST_F(LiveSlot, OneLostAnswerDoesNot) {
  go_live();
  bench.fail_at = bench.calls() + 1;
  pass_time(2s);
  EXPECT_TRUE(bench.live());
}

TEST_F(LiveSlot, AStopSwitchesOffWithinASecondWhateverTheStepDoes) {
  go_live();
  const Instant begin = clock->now();
  run_stop.request_stop();
  pass_time(2s);  // a step that does not look at its stop
  EXPECT_FALSE(bench.live());
  EXPECT_LE(bench.last_off() - begin, kOffLimit);
  EXPECT_FALSE(session->tripped()) << "a stop is nobody's fault";
  EXPECT_EQ(fault_of([&] { session->access().energise(soon()); }), "stopped");
}

TEST_F(LiveSlot, AStopSwitchesOffWithinASecondOnASlowBus) {
  go_live();
  bench.call_time = 60ms;
  const Instant begin = clock->now();
  run_stop.request_stop();
  pass_time(3s);
  EXPECT_FALSE(bench.live());
  EXPECT_LE(bench.last_off() - begin, kOffLimit);
}

TEST_F(LiveSlot, AStepThatHangsEndsIt) {
  go_live();
  session->step_ends(clock->now() + 1s);
  expect_trip("safety.overrun", 2500ms);
}

TEST_F(LiveSlot, AResistorWhoseDutyIsOverEndsIt) {
  go_live();
  bench.load_due = clock->now() + 2s;
  pass_time(1s);
  EXPECT_TRUE(bench.live());
  expect_trip("safety.rating", 1500ms);
}

TEST_F(LiveSlot, NothingStaysOnUnwatched) {
  go_live();
  watch.reset();
  EXPECT_FALSE(bench.live());
}

TEST_F(LiveSlot, NothingStaysOnWhenTheGateGoes) {
  go_live();
  session.reset();
  stop_gate();
  EXPECT_FALSE(bench.live());
}

TEST_F(LiveSlot, ATripWhileSwitchingOnHasTheLastWord) {
  start();
  session = enter();
  bench.call_time = 50ms;
  const auto other_seat = clock->reserve("hand");
  const std::jthread hand([&] {
    other_seat->enter();
    clock->wait([&] { return bench.live(); }, {});
    bench.open_guard(0, true);
    other_seat->leave();
  });
  const std::string fault = fault_of([&] {
    session->access().energise(soon());
    for (int i = 0; i < 20; ++i) session->access().load(500.0 * (1 + i % 2), soon());
  });
  EXPECT_EQ(fault, "safety.guard");
  pass_time(1s);
  EXPECT_FALSE(bench.live());
  EXPECT_EQ(bench.load_W(), 0);
}

TEST_F(LiveSlot, WithNothingToReadAStopIsStillQuick) {
  bench.slots[0].contacts = ContactsKind::none;
  bench.slots[0].guard_input = bench.slots[0].contacts_input = InputIs::not_fitted;
  go_live();
  const int calls = bench.calls();
  pass_time(60s);
  EXPECT_LE(bench.calls(), calls + 12) << "nothing is read but the meter, now and then";
  const Instant begin = clock->now();
  run_stop.request_stop();
  pass_time(2s);
  EXPECT_LE(bench.last_off() - begin, 200ms);
}

}  // namespace
}  // namespace plugrig::test
