// Whole runs that try to leave somebody in front of live parts.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// Longer than from cause to off on a bench whose inputs are read every 100 ms.
constexpr Duration kOffWithin = seconds{1};
/// Nobody looks for off any longer than this.
constexpr Duration kMost = seconds{5};

/// Virtual time until mains of the slot is off, at most `most`.
Duration time_to_off(twin::TwinBench& bench, Clock& clock, const std::string& slot, Duration most) {
  const auto begun = clock.now();
  while (bench.truth(slot).live && clock.now() - begun < most) clock.sleep_for(milliseconds{5}, {});
  return clock.now() - begun;
}

/// Does something `after` the begin of a step, and takes the time to off.
class Mishap {
 public:
  Mishap(SimulatedRun& run, std::string step, Duration after,
         std::function<void(twin::TwinBench&)> what) {
    run.on_event = [this, step](const Event& event) {
      const auto* started = std::get_if<event::StepStarted>(&event.body);
      if (started != nullptr && started->step == step) begun_ = true;
    };
    run.beside = [this, after, what](twin::TwinBench& bench, Clock& clock, plugrig::Run&,
                                     const Deadline& over) {
      // Events come before their step's first wait, so there is always something to wake up for.
      while (!begun_) clock.sleep_for(milliseconds{100}, over);
      clock.sleep_for(after, over);
      was_live = bench.truth("M1").live;
      what(bench);
      // Not to the end of the run, but to the end of what it should not last for.
      off_after = time_to_off(bench, clock, "M1", kMost);
    };
  }
  bool was_live = false;
  Duration off_after{};

 private:
  std::atomic<bool> begun_{false};
};

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
/// shows what is live.
TEST_F(MainsRun, WithoutTheMainsRelaysLineOffIsNotConfirmed) {
  Mishap cut(run_, "power.as_found", seconds{13},
             [](twin::TwinBench& bench) { bench.cut_bus("rs485-1"); });
  const auto result = run({});
  EXPECT_TRUE(cut.was_live);
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
  EXPECT_EQ(result.run.units.at(0).fault_id, "safety.off_not_confirmed");
  EXPECT_NE(units().at(0).verdict, Verdict::pass);
}

/// The shipped sequence on one slot of the demo bench's kind, stopped at some moment.
class StoppedRun : public testing::TestWithParam<int> {};

constexpr int kStops = 12;
/// Virtual time of the whole run, a little less.
constexpr Duration kWholeRun = seconds{600};

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
  ASSERT_TRUE(off_after) << "the run ended before it was stopped";
  EXPECT_LE(*off_after, kOffWithin);
  expect_safe(result);
  EXPECT_EQ(result.run.exit_code, 4) << result.events;
  ASSERT_EQ(result.run.units.size(), 1U);
  EXPECT_EQ(RecordStore(run.store_file).last_units(1).at(0).verdict, Verdict::aborted);
}

INSTANTIATE_TEST_SUITE_P(Instants, StoppedRun, testing::Range(0, kStops));

}  // namespace
}  // namespace plugrig::whole
