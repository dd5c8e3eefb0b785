// How the units of a batch come into the slots: signals, hands, pauses.

#include <gmock/gmock.h>

#include <thread>

#include "rig/engine/handling.hpp"
#include "rig/engine/start_signal.hpp"
#include "tests/unit/engine/harness.hpp"

namespace plugrig::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSequence = R"(sequence: test
stages:
  - stage: one
    steps:
      - t.wait:
)";

class Batches : public testing::Test, protected Harness {
 protected:
  /// A step that takes this long.
  void takes(Duration duration) {
    step("t.wait", [duration](StepContext& c) { c.clock().sleep_for(duration, c.deadline()); });
  }
  [[nodiscard]] Duration now() const { return clock->now() - Instant{}; }
};

TEST_F(Batches, OnePairOfHandsServesOneSlotAfterTheOther) {
  takes(10s);
  Handling hands(*clock, 4s);
  options.units = 4;
  options.next_unit = [&](const std::string&, int, const Deadline& deadline) {
    hands.change_unit(deadline);
    return true;
  };
  run(kSequence, 2);
  // F1 works from 4 to 14 s, F2 from 8 to 18 s; then again, with 4 s before each.
  EXPECT_EQ(now(), 32s);
}

TEST_F(Batches, HandsThatAreFreeAreNotWaitedFor) {
  takes(10s);
  Handling hands(*clock, 0s);
  options.units = 4;
  options.next_unit = [&](const std::string&, int, const Deadline& deadline) {
    hands.change_unit(deadline);
    return true;
  };
  run(kSequence, 2);
  EXPECT_EQ(now(), 20s);
}

/// Starts a unit so long after the slot began to wait.
class TimedStart final : public StartSignal {
 public:
  TimedStart(Clock& clock, std::map<std::string, Duration> after)
      : clock_(clock), after_(std::move(after)) {}
  [[nodiscard]] std::string asks(const std::string& slot) const override { return "load " + slot; }
  ReadyUnit wait(const std::string& slot, const Deadline& deadline) override {
    clock_.sleep_for(after_.at(slot), deadline);
    return {{{"serial", "S-" + slot}}};
  }

 private:
  Clock& clock_;
  std::map<std::string, Duration> after_;
};

TEST_F(Batches, ASignalStartsTheUnitAndBringsWhatIsKnownOfIt) {
  takes(1s);
  TimedStart start(*clock, {{"F1", 30s}, {"F2", 20s}});
  options.start = &start;
  const RunResult result = run(kSequence, 2);
  ASSERT_EQ(result.units.size(), 2U);
  EXPECT_EQ(result.units[0].record.unit_id, "R-F1-2") << "F2 was loaded first";
  EXPECT_EQ(result.units[1].record.facts.at("serial"), "S-F2");
  EXPECT_TRUE(log.has("F1: waits load F1"));
  EXPECT_EQ(now(), 31s);
}

TEST_F(Batches, SlotsDoNotWaitForUnitsThatOthersHaveTaken) {
  takes(1s);
  TimedStart start(*clock, {{"F1", 10s}, {"F2", 10h}});
  options.start = &start;
  options.units = 3;
  const RunResult result = run(kSequence, 2);
  EXPECT_EQ(result.units.size(), 3U);
  EXPECT_EQ(now(), 33s) << "slot F2 waits no more when the last unit has begun";
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(Batches, AStopReachesASlotThatWaitsForItsSignal) {
  takes(1s);
  TimedStart start(*clock, {{"F1", 10s}, {"F2", 10h}});
  options.start = &start;
  options.units = 9;
  step("t.stop", [this](StepContext&) { active->request_stop(StopReason::interrupt); });
  const RunResult result = run(std::string(kSequence) + "      - t.stop:\n", 2);
  EXPECT_EQ(result.units.size(), 1U);
  EXPECT_EQ(result.exit_code, 130);
}

TEST(GuardStartTest, WaitsUntilTheGuardWasOpenedAndClosedAgain) {
  const auto clock = make_virtual_clock();
  const auto seat = clock->reserve("test");
  seat->enter();
  // Closed from the unit before; opened after 5 s, closed after 12 s, with a bounce on the way.
  GuardStart start(*clock, [&](const std::string&) -> std::optional<bool> {
    const Duration now = clock->now() - Instant{};
    if (now > 8s && now < 9s) return std::nullopt;  // cannot be read: neither
    if (now > 9900ms && now < 10050ms) return true;
    return now < 5s || now >= 12s;
  });
  start.wait("F1", {});
  EXPECT_GE(clock->now() - Instant{}, 12s);
  EXPECT_LE(clock->now() - Instant{}, 13s);
  EXPECT_THAT(start.asks("F1"), HasSubstr("close the guard"));
}

TEST(GuardStartTest, AGuardThatIsNeverOpenedStartsNothing) {
  const auto clock = make_virtual_clock();
  const auto seat = clock->reserve("test");
  seat->enter();
  GuardStart start(*clock, [](const std::string&) { return std::optional(true); });
  EXPECT_THROW(start.wait("F1", {Instant{} + 60s}), Fault);
}

class CountingPerson final : public Operator {
 public:
  std::vector<std::string> asked;
  void confirm(const OperatorPrompt& prompt, const Deadline&) override {
    asked.push_back(prompt.slot);
  }
  double value(const OperatorPrompt&, const Deadline&) override { return 0; }
};

TEST_F(Batches, APersonConfirmsEachUnitButTheFirstOfASlot) {
  takes(1s);
  CountingPerson person;
  ConfirmedStart start(person, {"F1", "F2"});
  options.start = &start;
  options.units = 5;
  EXPECT_EQ(run(kSequence, 2).units.size(), 5U);
  EXPECT_GE(person.asked.size(), 3U);
}

/// A store that is full from one call on, and has room again at a time.
class FullUntil final : public Recorder {
 public:
  FullUntil(Clock& clock, Duration from, Duration until)
      : clock_(clock), from_(from), until_(until) {}
  int proofs = 0;
  std::vector<Duration> begun;

  std::string begin_run(const RunInfo&) override { return "R"; }
  void end_run(const std::string&, UtcTime) override {}
  void begin_unit(const UnitStart&) override {
    begun.push_back(clock_.now() - Instant{});
    write();
  }
  void append_attempt(const std::string&, const AttemptRecord&) override { write(); }
  void set_fact(const std::string&, std::string_view, std::string_view) override { write(); }
  Attachment keep_file(const std::string&, std::string_view, std::string_view,
                       std::span<const std::uint8_t>, bool) override {
    return {};
  }
  void finish_unit(const std::string&, const UnitEnd&) override { write(); }
  void prove_writable() override {
    ++proofs;
    write();
  }

 private:
  void write() {
    const Duration now = clock_.now() - Instant{};
    if (now < from_ || now >= until_) return;
    throw Fault("store.full", Blame::host, "The disk is full.", "Free disk space.");
  }
  Clock& clock_;
  const Duration from_, until_;
};

class RunPauses : public Batches {
 protected:
  RunResult run_on(Recorder& store, int slots) {
    Problems problems;
    const auto document = yaml::parse("test.yaml", kSequence, problems);
    const Sequence sequence = read_sequence(document, registry, VariableValues{}, problems);
    std::vector<RunSlot> run_slots;
    for (int i = 0; i < slots; ++i) run_slots.push_back({fmt::format("F{}", i + 1), &port()});
    const auto seat = clock->reserve("test");
    seat->enter();
    return plugrig::Run(sequence, run_slots, *clock, sink, store, options).run();
  }
};

TEST_F(RunPauses, UntilRecordingWorksAgain) {
  takes(10s);
  FullUntil store(*clock, 15s, 100s);
  options.units = 8;
  const RunResult result = run_on(store, 2);
  ASSERT_EQ(result.units.size(), 8U);
  int lost = 0;
  for (const UnitResult& unit : result.units) lost += unit.recorded ? 0 : 1;
  EXPECT_EQ(lost, 2) << "those that ran when the disk filled up";
  // Tried at once, and after 5, 10, 20 and 40 s more.
  EXPECT_EQ(store.proofs, 6);
  EXPECT_THAT(store.begun, ElementsAre(0s, 0s, 10s, 10s, 155s, 155s, 165s, 165s));
  EXPECT_TRUE(log.has("F1: waits Paused, nothing can be recorded (store.full)"));
  EXPECT_TRUE(log.has("F2: waits Paused, nothing can be recorded (store.full)"));
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(RunPauses, ThatLastTooLongEndTheSlots) {
  takes(10s);
  FullUntil store(*clock, 15s, 1000h);
  options.units = 8;
  options.longest_pause = 1h;
  const RunResult result = run_on(store, 2);
  EXPECT_EQ(result.units.size(), 4U);
  ASSERT_TRUE(result.fault);
  EXPECT_EQ(result.fault->id(), "store.full");
  EXPECT_LE(now(), 62min);
}

TEST_F(RunPauses, AreLeftOnAStop) {
  FullUntil store(*clock, 15s, 1000h);
  step("t.wait", [](StepContext& c) { c.clock().sleep_for(10s, c.deadline()); });
  options.units = 8;
  Problems problems;
  const auto document = yaml::parse("test.yaml", kSequence, problems);
  const Sequence sequence = read_sequence(document, registry, VariableValues{}, problems);
  const auto seat = clock->reserve("test");
  seat->enter();
  plugrig::Run run(sequence, {{"F1", &port()}}, *clock, sink, store, options);
  auto other = clock->reserve("somebody");
  std::jthread somebody([&] {
    other->enter();
    clock->sleep_for(40s, {});
    run.request_stop(StopReason::interrupt);
    other->leave();
  });
  const RunResult result = run.run();
  EXPECT_EQ(result.stop, StopReason::interrupt);
  EXPECT_EQ(result.exit_code, 3) << "a unit was not recorded";
  EXPECT_EQ(now(), 40s);
}

}  // namespace
}  // namespace plugrig::test
