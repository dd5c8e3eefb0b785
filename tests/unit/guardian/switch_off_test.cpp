#include "drivers/guardian/switch_off.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/guardian/relay_line.hpp"

namespace plugrig::guardian {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SwitchOff : public ::testing::Test {
 protected:
  void SetUp() override {
    seat_ = clock_->reserve("test");
    seat_->enter();
    for (const int relay : {8, 1, 3, 5}) line_.set(relay, true);
  }
  OffRound once() { return switch_off(port_, plan_, *clock_); }

  std::unique_ptr<Clock> clock_ = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat_;
  RelayLine line_;
  LinePort port_{*clock_, line_};
  const BusPlan plan_ = plan_of_line();
};

TEST_F(SwitchOff, ContactorFirstThenSlotsThenLoadAndNothingElse) {
  const OffRound round = once();
  EXPECT_TRUE(round.proven) << round.trouble;
  EXPECT_THAT(line_.order, ElementsAre(8, 1, 3));
  EXPECT_FALSE(line_.on(8) || line_.on(1) || line_.on(3));
  EXPECT_TRUE(line_.on(5)) << "a relay that is none of the mains side's";
}

TEST_F(SwitchOff, ARelayThatStaysOnIsNotOff) {
  line_.stuck = true;
  const OffRound round = once();
  EXPECT_FALSE(round.proven);
  EXPECT_THAT(round.trouble, HasSubstr("still reads as on"));
}

TEST_F(SwitchOff, SilenceProvesNothingAndEndsInTime) {
  line_.silent = true;
  const Instant begin = clock_->now();
  const OffRound round = once();
  EXPECT_FALSE(round.proven);
  EXPECT_THAT(round.trouble, HasSubstr("does not answer"));
  EXPECT_LT(clock_->now() - begin, std::chrono::milliseconds{1500});
  line_.silent = false;
  EXPECT_TRUE(once().proven);
}

TEST_F(SwitchOff, ACutBusThrowsNothing) {
  line_.cut = true;
  EXPECT_FALSE(once().proven);
  EXPECT_TRUE(line_.on(1));
  line_.cut = false;
  EXPECT_TRUE(once().proven);
  EXPECT_FALSE(line_.on(1));
}

TEST(OffPlan, KnowsWhatCanOnlySwitchOff) {
  const BusPlan plan = plan_of_line();
  EXPECT_TRUE(only_reads_or_switches_off(plan, switch_frame(8, false)));
  EXPECT_TRUE(only_reads_or_switches_off(plan, read_frame(8)));
  EXPECT_TRUE(only_reads_or_switches_off(plan, plan.all_off.front()));
  EXPECT_FALSE(only_reads_or_switches_off(plan, switch_frame(8, true)));
  EXPECT_FALSE(only_reads_or_switches_off(plan, switch_frame(5, false))) << "not of the plan";
  ModbusFrame other_unit = switch_frame(8, false);
  other_unit.unit = 2;
  EXPECT_FALSE(only_reads_or_switches_off(plan, other_unit));
  EXPECT_FALSE(only_reads_or_switches_off(plan, {1, {5, 2, 0, 0, 20}})) << "a timed on";
  EXPECT_FALSE(only_reads_or_switches_off(plan, {1, {15, 0, 0, 0, 8, 1, 0xFF}}));
  EXPECT_FALSE(only_reads_or_switches_off(plan, {1, {}}));
}

TEST(OffPlan, AnAnswerOfAnotherKindShowsNothing) {
  const OffRelay relay = plan_of_line().relays.front();
  EXPECT_EQ(reads_on(relay, std::vector<std::uint8_t>{1, 1, 1}), true);
  EXPECT_EQ(reads_on(relay, std::vector<std::uint8_t>{1, 1, 0xFE}), false);
  EXPECT_EQ(reads_on(relay, std::vector<std::uint8_t>{0x81, 2}), std::nullopt);
  EXPECT_EQ(reads_on(relay, std::vector<std::uint8_t>{2, 1, 0}), std::nullopt);
  EXPECT_EQ(reads_on(relay, std::vector<std::uint8_t>{}), std::nullopt);
}

TEST(OffPlan, TwoPlansThatDifferHaveTwoFingerprints) {
  const std::vector<BusPlan> one{plan_of_line()};
  std::vector<BusPlan> other = one;
  EXPECT_EQ(fingerprint(one), fingerprint(other));
  other[0].relays[1].off.pdu[2] ^= 1;
  EXPECT_NE(fingerprint(one), fingerprint(other));
  other = one;
  other[0].relays.pop_back();
  EXPECT_NE(fingerprint(one), fingerprint(other));
  EXPECT_NE(fingerprint(one), fingerprint({}));
}

}  // namespace
}  // namespace plugrig::guardian
