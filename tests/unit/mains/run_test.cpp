// Whole runs: a unit goes from its serial side to mains and back, and nothing is ever on twice.
#include <gmock/gmock.h>

#include "tests/unit/engine/harness.hpp"
#include "tests/unit/mains/fake_bench.hpp"

namespace plugrig::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kThreeStages = R"(sequence: test
plug: {chip: ESP8285, ratings: {current: 16 A}}
stages:
  - stage: flash
    steps: [{t.serial: {}}]
  - stage: calibrate
    mains: on
    steps: [{t.mains: {}}]
  - stage: look
    steps: [{t.serial: {}}]
clean_up: [{t.clean: {}}]
)";

class MainsRun : public testing::Test, protected Harness {
 protected:
  explicit MainsRun(int slots = 1) : bench(*clock, slots) {
    for (int i = 0; i < slots; ++i) {
      FakePort& made = port();
      made.on_open = [this, i](const Deadline&) { drive(i, true); };
      made.on_close = [this, i] { drive(i, false); };
    }
    step("t.serial", [this](StepContext& c) {
      EXPECT_NE(c.devices().boot, nullptr);
      EXPECT_FALSE(bench.live());
      EXPECT_EQ(fault_of([&] { c.mains().energise(c.deadline()); }), "safety.no_mains");
    });
    step(
        "t.mains", [this](StepContext& c) { body(c); }, 60s);
    step("t.clean", [this](StepContext& c) {
      const FakeSlot& slot = bench.slots.at(c.slot() == "F1" ? 0 : 1);
      EXPECT_TRUE(slot.welded || !slot.contact) << "clean-up runs with mains off";
    });
  }

  void drive(int slot, bool driven) {
    bench.change([&] { bench.slots.at(static_cast<std::size_t>(slot)).lines_driven = driven; });
  }
  static void go_live(StepContext& c) {
    c.mains().energise(c.deadline());
    c.mains().load(1000, c.deadline());
  }
  RunResult go(const std::string& text = kThreeStages) {
    gate = std::make_unique<MainsGate>(bench.hardware(), *clock,
                                       MainsGateOptions{.attended = attended});
    options.gate = gate.get();
    return run(text, static_cast<int>(bench.slots.size()));
  }
  const AttemptRecord& attempt(const std::string& name) {
    for (const AttemptRecord& a : recorder.attempts) {
      if (a.step == name) return a;
    }
    ADD_FAILURE() << "no attempt " << name << "\n" << log.text();
    return recorder.attempts.at(0);
  }
  void TearDown() override {
    EXPECT_THAT(bench.deadly(), IsEmpty());
    for (std::size_t i = 0; i < bench.slots.size(); ++i) {
      EXPECT_FALSE(bench.slots[i].lines_driven);
    }
  }

  FakeBench bench;
  bool attended = false;
  std::unique_ptr<MainsGate> gate;
  std::function<void(StepContext&)> body = [this](StepContext& c) {
    EXPECT_EQ(c.devices().boot, nullptr) << "the serial side is closed";
    go_live(c);
    EXPECT_TRUE(bench.live());
    c.clock().sleep_for(5s, c.deadline());
    EXPECT_TRUE(bench.live());
  };
};

class MainsRunOfTwo : public MainsRun {
 protected:
  MainsRunOfTwo() : MainsRun(2) {}
};

TEST_F(MainsRun, ChangesSidesBetweenStages) {
  const RunResult result = go();
  EXPECT_EQ(result.exit_code, 0) << log.text();
  std::vector<std::string> steps;
  for (const AttemptRecord& a : recorder.attempts) {
    steps.push_back(fmt::format("{} {} {}", a.step, a.step_index, a.attempt));
  }
  EXPECT_THAT(steps,
              ElementsAre("slot.open -1 1", "t.serial 0 1", "mains.enter -2 1", "t.mains 1 1",
                          "mains.off -3 1", "slot.open -1 2", "t.serial 2 1", "t.clean 3 1"));
  EXPECT_TRUE(result.units.at(0).record.first_pass);
}

TEST_F(MainsRun, AStageWithMainsNeedsNoSerialSide) {
  const RunResult result =
      go("sequence: test\nplug: {ratings: {current: 16 A}}\nstages:\n"
         "  - {stage: calibrate, mains: on, steps: [{t.mains: {}}]}\n");
  EXPECT_EQ(result.exit_code, 0) << log.text();
  EXPECT_FALSE(log.has("slot.open"));
}

TEST_F(MainsRun, TwoStagesWithMainsKeepTheSlotLive) {
  step("t.still", [this](StepContext& c) {
    EXPECT_TRUE(bench.live());
    EXPECT_TRUE(c.mains().energised());
  });
  const RunResult result =
      go("sequence: test\nplug: {ratings: {current: 16 A}}\nstages:\n"
         "  - {stage: a, mains: on, steps: [{t.mains: {}}]}\n"
         "  - {stage: b, mains: on, steps: [{t.still: {}}]}\n");
  EXPECT_EQ(result.exit_code, 0) << log.text();
}

TEST_F(MainsRun, WithoutAGateIsRefusedBeforeAnythingMoves) {
  EXPECT_EQ(fault_of([&] { run(kThreeStages); }), "bench.no_mains");
  EXPECT_THAT(log.lines(), IsEmpty());
}

TEST_F(MainsRun, OnASlotWithoutMainsIsRefusedBeforeAnythingMoves) {
  bench.slots[0].name = "M9";
  EXPECT_EQ(fault_of([&] { go(); }), "bench.no_mains");
  EXPECT_THAT(log.lines(), IsEmpty());
}

TEST_F(MainsRun, EndsOffAfterAFailAnErrorAndAnException) {
  const std::vector<std::pair<std::function<void()>, Verdict>> ways{
      {[] { throw Fault("t.bad", Blame::unit, "Bad.", "Next."); }, Verdict::fail},
      {[] { throw Fault("t.rig", Blame::host, "Bad.", "Next."); }, Verdict::error},
      {[] { throw std::runtime_error("x"); }, Verdict::error},
      {[] { throw 1; }, Verdict::error},  // NOLINT(hicpp-exception-baseclass)
      {[] { throw Stopped(); }, Verdict::error},
  };
  for (const auto& [way, verdict] : ways) {
    body = [&](StepContext& c) {
      go_live(c);
      way();
    };
    const RunResult result = go();
    EXPECT_EQ(result.units.at(0).record.verdict, verdict);
    EXPECT_EQ(result.units.at(0).record.attempts.back().step, "t.clean");
    EXPECT_FALSE(bench.live());
    EXPECT_EQ(bench.load_W(), 0);
  }
}

TEST_F(MainsRun, EndsOffAfterAStopWithinASecond) {
  Instant stopped{};
  body = [&](StepContext& c) {
    go_live(c);
    stopped = c.clock().now();
    active->request_stop(StopReason::request);
    c.clock().sleep_for(30s, {c.clock().now() + 30s, {}});  // does not look at the stop
  };
  const RunResult result = go();
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_LE(bench.last_off() - stopped, kOffLimit);
  EXPECT_EQ(attempt("mains.off").verdict, Verdict::pass);
}

TEST_F(MainsRun, AGuardThatOpensIsTheReasonAndNotTheUnit) {
  body = [&](StepContext& c) {
    go_live(c);
    bench.open_guard(0, true);
    c.clock().wait({}, {c.clock().now() + 1s, {}});
    // What a step makes of a plug that went dark.
    Measurement power;
    power.id = "power";
    power.unit = "W";
    power.low = 900;
    c.measure(power);
    throw Fault("plug.silent", Blame::unit, "The plug does not answer.", "Set it aside.");
  };
  const RunResult result = go();
  EXPECT_EQ(result.units.at(0).record.verdict, Verdict::error);
  EXPECT_EQ(result.units.at(0).fault_id, "safety.guard");
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_FALSE(log.has("stage look")) << "nothing follows";
}

TEST_F(MainsRun, ASafetyTripIsNotTriedAgain) {
  int tries = 0;
  body = [&](StepContext& c) {
    ++tries;
    go_live(c);
    bench.open_guard(0, true);
    c.clock().sleep_for(10s, c.deadline());
  };
  go("sequence: test\nplug: {ratings: {current: 16 A}}\nstages:\n"
     "  - {stage: calibrate, mains: on, steps: [{t.mains: {}, retries: 3}]}\n");
  EXPECT_EQ(tries, 1);
}

TEST_F(MainsRun, OffNotConfirmedIsLoudAndTheNextUnitWaitsForAPerson) {
  bench.has_contactor = false;
  FakePerson person;
  person.does = [&] {
    bench.change([&] {
      bench.slots[0].welded = false;
      bench.slots[0].contact = false;
    });
  };
  options.person = &person;
  options.units = 2;
  int unit = 0;
  body = [&](StepContext& c) {
    go_live(c);
    bench.slots[0].welded = ++unit == 1;
  };
  const RunResult result = go();
  ASSERT_EQ(result.units.size(), 2U);
  EXPECT_EQ(result.units[0].record.verdict, Verdict::error);
  EXPECT_EQ(result.units[0].fault_id, "safety.relay_welded");
  EXPECT_EQ(result.units[1].record.verdict, Verdict::pass) << log.text();
  EXPECT_EQ(person.asked, 1);
  EXPECT_EQ(result.exit_code, 5);
}

TEST_F(MainsRun, OffNotConfirmedAndNobodyThereEndsTheSlot) {
  bench.has_contactor = false;
  options.units = 3;
  body = [&](StepContext& c) {
    go_live(c);
    bench.slots[0].welded = true;
  };
  const RunResult result = go();
  EXPECT_EQ(result.units.size(), 1U);
  EXPECT_EQ(result.exit_code, 5);
  bench.change([&] { bench.slots[0].contact = false; });
}

TEST_F(MainsRun, OffNotConfirmedIsToldFirstEvenOfAUnitThatFailed) {
  bench.has_contactor = false;
  body = [&](StepContext& c) {
    go_live(c);
    bench.slots[0].welded = true;
    throw Fault("t.bad", Blame::unit, "The unit is bad.", "Set it aside.");
  };
  const RunResult result = go();
  EXPECT_EQ(result.units.at(0).record.verdict, Verdict::fail) << "a fail stays a fail";
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(sink.json.lines(),
              Contains(testing::AllOf(HasSubstr("unit_ended"), HasSubstr("OFF NOT CONFIRMED"),
                                      HasSubstr("The unit is bad."), HasSubstr("Do not touch"))));
  bench.change([&] { bench.slots[0].contact = false; });
}

TEST_F(MainsRun, ABenchWithoutEvidenceSaysOffNotConfirmed) {
  bench.has_contactor = false;
  bench.slots[0].sense_input = InputIs::not_fitted;
  FakePerson person;
  options.person = &person;
  const RunResult result = go();
  EXPECT_EQ(person.asked, 2) << "before the serial side is used, and after mains";
  EXPECT_EQ(attempt("mains.off").fault_id, "safety.off_not_confirmed");
  EXPECT_EQ(result.units.at(0).record.verdict, Verdict::error);
}

TEST_F(MainsRun, TheRecordSaysWhatIsNotCovered) {
  bench.hardwired = false;
  attended = true;
  const RunResult result = go();
  EXPECT_EQ(result.units.at(0).record.facts.at("attended"), "yes");
  EXPECT_THAT(attempt("mains.enter").said, Contains(HasSubstr("no hard-wired emergency stop")));
  EXPECT_THAT(attempt("mains.enter").said, Contains(HasSubstr("relays stay as they are")));
}

TEST_F(MainsRun, ARunWithAnInterlockIsNotAttended) {
  EXPECT_EQ(go().units.at(0).record.facts.at("attended"), "no");
}

TEST_F(MainsRunOfTwo, SlotsTakeTurnsOnTheLoad) {
  body = [this](StepContext& c) {
    go_live(c);
    c.clock().sleep_for(50s, c.deadline());  // longer than the other step's time is left
  };
  const RunResult result = go();
  EXPECT_EQ(result.exit_code, 0) << log.text();
  EXPECT_TRUE(log.has("said Waits for the load path, which slot F1 has."));
}

TEST_F(MainsRunOfTwo, AStopReachesTheSlotThatWaits) {
  body = [this](StepContext& c) {
    go_live(c);
    c.clock().sleep_for(2s, c.deadline());
    active->request_stop(StopReason::interrupt);
    c.clock().sleep_for(50s, c.deadline());
  };
  const RunResult result = go();
  EXPECT_EQ(result.exit_code, 130);
  for (const UnitResult& unit : result.units) {
    EXPECT_EQ(unit.record.verdict, Verdict::aborted);
  }
}

TEST_F(MainsRun, ALostInstrumentAtEachCallEndsOff) {
  body = [this](StepContext& c) {
    go_live(c);
    c.mains().load(500, c.deadline());
    (void)c.mains().reference().read(c.deadline());
    c.mains().de_energise(c.deadline());
    go_live(c);
  };
  go();
  const int calls = bench.calls();
  ASSERT_GT(calls, 30);
  for (int at = 1; at <= calls; ++at) {
    bench.fail_at = bench.calls() + at;
    go();
    EXPECT_FALSE(bench.live()) << "call " << at;
    EXPECT_EQ(bench.load_W(), 0) << "call " << at;
  }
}

}  // namespace
}  // namespace plugrig::test
