#include "rig/engine/network_room.hpp"

#include <gmock/gmock.h>

#include <set>

#include "tests/unit/engine/harness.hpp"

namespace plugrig::test {
namespace {

/// Each slot uses the network, and then takes it away.
constexpr const char* kSequence = R"(sequence: test
stages:
  - stage: first
    steps:
      - t.use:
  - stage: away
    steps:
      - t.take:
  - stage: last
    steps:
      - t.use:
)";

class NetworkRooms : public testing::Test, protected Harness {
 protected:
  NetworkRooms() {
    // Slots are not in step: they come to everything at other times.
    step("t.use", [this](StepContext& c) {
      const Inside here(*this, c.slot());
      EXPECT_TRUE(taker_.empty()) << c.slot() << " beside " << taker_;
      c.clock().sleep_for(c.slot() == "F1" ? 2s : 7s, c.deadline());
    });
    taking("t.take", [this](StepContext& c) {
      const Inside here(*this, c.slot());
      taker_ = c.slot();
      most_beside_taker_ = std::max(most_beside_taker_, inside_.size());
      c.clock().sleep_for(3s, c.deadline());
      most_beside_taker_ = std::max(most_beside_taker_, inside_.size());
      taker_.clear();
      ++taken_;
    });
  }

  void taking(const std::string& name, Body body) {
    StepType type;
    type.name = name;
    type.default_timeout = 10s;
    type.takes_network = true;
    type.run = std::move(body);
    registry.add(std::move(type));
  }

  /// A slot is in a step for as long as it lives.
  class Inside {
   public:
    Inside(NetworkRooms& rooms, std::string slot) : rooms_(rooms), slot_(std::move(slot)) {
      rooms_.inside_.insert(slot_);
      rooms_.most_inside_ = std::max(rooms_.most_inside_, rooms_.inside_.size());
    }
    ~Inside() { rooms_.inside_.erase(slot_); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    NetworkRooms& rooms_;
    std::string slot_;
  };

  // In virtual time one thread runs at a time.
  std::set<std::string> inside_;
  std::string taker_;
  std::size_t most_inside_ = 0, most_beside_taker_ = 0;
  int taken_ = 0;
};

TEST_F(NetworkRooms, WhoTakesItIsAloneAndOthersWorkSideBySide) {
  options.units = 9;
  const RunResult result = run(kSequence, 3);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.units.size(), 9U);
  EXPECT_EQ(taken_, 9);
  EXPECT_EQ(most_beside_taker_, 1U);
  EXPECT_EQ(most_inside_, 3U);
}

TEST_F(NetworkRooms, WhoWantsToBeAloneIsNotPassedByForEver) {
  // F1 is alone once; the others come and go without a pause.
  int others_after_f1_asked = 0;
  bool asked = false;
  step("t.busy", [&](StepContext& c) {
    if (c.slot() == "F1") asked = true;
    if (c.slot() != "F1" && asked && taken_ == 0) ++others_after_f1_asked;
    c.clock().sleep_for(c.slot() == "F1" ? 1s : 5s, c.deadline());
  });
  options.units = 12;
  run("sequence: test\nstages:\n  - stage: busy\n    steps:\n      - t.busy:\n"
      "  - stage: away\n    steps:\n      - t.take:\n",
      3);
  EXPECT_EQ(taken_, 12);
  EXPECT_LE(others_after_f1_asked, 2) << "only those who were in a stage already";
}

TEST_F(NetworkRooms, AStopReachesTheSlotThatWaits) {
  taking("t.long", [this](StepContext& c) {
    ++taken_;
    c.clock().sleep_for(1s, c.deadline());
    active->request_stop(StopReason::interrupt);
    c.clock().sleep_for(9s, c.deadline());
  });
  const RunResult result =
      run("sequence: test\nstages:\n  - stage: away\n    steps:\n      - t.long:\n", 2);
  EXPECT_EQ(taken_, 1);
  EXPECT_EQ(clock->now() - Instant{}, 1s);
  EXPECT_EQ(result.stop, StopReason::interrupt);
}

TEST_F(NetworkRooms, ASequenceThatTakesNothingWaitsForNobody) {
  run("sequence: test\nstages:\n  - stage: one\n    steps:\n      - t.use:\n", 2);
  for (const auto& attempt : recorder.attempts) EXPECT_NE(attempt.step, "network.enter");
}

}  // namespace
}  // namespace plugrig::test
