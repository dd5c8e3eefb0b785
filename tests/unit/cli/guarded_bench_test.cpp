#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "fixtures/build/guardian.hpp"
#include "fixtures/build/mains_relays.hpp"

namespace plugrig::build {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace fs = std::filesystem;

class GuardedBench : public ::testing::Test {
 protected:
  static constexpr const char* kBench =
      "bench: b\n"
      "mains: {voltage: 230 V, contactor: relays.8}\n"
      "interlock: hardwired\n"
      "instruments:\n"
      "  reference: {profile: eastron-sdm120, rtu: /dev/meter}\n"
      "  relays: {profile: BOARD, rtu: /dev/relays, address: 3}\n"
      "  loads: {profile: LOADS, tcp: 'loads:502', address: 1}\n"
      "  inputs: {profile: waveshare-relay-8, rtu: /dev/inputs, baud: 115200}\n"
      "load: {bank: four-resistors, relays: loads}\n"
      "load_path: multiplexed\n"
      "slots:\n"
      "  - {slot: M1, kind: mains, guard_closed: inputs.in1, mains: relays.1, mains_sense: "
      "inputs.in2}\n"
      "  - {slot: M2, kind: mains, guard_closed: inputs.in3, mains: relays.2, mains_sense: "
      "inputs.in4}\n";

  bench::BenchSpec load(const std::string& board, const std::string& loads,
                        const std::string& guardian = "") {
    std::string text = kBench;
    const auto put = [&text](const std::string& from, const std::string& to) {
      const auto at = text.find(from);
      ASSERT_NE(at, std::string::npos);
      text.replace(at, from.size(), to);
    };
    put("BOARD", board);
    put("LOADS", loads);
    if (!guardian.empty()) put("relays.8}", "relays.8, guardian: " + guardian + "}");
    const auto file =
        fs::path(::testing::TempDir()) / ("guarded-" + std::to_string(::getpid()) + ".yaml");
    std::ofstream(file) << text;
    Problems problems;
    auto bench = bench::load_bench(file, fs::path(PLUGRIG_SOURCE_DIR) / "fixtures", problems);
    fs::remove(file);
    EXPECT_FALSE(problems.any_error()) << problems.render();
    return bench;
  }
  const std::string timed_ = "waveshare-relay-8", plain_ = "kmtronic-relay-8",
                    words_ = "r4d8-relay-8";
};

TEST_F(GuardedBench, NeedsAGuardianWhereARelayWouldStayOn) {
  EXPECT_FALSE(needs_guardian(load(timed_, timed_)));
  EXPECT_TRUE(needs_guardian(load(plain_, timed_)));
  EXPECT_TRUE(needs_guardian(load(timed_, plain_))) << "a load is as dangerous as a slot";
  EXPECT_FALSE(needs_guardian(load(plain_, plain_, "no")));
  EXPECT_TRUE(needs_guardian(load(timed_, timed_, "yes")));
}

TEST_F(GuardedBench, RelaysThatAreSimulatedHereNeedNone) {
  auto bench = load(plain_, plain_, "yes");
  for (auto& instrument : bench.instruments) instrument.link = bench::InstrumentSpec::Link::twin;
  EXPECT_FALSE(needs_guardian(bench));
  EXPECT_THAT(what_covers_death(bench), IsEmpty());
  bench.mains.reset();
  EXPECT_FALSE(needs_guardian(bench));
}

TEST_F(GuardedBench, OwnsTheLinesOfRelaysAndNoOthers) {
  const auto lines = guarded_lines(load(plain_, timed_));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].plan.name, "rtu /dev/relays");
  EXPECT_EQ(lines[1].plan.name, "tcp loads:502");
  std::vector<std::string> names;
  for (const auto& relay : lines[0].plan.relays) names.push_back(relay.name);
  EXPECT_THAT(names, ElementsAre("relays.8", "relays.1", "relays.2")) << "contactor first";
  EXPECT_EQ(lines[1].plan.relays.size(), 4U);
  // Modbus notes §4: coil off by function 05, read by function 01.
  EXPECT_EQ(lines[0].plan.relays[0].off, (ModbusFrame{3, {5, 0, 7, 0, 0}}));
  EXPECT_EQ(lines[0].plan.relays[0].read, (ModbusFrame{3, {1, 0, 7, 0, 1}}));
  EXPECT_EQ(guardian::reads_on(lines[0].plan.relays[0], std::vector<std::uint8_t>{1, 1, 1}), true);
  EXPECT_EQ(guardian::reads_on(lines[0].plan.relays[0], std::vector<std::uint8_t>{1, 1, 0}), false);
  EXPECT_THAT(lines[1].plan.all_off, Contains(ModbusFrame{1, {5, 0, 0xFF, 0, 0}}));
}

TEST_F(GuardedBench, TheAccessPointIsNoRelayOfTheMainsSide) {
  auto bench = load(plain_, timed_);
  const auto before = guarded_lines(bench);
  bench.access_point = bench::BoardPin{.board = "relays", .number = 6};
  const auto after = guarded_lines(bench);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0].plan.relays.size(), before[0].plan.relays.size());
  EXPECT_EQ(mains_relays(bench).size(), 7U) << "contactor, two slots, four resistors";
  // Alone on a board, it needs no guardian.
  bench.access_point = bench::BoardPin{.board = "inputs", .number = 1};
  EXPECT_EQ(guarded_lines(bench).size(), before.size());
}

TEST_F(GuardedBench, BoardsWithCommandWordsAreSwitchedByThem) {
  const auto lines = guarded_lines(load(words_, timed_, "yes"));
  const auto& relay = lines.at(0).plan.relays.at(1);
  // Modbus notes §4.2: register of the relay, 02 in the high byte; reads 0001 while on.
  EXPECT_EQ(relay.off, (ModbusFrame{3, {6, 0, 1, 2, 0}}));
  EXPECT_EQ(relay.read, (ModbusFrame{3, {3, 0, 1, 0, 1}}));
  EXPECT_EQ(guardian::reads_on(relay, std::vector<std::uint8_t>{3, 2, 0, 1}), true);
  EXPECT_EQ(guardian::reads_on(relay, std::vector<std::uint8_t>{3, 2, 0, 0}), false);
}

TEST_F(GuardedBench, SaysWhatIsNotCovered) {
  EXPECT_THAT(what_covers_death(load(timed_, timed_)), Each(Not(HasSubstr("NOT COVERED"))));
  EXPECT_THAT(what_covers_death(load(plain_, timed_)),
              Contains(HasSubstr("rig and guardian killed together")));
  EXPECT_THAT(what_covers_death(load(plain_, plain_, "no")),
              Contains(HasSubstr("NOT COVERED: the rig killed")));
}

}  // namespace
}  // namespace plugrig::build
