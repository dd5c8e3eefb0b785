// What is found while a unit is live, what goes off first, and what is said about it.
#include <algorithm>

#include "tests/unit/mains/held_bench.hpp"

namespace plugrig::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Found : public HeldTest {
 protected:
  /// Time from now until dead, at most `most`.
  Duration time_to_off(Duration most = 10s) {
    const Instant begin = clock->now();
    while (bench.live() && clock->now() - begin < most) clock->sleep_for(5ms, {});
    return clock->now() - begin;
  }
};

TEST_F(Found, APressedEmergencyStopOpensTheContactorFirstAndSpeaksSecond) {
  go_live();
  pass_time(1s);
  held.forget_commands();
  held.stop_pressed = true;
  EXPECT_LE(time_to_off(), 200ms);
  EXPECT_FALSE(session->stop().stop_requested()) << "the step hears of it when all is off";
  pass_time(1s);
  EXPECT_THAT(held.commands(), ElementsAre("contactor off", "relay F1 off", "load off"));
  EXPECT_TRUE(session->stop().stop_requested());
  EXPECT_EQ(tripped(), "safety.emergency_stop");
}

TEST_F(Found, AGuardThatOpensToo) {
  go_live();
  held.forget_commands();
  bench.open_guard(0, true);
  EXPECT_LE(time_to_off(), 200ms);
  pass_time(1s);
  EXPECT_THAT(held.commands(), ElementsAre("contactor off", "relay F1 off", "load off"));
  EXPECT_EQ(tripped(), "safety.guard");
}

TEST_F(Found, WhateverElseGoesOffLoadFirst) {
  go_live();
  held.forget_commands();
  run_stop.request_stop();
  EXPECT_LE(time_to_off(), kOffLimit);
  pass_time(1s);
  EXPECT_THAT(held.commands(), ElementsAre("load off", "relay F1 off", "contactor off"));
}

TEST_F(Found, APressedEmergencyStopKeepsMainsOff) {
  start_held();
  held.stop_pressed = true;
  EXPECT_EQ(energise(), "safety.emergency_stop");
  held.stop_pressed = false;
  held.stop_unreadable = true;
  EXPECT_EQ(energise(), "safety.input_unreadable");
  EXPECT_FALSE(bench.live());
}

TEST_F(Found, AnEmergencyStopThatIsNoLongerReadEndsIt) {
  go_live();
  held.stop_unreadable = true;
  EXPECT_LE(time_to_off(), 500ms);
  pass_time(1s);
  EXPECT_EQ(tripped(), "safety.input_stale");
}

TEST_F(Found, ASlowMeterDoesNotKeepTheEmergencyStopWaiting) {
  held.meter_slow = true;
  go_live();
  for (int i = 0; i < 100 && held.meter_reads() == 0; ++i) pass_time(100ms);
  ASSERT_GT(held.meter_reads(), 0) << "the gate waits for the meter now";
  held.stop_pressed = true;
  EXPECT_LE(time_to_off(), 200ms);
}

class FoundOnTwo : public HeldTest {
 protected:
  FoundOnTwo() : HeldTest(2) { bench.path = LoadPath::per_slot; }
};

TEST_F(FoundOnTwo, TheContactorTakesMainsFromEverybody) {
  auto hardware = held.hardware();
  for (SlotMains& slot : hardware.slots) slot.reference = nullptr;
  hardware.load.reset();
  gate = std::make_unique<MainsGate>(std::move(hardware), *clock);
  watch = gate->watch();
  session = enter("F1");
  const auto other = enter("F2");
  session->access().energise(soon());
  other->access().energise(soon());
  ASSERT_TRUE(bench.live(0) && bench.live(1));
  const Instant begin = clock->now();
  bench.open_guard(0, true);
  pass_time(1s);
  EXPECT_LE(bench.last_off() - begin, 200ms);
  EXPECT_EQ(tripped(), "safety.guard");
  ASSERT_TRUE(other->tripped());
  EXPECT_THAT(other->tripped()->happened(), HasSubstr("guard of slot F1"));
  EXPECT_EQ(fault_of([&] { other->access().energise(soon()); }), "safety.guard");
  EXPECT_FALSE(bench.live(1));
}

TEST_F(Found, AThermostatThatOpensEndsIt) {
  held.has_thermostat = true;
  go_live(0);
  held.load_is_cool = false;
  pass_time(1s);
  EXPECT_TRUE(bench.live()) << "there is no load yet";
  EXPECT_EQ(fault_of([&] { session->access().load(500, soon()); }), "safety.load_hot");
  EXPECT_EQ(bench.load_W(), 0);
  held.load_is_cool = true;
  pass_time(200ms);
  session->access().load(500, soon());
  held.load_is_cool = false;
  EXPECT_LE(time_to_off(), 700ms) << "it is looked at twice a second";
  pass_time(1s);
  EXPECT_EQ(tripped(), "safety.load_hot");
}

TEST_F(Found, MoreThanTheLoadEndsItThoughNobodyReadsTheMeter) {
  go_live(1000);
  pass_time(20s);
  EXPECT_EQ(tripped(), "none");
  const int reads = held.meter_reads();
  EXPECT_GE(reads, 3);
  held.meter_W = 200;
  EXPECT_LE(time_to_off(), 7s);
  pass_time(1s);
  EXPECT_EQ(tripped(), "safety.over_power");
}

TEST_F(Found, WhatAStepReadsCountsAndIsNotReadAgain) {
  go_live(1000);
  pass_time(3s);
  for (int i = 0; i < 20; ++i) {
    (void)session->access().reference().read(soon());
    pass_time(1s);
  }
  EXPECT_EQ(held.meter_reads(), 20);
  held.meter_W = 200;
  (void)session->access().reference().read(soon());
  pass_time(500ms);
  EXPECT_EQ(tripped(), "safety.over_power");
}

TEST_F(Found, AReadingOfBeforeAChangeIsNotHeldAgainstIt) {
  go_live(2000);
  pass_time(5s);
  (void)session->access().reference().read(soon());
  session->access().load(500, soon());
  held.meter_W = 1500;  // the meter still shows its last window
  (void)session->access().reference().read(soon());
  pass_time(500ms);
  held.meter_W = 0;
  pass_time(5s);
  EXPECT_EQ(tripped(), "none");
}

TEST_F(Found, PowerWithoutALoadEndsIt) {
  go_live(0);
  pass_time(3s);
  held.meter_W = 60;
  (void)session->access().reference().read(soon());
  pass_time(500ms);
  EXPECT_EQ(tripped(), "safety.current_with_relay_off");
}

TEST_F(Found, CurrentWithEverythingOffKeepsMainsOff) {
  go_live(500);
  session->access().de_energise(soon());
  pass_time(5s);
  held.meter_W = 500;
  (void)session->access().reference().read(soon());
  EXPECT_EQ(fault_of([&] { session->access().energise(soon()); }), "safety.current_with_relay_off");
}

class DeadManTest : public HeldTest {
 protected:
  DeadManTest() {
    held.has_dead_man = true;
    held.timed_contactor = held.timed_relays = held.timed_load = false;
  }
  /// Longest time without a word to the dead man since `begin`.
  [[nodiscard]] Duration longest_silence(Instant begin) const {
    Duration longest{};
    Instant last = begin;
    for (const Instant at : held.told()) {
      if (at < begin) continue;
      longest = std::max(longest, at - last);
      last = at;
    }
    return std::max(longest, clock->now() - last);
  }
};

TEST_F(DeadManTest, IsToldThreeTimesWithinItsTime) {
  start_held();
  pass_time(10s);
  EXPECT_TRUE(held.told().empty()) << "nothing can become live";
  session = enter();
  pass_time(1s);
  const Instant begin = clock->now();
  session->access().energise(soon());
  pass_time(30s);
  EXPECT_LE(longest_silence(begin), 500ms);
  EXPECT_GE(held.told().size(), 3 * 30U);
  EXPECT_EQ(tripped(), "none");
}

TEST_F(DeadManTest, IsToldWhileTimersAreTried) {
  held.timed_load = false;
  held.timed_relays = true;
  start_held();
  const Instant begin = clock->now();
  gate->start_up({.deadline = soon()});
  ASSERT_GT(clock->now() - begin, 600ms);
  EXPECT_GE(held.told().size(), 2U);
  EXPECT_LE(longest_silence(begin), 600ms);
}

TEST_F(DeadManTest, ThatIsLostEndsEverything) {
  go_live();
  const Instant begin = clock->now();
  held.dead_man_lost = true;
  pass_time(3s);
  EXPECT_FALSE(bench.live());
  EXPECT_LE(bench.last_off() - begin, 600ms) << "found at its next telling, not when it is due";
  EXPECT_EQ(tripped(), "guardian.lost");
}

TEST_F(DeadManTest, WithoutItNothingIsSwitchedOn) {
  start_held();
  held.dead_man_lost = true;
  EXPECT_EQ(energise(), "safety.dead_man_lost");
}

TEST_F(DeadManTest, HearsNothingFromAWatchThatHangs) {
  bench.slots[0].contacts = ContactsKind::none;
  bench.slots[0].contacts_input = InputIs::not_fitted;
  held.has_stop = false;
  go_live();
  bench.slow_input_time = 20s;
  bench.slots[0].guard_input = InputIs::slow;
  pass_time(5s);
  const Instant quiet_since = clock->now();
  pass_time(10s);
  EXPECT_TRUE(std::none_of(held.told().begin(), held.told().end(),
                           [&](Instant at) { return at > quiet_since; }));
  EXPECT_FALSE(bench.live()) << "the other thread has seen it, besides";
}

struct Cover {
  const char* name;
  std::function<void(HeldBench&, FakeBench&)> change;
  std::vector<std::string> said;  ///< parts of sentences
  std::vector<std::string> unsaid;
};
void PrintTo(const Cover& row, std::ostream* out) { *out << row.name; }

class NotCovered : public HeldTest, public testing::WithParamInterface<Cover> {};

TEST_P(NotCovered, SaysWhatIsNotAndOnlyThat) {
  held.has_thermostat = true;
  GetParam().change(held, bench);
  start_held({.attended = true});
  const auto lines = gate->not_covered("F1");
  for (const std::string& part : GetParam().said) EXPECT_THAT(lines, Contains(HasSubstr(part)));
  for (const std::string& part : GetParam().unsaid)
    EXPECT_THAT(lines, Not(Contains(HasSubstr(part))));
  EXPECT_EQ(lines.size(), GetParam().said.size()) << testing::PrintToString(lines);
}

void plain(HeldBench& held) { held.timed_contactor = held.timed_relays = held.timed_load = false; }

INSTANTIATE_TEST_SUITE_P(
    Benches, NotCovered,
    testing::Values(
        Cover{"everything", [](HeldBench&, FakeBench&) {}, {}, {}},
        Cover{"timed_relay_only",
              [](HeldBench& h, FakeBench&) { h.timed_contactor = false; },
              {},
              {"stay as they are"}},
        Cover{"timed_contactor_only",
              [](HeldBench& h, FakeBench&) { h.timed_relays = false; },
              {},
              {"stay as they are"}},
        Cover{"plain",
              [](HeldBench& h, FakeBench&) { plain(h); },
              {"the relays stay as they are when this program"},
              {"guardian"}},
        Cover{"guardian",
              [](HeldBench& h, FakeBench&) {
                plain(h);
                h.has_dead_man = true;
              },
              {"the guardian dies with this program"},
              {"when this program, its computer"}},
        Cover{"no_interlock",
              [](HeldBench&, FakeBench& b) { b.hardwired = false; },
              {"no hard-wired emergency stop"},
              {"does not see the emergency stop"}},
        Cover{"no_stop_input",
              [](HeldBench& h, FakeBench&) { h.has_stop = false; },
              {"does not see the emergency stop"},
              {}},
        Cover{"no_contactor",
              [](HeldBench&, FakeBench& b) { b.has_contactor = false; },
              {"is not proven at start-up", "only a person can take mains away"},
              {}},
        Cover{"no_evidence",
              [](HeldBench&, FakeBench& b) {
                b.has_auxiliary = false;
                b.slots[0].sense_input = InputIs::not_fitted;
              },
              {"nothing shows that there is no voltage"},
              {}},
        Cover{"no_auxiliary", [](HeldBench&, FakeBench& b) { b.has_auxiliary = false; }, {}, {}},
        Cover{"no_thermostat",
              [](HeldBench& h, FakeBench&) { h.has_thermostat = false; },
              {"no thermostat at the load"},
              {}}),
    [](const testing::TestParamInfo<Cover>& row) { return row.param.name; });

TEST_F(HeldTest, WhatTheBuilderKnowsIsSaidToo) {
  auto hardware = held.hardware();
  hardware.not_covered = {"board1 takes no renewal."};
  gate = std::make_unique<MainsGate>(std::move(hardware), *clock);
  EXPECT_THAT(gate->not_covered("F1"), Contains("board1 takes no renewal."));
  EXPECT_THAT(gate->not_covered("F7"), testing::IsEmpty());
}

}  // namespace
}  // namespace plugrig::test
