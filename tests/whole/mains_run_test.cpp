// Whole runs that try to leave somebody in front of live parts.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/whole/mishap.hpp"

namespace plugrig::whole {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// As the bench files have it, and a look of the truth.
constexpr Duration kTimedOn = seconds{2} + milliseconds{20};

class MainsRun : public testing::Test {
 protected:
  SimulatedResult run(const MainsBench& bench) {
    run_.bench_file = folder_.file("bench.yaml", text_of(bench));
    run_.sequence_file = folder_.file(
        "sequence.yaml",
        mains_sequence({"plug.join: {within: 40 s}", "power.as_found: {points: [60 W, 2 kW]}",
                        "power.as_left: {points: [500 W], limits: ± 30 %}"}));
    run_.store_file = folder_.path() / "records.sqlite";
    begin_configured(run_);
    auto result = run_simulated(run_);
    EXPECT_EQ(result.problems, "");
    return result;
  }
  [[nodiscard]] std::vector<UnitRecord> units() const {
    return RecordStore(run_.store_file).last_units(2);
  }

  const TestFolder folder_{"mains-run"};
  SimulatedRun run_;
};

TEST_F(MainsRun, AGuardThatOpensWhileMeasuringEndsOff) {
  Mishap opened(run_, "power.as_found", seconds{20},
                [](twin::TwinBench& bench) { bench.set_guard("M1", false); });
  const auto result = run({});
  EXPECT_TRUE(opened.was_live);
  EXPECT_LE(opened.off_after, kOffWithin);
  EXPECT_THAT(result.live, IsEmpty());
  // The moment itself cannot be undone: the twin saw it, once.
  EXPECT_THAT(result.accidents, ElementsAre("M1: mains on while the guard is open"));
  EXPECT_EQ(result.run.exit_code, 5);
  const auto unit = units().at(0);
  EXPECT_EQ(attempt_of(unit, "power.as_found")->fault_id, "safety.guard");
  EXPECT_EQ(attempt_of(unit, "power.as_left"), nullptr);
  EXPECT_EQ(unit.verdict, Verdict::error);
}

TEST_F(MainsRun, ContactsThatArePushedInEndOff) {
  Mishap pushed(run_, "power.as_found", seconds{20},
                [](twin::TwinBench& bench) { bench.set_port_open("M1", true); });
  MainsBench jig;
  jig.two_position = true;
  const auto result = run(jig);
  EXPECT_TRUE(pushed.was_live);
  EXPECT_LE(pushed.off_after, kOffWithin);
  EXPECT_THAT(result.live, IsEmpty());
  EXPECT_THAT(result.accidents, ElementsAre("M1: mains on while UART contacts touch"));
  EXPECT_EQ(result.run.exit_code, 5);
  EXPECT_EQ(attempt_of(units().at(0), "power.as_found")->fault_id, "safety.contacts");
}

TEST_F(MainsRun, AGuardThatIsOpenFromTheBeginNeverGetsMains) {
  run_.before = [](twin::TwinBench& bench) { bench.set_guard("M1", false); };
  const auto result = run({});
  expect_safe(result);
  EXPECT_EQ(result.run.exit_code, 5);
  EXPECT_EQ(attempt_of(units().at(0), "plug.join")->fault_id, "safety.guard");
}

/// The reference's line: what it carries is lost, off is not.
class MainsRunWithALostLine : public MainsRun,
                              public testing::WithParamInterface<std::tuple<const char*, int>> {};

TEST_P(MainsRunWithALostLine, EndsOff) {
  const auto& [line, seed] = GetParam();
  std::mt19937_64 chance(static_cast<std::uint64_t>(seed));
  const milliseconds when{std::uniform_int_distribution<int>(0, 60'000)(chance)};
  const Mishap cut(run_, "plug.join", when,
                   [line = std::string(line)](twin::TwinBench& bench) { bench.cut_bus(line); });
  const auto result = run({});
  expect_safe(result);
  EXPECT_EQ(result.run.exit_code, 3);
  const auto unit = units().at(0);
  EXPECT_EQ(unit.verdict, Verdict::error) << when.count();
}

INSTANTIATE_TEST_SUITE_P(Lines, MainsRunWithALostLine,
                         testing::Combine(testing::Values("lan"), testing::Range(1, 4)));

/// The line of the mains relays itself: nothing that the rig says arrives any more, and nothing
/// shows what is live. What is not renewed goes off by itself.
TEST_F(MainsRun, WithoutTheMainsRelaysLineOffIsNotConfirmed) {
  Mishap cut(run_, "power.as_found", seconds{13},
             [](twin::TwinBench& bench) { bench.cut_bus("rs485-1"); });
  const auto result = run({});
  EXPECT_TRUE(cut.was_live);
  EXPECT_LE(cut.off_after, kTimedOn);
  EXPECT_THAT(result.live, IsEmpty());
  EXPECT_EQ(result.run.exit_code, 5);
  const auto unit = units().at(0);
  EXPECT_EQ(unit.verdict, Verdict::error);
  EXPECT_EQ(attempt_of(unit, "power.as_found")->fault_id, "safety.input_stale");
  EXPECT_EQ(attempt_of(unit, "power.as_left"), nullptr);
  ASSERT_NE(attempt_of(unit, "mains.off"), nullptr);
  EXPECT_EQ(attempt_of(unit, "mains.off")->fault_id, "safety.off_not_confirmed");
}

TEST_F(MainsRun, AMainsRelayThatSticksIsOffNotConfirmed) {
  MainsBench bench;
  bench.board_faults = "{stuck_on: 1}";
  const auto result = run(bench);
  EXPECT_THAT(result.accidents, IsEmpty());
  EXPECT_EQ(result.run.exit_code, 5);
  EXPECT_THAT(result.run.units, IsEmpty()) << "nothing starts";
  ASSERT_TRUE(result.run.fault);
  EXPECT_EQ(result.run.fault->id(), "safety.off_not_confirmed");
}

TEST_F(MainsRun, TheLineOfTheLoadRelaysTakesTheLoadWithIt) {
  double load_after_W = -1;
  Mishap cut(run_, "power.as_found", seconds{20},
             [](twin::TwinBench& bench) { bench.cut_bus("rs485-2"); });
  cut.then = [&](twin::TwinBench& bench, Clock& clock) {
    clock.sleep_for(kTimedOn, {});
    bench.advance(clock.now().time_since_epoch());
    load_after_W = bench.truth("M1").power_W;
  };
  const auto result = run({});
  EXPECT_TRUE(cut.was_live);
  EXPECT_LT(load_after_W, 1);
  expect_safe(result);
  EXPECT_EQ(units().at(0).verdict, Verdict::error);
}

TEST_F(MainsRun, APressedEmergencyStopEndsOffAndStaysOff) {
  bool live_again = false;
  Mishap pressed(run_, "power.as_found", seconds{20},
                 [](twin::TwinBench& bench) { bench.press_emergency_stop(true); });
  pressed.then = [&](twin::TwinBench& bench, Clock& clock) {
    clock.sleep_for(milliseconds{300}, {});
    bench.press_emergency_stop(false);
    for (int i = 0; i < 200; ++i) {
      clock.sleep_for(milliseconds{10}, {});
      live_again = live_again || bench.truth("M1").live;
    }
  };
  MainsBench bench;
  bench.emergency_stop = true;
  const auto result = run(bench);
  EXPECT_TRUE(pressed.was_live);
  EXPECT_LE(pressed.off_after, kOffWithin);
  EXPECT_FALSE(live_again);
  expect_safe(result);
  EXPECT_EQ(result.run.exit_code, 5);
  EXPECT_EQ(attempt_of(units().at(0), "power.as_found")->fault_id, "safety.emergency_stop");
}

/// Whole units on relays that are held by timed ons: nothing lets go in between.
TEST_F(MainsRun, RenewalsHoldAUnitToItsEnd) {
  int ended = 0;
  run_.after = [&](twin::TwinBench&, Clock& clock) {
    ended = static_cast<int>(
        std::chrono::duration_cast<seconds>(clock.now().time_since_epoch()).count());
  };
  const auto result = run({});
  expect_safe(result);
  EXPECT_EQ(result.run.exit_code, 0) << result.events;
  EXPECT_GT(ended, 60) << "many times the length of a timed on";
  const auto unit = units().at(0);
  const auto* entered = attempt_of(unit, "mains.enter");
  ASSERT_NE(entered, nullptr);
  for (const auto& line : entered->said)
    EXPECT_THAT(line, testing::Not(testing::HasSubstr("stay as they are")));
}

class MainsRunWithBadTimers : public MainsRun, public testing::WithParamInterface<const char*> {};

TEST_P(MainsRunWithBadTimers, IsRefused) {
  MainsBench bench;
  bench.board_faults = GetParam();
  const auto result = run(bench);
  expect_safe(result);
  EXPECT_EQ(result.run.exit_code, 5);
  EXPECT_THAT(result.run.units, IsEmpty());
  ASSERT_TRUE(result.run.fault);
  EXPECT_EQ(result.run.fault->id(), "safety.timed_on_not_proven");
}

INSTANTIATE_TEST_SUITE_P(Boards, MainsRunWithBadTimers,
                         testing::Values("{renewal_ignored: true}", "{timers_stuck: true}"));

/// The shipped sequence on one slot of the demo bench's kind, stopped at some moment.
class StoppedRun : public testing::TestWithParam<int> {};

constexpr int kStops = 12;
/// Virtual time of the whole run, a little less.
constexpr Duration kWholeRun = seconds{372};

TEST_P(StoppedRun, IsOffWithinASecond) {
  const auto part = kWholeRun / kStops;
  std::mt19937_64 chance(static_cast<std::uint64_t>(GetParam()));
  const auto when =
      part * GetParam() +
      Duration{static_cast<Duration::rep>(chance() % static_cast<std::uint64_t>(part.count()))};
  const TestFolder folder(fmt::format("stopped-{}", GetParam()));
  MainsBench bench;
  bench.two_position = true;
  SimulatedRun run;
  run.sequence_file = (source() / "sequences/gosund-ep2.yaml").string();
  run.bench_file = folder.file("bench.yaml", text_of(bench));
  run.store_file = folder.path() / "records.sqlite";
  run.variables = shipped_variables(folder, "correct horse", "battery staple");
  std::optional<Duration> off_after;
  run.beside = [&](twin::TwinBench& twin, Clock& clock, plugrig::Run& running,
                   const Deadline& over) {
    clock.sleep_until({.at = Instant{when}, .stop = over.stop});
    running.request_stop(StopReason::request);
    off_after = time_to_off(twin, clock, "M1", kMost);
  };
  const auto result = run_simulated(run);
  ASSERT_EQ(result.problems, "");
  ASSERT_TRUE(off_after) << "the run ended before it was stopped: "
                         << result.events.substr(result.events.size() -
                                                 std::min<std::size_t>(result.events.size(), 400));
  EXPECT_LE(*off_after, kOffWithin);
  expect_safe(result);
  EXPECT_EQ(result.run.exit_code, 4) << result.events;
  ASSERT_EQ(result.run.units.size(), 1U);
  EXPECT_EQ(RecordStore(run.store_file).last_units(1).at(0).verdict, Verdict::aborted);
}

INSTANTIATE_TEST_SUITE_P(Instants, StoppedRun, testing::Range(0, kStops));

}  // namespace
}  // namespace plugrig::whole
