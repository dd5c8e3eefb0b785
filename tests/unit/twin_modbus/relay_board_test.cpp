#include <gmock/gmock.h>

#include "bus_fixture.hpp"

// Relay boards: frames of Modbus notes §4 and §6, times, stuck contacts.

namespace plugrig::twin {
namespace {

using testing::ElementsAre;

TEST(Waveshare, ObeysTheReferenceFrames) {
  OneBoard board("waveshare-relay-8");
  const Bytes on{0x05, 0x00, 0x00, 0xFF, 0x00};
  EXPECT_EQ(board.ask(on, 1s), on);
  EXPECT_THAT(board.ask({0x01, 0x00, 0x00, 0x00, 0x08}, 1s), ElementsAre(0x01, 0x01, 0x01));
  EXPECT_TRUE(board.contacts.closed[1]);
  const Bytes off{0x05, 0x00, 0x00, 0x00, 0x00};
  EXPECT_EQ(board.ask(off, 2s), off);
  EXPECT_FALSE(board.contacts.closed[1]);
  const Bytes toggle{0x05, 0x00, 0x00, 0x55, 0x00};
  EXPECT_EQ(board.ask(toggle, 3s), toggle);
  EXPECT_TRUE(board.contacts.closed[1]);
  board.ask(toggle, 4s);
  EXPECT_FALSE(board.contacts.closed[1]);
}

TEST(Waveshare, SwitchesAllAtOnce) {
  OneBoard board("waveshare-relay-8");
  board.ask({0x05, 0x00, 0xFF, 0xFF, 0x00}, 1s);
  EXPECT_THAT(board.ask(read_request(0x01, 0, 8), 1s), ElementsAre(0x01, 0x01, 0xFF));
  board.ask({0x05, 0x00, 0xFF, 0x00, 0x00}, 2s);
  EXPECT_THAT(board.ask(read_request(0x01, 0, 8), 2s), ElementsAre(0x01, 0x01, 0x00));
}

TEST(Waveshare, SwitchesSeveralByFunction0F) {
  OneBoard board("waveshare-relay-8");
  EXPECT_THAT(board.ask({0x0F, 0x00, 0x00, 0x00, 0x08, 0x01, 0xA5}, 1s),
              ElementsAre(0x0F, 0x00, 0x00, 0x00, 0x08));
  EXPECT_THAT(board.ask(read_request(0x01, 0, 8), 1s), ElementsAre(0x01, 0x01, 0xA5));
  board.ask({0x0F, 0x00, 0x02, 0x00, 0x03, 0x01, 0x02}, 2s);
  EXPECT_THAT(board.ask(read_request(0x01, 0, 8), 2s), ElementsAre(0x01, 0x01, 0xA9));
}

TEST(Waveshare, EndsAPulseByItself) {
  OneBoard board("waveshare-relay-8");
  const Bytes pulse{0x05, 0x02, 0x00, 0x00, 0x07};  // relay 1, 700 ms
  EXPECT_EQ(board.ask(pulse, 10s), pulse);
  EXPECT_EQ(board.bus->next_event(), 10'700ms);
  board.bus->advance(10'699ms);
  EXPECT_TRUE(board.contacts.closed[1]);
  board.bus->advance(12s);
  EXPECT_FALSE(board.contacts.closed[1]);
  // Ended at its own time, however late somebody looks.
  EXPECT_EQ(board.contacts.changes.back(), std::make_tuple(1, false, Duration{10'700ms}));
  EXPECT_EQ(board.bus->next_event(), Duration::max());
}

TEST(Waveshare, ARenewedPulseStartsItsTimeAnew) {
  OneBoard board("waveshare-relay-8");
  for (Duration now = 10s; now <= 18s; now += 2s) {
    board.ask({0x05, 0x02, 0x03, 0x00, 50}, now);  // relay 4, 5 s
    EXPECT_TRUE(board.contacts.closed[4]);
  }
  EXPECT_EQ(board.contacts.changes.size(), 1U) << "the contact must not open in between";
  board.bus->advance(22'999ms);
  EXPECT_TRUE(board.contacts.closed[4]);
  board.bus->advance(23s);
  EXPECT_FALSE(board.contacts.closed[4]);
}

TEST(Waveshare, MayIgnoreRenewals) {
  FieldValues faults;
  add_flag(faults, "renewal_ignored");
  OneBoard board("waveshare-relay-8", 1, faults);
  board.ask({0x05, 0x02, 0x03, 0x00, 50}, 10s);
  board.ask({0x05, 0x02, 0x03, 0x00, 50}, 12s);
  board.bus->advance(15s);
  EXPECT_FALSE(board.contacts.closed[4]);
  board.ask({0x05, 0x02, 0x03, 0x00, 50}, 16s);
  EXPECT_TRUE(board.contacts.closed[4]) << "a new one counts";
}

TEST(Waveshare, MayNeverEndAPulse) {
  FieldValues faults;
  add_flag(faults, "timers_stuck");
  OneBoard board("waveshare-relay-8", 1, faults);
  board.ask({0x05, 0x02, 0x03, 0x00, 50}, 10s);
  board.bus->advance(60s);
  EXPECT_TRUE(board.contacts.closed[4]);
  board.ask({0x05, 0x00, 0x03, 0x00, 0x00}, 61s);
  EXPECT_FALSE(board.contacts.closed[4]);
}

TEST(Waveshare, OffEndsAPulseForGood) {
  OneBoard board("waveshare-relay-8");
  board.ask({0x05, 0x02, 0x00, 0x00, 50}, 10s);
  board.ask({0x05, 0x04, 0x01, 0x00, 50}, 10s);  // relay 2 off, on again after 5 s
  board.ask({0x05, 0x00, 0xFF, 0x00, 0x00}, 11s);
  EXPECT_EQ(board.bus->next_event(), Duration::max());
  board.bus->advance(60s);
  EXPECT_FALSE(board.contacts.closed[1]);
  EXPECT_FALSE(board.contacts.closed[2]);
}

TEST(Waveshare, APulseOffComesOnAgain) {
  OneBoard board("waveshare-relay-8");
  board.ask({0x05, 0x00, 0x00, 0xFF, 0x00}, 1s);
  board.ask({0x05, 0x04, 0x00, 0x00, 0x07}, 10s);
  EXPECT_FALSE(board.contacts.closed[1]);
  board.bus->advance(10'700ms);
  EXPECT_TRUE(board.contacts.closed[1]);
}

TEST(Waveshare, RefusesWhatItDoesNotKnow) {
  OneBoard board("waveshare-relay-8");
  EXPECT_THAT(board.ask({0x05, 0x00, 0x00, 0x12, 0x34}, 1s), ElementsAre(0x85, 0x03));
  EXPECT_THAT(board.ask({0x05, 0x00, 0x08, 0xFF, 0x00}, 1s), ElementsAre(0x85, 0x02));
  EXPECT_THAT(board.ask({0x05, 0x02, 0x08, 0x00, 0x07}, 1s), ElementsAre(0x85, 0x02));
  EXPECT_THAT(board.ask({0x05, 0x02, 0x00, 0x00, 0x00}, 1s), ElementsAre(0x85, 0x03));
  EXPECT_THAT(board.ask({0x05, 0x02, 0x00, 0x80, 0x00}, 1s), ElementsAre(0x85, 0x03));
  EXPECT_THAT(board.ask(read_request(0x01, 0, 9), 1s), ElementsAre(0x81, 0x02));
  EXPECT_THAT(board.ask(read_request(0x01, 0, 0), 1s), ElementsAre(0x81, 0x03));
  EXPECT_THAT(board.ask(read_request(0x04, 0, 1), 1s), ElementsAre(0x84, 0x01));
  EXPECT_THAT(board.ask({0x0F, 0x00, 0x00, 0x00, 0x08, 0x02, 0xA5, 0x00}, 1s),
              ElementsAre(0x8F, 0x03));
  EXPECT_TRUE(board.ask({0x0F, 0x00, 0x00, 0x00, 0x08, 0x02, 0xA5}, 1s).empty());
  EXPECT_TRUE(board.contacts.changes.empty());
}

TEST(Waveshare, ReadsItsInputs) {
  OneBoard board("waveshare-relay-8");
  board.contacts.inputs = {{2, true}, {8, true}};
  EXPECT_THAT(board.ask(read_request(0x02, 0, 8), 1s), ElementsAre(0x02, 0x01, 0x82));
  EXPECT_THAT(board.ask(read_request(0x02, 7, 1), 1s), ElementsAre(0x02, 0x01, 0x01));
}

TEST(Waveshare, TellsVersionAndTakesAnyAddressUpTo255) {
  OneBoard board("waveshare-relay-8");
  EXPECT_THAT(board.ask(read_request(0x03, 0x8000, 1), 1s), ElementsAre(0x03, 0x02, 0x00, 200));
  EXPECT_THAT(board.ask({0x06, 0x40, 0x00, 0x01, 0x00}, 1s), ElementsAre(0x86, 0x03));
  board.ask({0x06, 0x40, 0x00, 0x00, 0xFF}, 1s);
  EXPECT_FALSE(board.bus->request(1, read_request(0x01, 0, 8), 1s));
  const auto answer = board.bus->request(255, read_request(0x03, 0x4000, 1), 1s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->unit, 255);
  EXPECT_THAT(answer->pdu, ElementsAre(0x03, 0x02, 0x00, 0xFF));
}

TEST(Waveshare, TakesItsAddressByBroadcastInSilence) {
  OneBoard board("waveshare-relay-8", 255);
  EXPECT_FALSE(board.bus->request(0, {0x06, 0x40, 0x00, 0x00, 0x01}, 1s));
  EXPECT_TRUE(board.bus->request(1, read_request(0x01, 0, 8), 1s));
}

class EachUnit : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Above247, EachUnit, testing::Range(248, 256));

TEST_P(EachUnit, BoardsWork) {
  const auto unit = static_cast<std::uint8_t>(GetParam());
  OneBoard board("waveshare-relay-8", unit);
  board.ask({0x05, 0x00, 0x02, 0xFF, 0x00}, 1s);
  EXPECT_TRUE(board.contacts.closed[3]);
  const auto answer = board.bus->request(unit, read_request(0x01, 0, 8), 1s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->unit, unit);
}

TEST(R4d8, SwitchesByCommandWords) {
  OneBoard board("r4d8-relay-8");
  const Bytes on{0x06, 0x00, 0x01, 0x01, 0x00};
  EXPECT_EQ(board.ask(on, 1s), on);
  EXPECT_TRUE(board.contacts.closed[1]);
  EXPECT_THAT(board.ask(read_request(0x03, 1, 1), 1s), ElementsAre(0x03, 0x02, 0x00, 0x01));
  EXPECT_THAT(board.ask(read_request(0x03, 2, 1), 1s), ElementsAre(0x03, 0x02, 0x00, 0x00));
  board.ask({0x06, 0x00, 0x01, 0x02, 0x00}, 2s);
  EXPECT_FALSE(board.contacts.closed[1]);
  board.ask({0x06, 0x00, 0x01, 0x03, 0x00}, 3s);
  EXPECT_TRUE(board.contacts.closed[1]);
  board.ask({0x06, 0x00, 0x05, 0x04, 0x00}, 4s);  // latch
  EXPECT_FALSE(board.contacts.closed[1]);
  EXPECT_TRUE(board.contacts.closed[5]);
  board.ask({0x06, 0x00, 0x00, 0x07, 0x00}, 5s);
  EXPECT_TRUE(board.contacts.closed[8]);
  board.ask({0x06, 0x00, 0x00, 0x08, 0x00}, 6s);
  for (const auto& [relay, closed] : board.contacts.closed) EXPECT_FALSE(closed) << relay;
}

TEST(R4d8, SwitchesOffAfterItsDelay) {
  OneBoard board("r4d8-relay-8");
  board.ask({0x06, 0x00, 0x01, 0x06, 0x05}, 10s);
  board.ask({0x06, 0x00, 0x02, 0x05, 0x00}, 10s);  // momentary
  board.bus->advance(14'999ms);
  EXPECT_TRUE(board.contacts.closed[1]);
  EXPECT_FALSE(board.contacts.closed[2]);
  board.bus->advance(15s);
  EXPECT_THAT(board.contacts.changes, ElementsAre(std::make_tuple(1, true, Duration{10s}),
                                                  std::make_tuple(2, true, Duration{10s}),
                                                  std::make_tuple(2, false, Duration{11s}),
                                                  std::make_tuple(1, false, Duration{15s})));
}

TEST(R4d8, HasNoCoilsAndIsDeafToBroadcasts) {
  OneBoard board("r4d8-relay-8");
  EXPECT_THAT(board.ask({0x05, 0x00, 0x00, 0xFF, 0x00}, 1s), ElementsAre(0x85, 0x01));
  EXPECT_THAT(board.ask(read_request(0x01, 0, 8), 1s), ElementsAre(0x81, 0x01));
  EXPECT_THAT(board.ask({0x06, 0x00, 0x09, 0x01, 0x00}, 1s), ElementsAre(0x86, 0x02));
  EXPECT_THAT(board.ask({0x06, 0x00, 0x01, 0x00, 0x01}, 1s), ElementsAre(0x86, 0x03));
  EXPECT_FALSE(board.bus->request(0, {0x06, 0x00, 0x01, 0x01, 0x00}, 1s));
  EXPECT_TRUE(board.contacts.changes.empty());
}

TEST(LcTech, StartsAt255AndMovesByBroadcast) {
  OneBoard board("lc-tech-relay", 255);
  board.ask({0x05, 0x00, 0x01, 0xFF, 0x00}, 1s);
  EXPECT_TRUE(board.contacts.closed[2]);
  EXPECT_FALSE(board.bus->request(0, {0x10, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x0C}, 1s));
  const auto answer = board.bus->request(12, read_request(0x01, 0, 8), 1s);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->pdu, ElementsAre(0x01, 0x01, 0x02));
}

TEST(Wago750, ReadsOutputsBackElsewhereAndInputsAtZero) {
  OneBoard board("wago-750");
  board.contacts.inputs = {{1, true}};
  board.ask({0x05, 0x00, 0x02, 0xFF, 0x00}, 1s);
  EXPECT_THAT(board.ask(read_request(0x01, 0x0200, 8), 1s), ElementsAre(0x01, 0x01, 0x04));
  EXPECT_THAT(board.ask(read_request(0x02, 0, 8), 1s), ElementsAre(0x02, 0x01, 0x01));
}

TEST(Wago750, WatchdogDropsTheOutputsAndRefusesUntilCleared) {
  OneBoard board("wago-750");
  board.ask({0x06, 0x10, 0x00, 0x00, 10}, 1s);    // 1 s
  board.ask({0x06, 0x10, 0x01, 0x00, 0x10}, 1s);  // function 05
  board.ask({0x06, 0x10, 0x03, 0x00, 0x01}, 1s);  // start
  EXPECT_THAT(board.ask({0x06, 0x10, 0x00, 0x00, 99}, 1s), ElementsAre(0x86, 0x03));
  for (Duration now = 1s; now < 4s; now += 500ms) board.ask({0x05, 0, 0, 0xFF, 0}, now);
  EXPECT_TRUE(board.contacts.closed[1]);
  EXPECT_EQ(board.bus->next_event(), 4'500ms);
  board.bus->advance(10s);
  EXPECT_EQ(board.contacts.changes.back(), std::make_tuple(1, false, Duration{4'500ms}));
  EXPECT_THAT(board.ask(read_request(0x03, 0x1006, 1), 10s), ElementsAre(0x03, 0x02, 0x00, 0x02));
  EXPECT_THAT(board.ask({0x05, 0, 0, 0xFF, 0}, 10s), ElementsAre(0x85, 0x04));
  board.ask({0x06, 0x10, 0x08, 0xAA, 0x55}, 11s);
  board.ask({0x05, 0, 0, 0xFF, 0}, 11s);
  EXPECT_TRUE(board.contacts.closed[1]);
}

FieldValues stuck(const std::string& how, bool lies) {
  FieldValues values;
  values.set(how, {.text = "2", .number = 2, .items = {}, .place = {}});
  if (lies) add_flag(values, "readback_lies");
  return values;
}

TEST(StuckContact, IsSeenInTheReadBackOfAnHonestBoard) {
  OneBoard board("waveshare-relay-8", 1, stuck("stuck_off", false));
  board.ask({0x05, 0x00, 0x01, 0xFF, 0x00}, 1s);
  EXPECT_FALSE(board.contacts.closed[2]);
  EXPECT_THAT(board.ask(read_request(0x01, 0, 8), 1s), ElementsAre(0x01, 0x01, 0x00));
}

TEST(StuckContact, IsHiddenByABoardThatReadsItsCoils) {
  OneBoard board("waveshare-relay-8", 1, stuck("stuck_off", true));
  board.ask({0x05, 0x00, 0x01, 0xFF, 0x00}, 1s);
  EXPECT_FALSE(board.contacts.closed[2]);
  EXPECT_THAT(board.ask(read_request(0x01, 0, 8), 1s), ElementsAre(0x01, 0x01, 0x02));
}

TEST(StuckContact, ClosedFromTheFirstMomentAndForEver) {
  OneBoard board("waveshare-relay-8", 1, stuck("stuck_on", false));
  board.bus->advance(0s);
  EXPECT_TRUE(board.contacts.closed[2]);
  board.ask({0x05, 0x00, 0xFF, 0x00, 0x00}, 1s);
  EXPECT_TRUE(board.contacts.closed[2]);
  EXPECT_EQ(board.contacts.changes.size(), 1U);
  EXPECT_THAT(board.ask(read_request(0x01, 0, 8), 1s), ElementsAre(0x01, 0x01, 0x02));
}

TEST(Boards, EveryNamedModelCanBeMadeAndOthersCannot) {
  EXPECT_GE(board_models().size(), 4U);
  for (const auto& model : board_models()) EXPECT_NO_THROW(OneBoard{model}) << model;
  EXPECT_THROW(OneBoard("yokogawa-wt310e"), std::invalid_argument);
}

}  // namespace
}  // namespace plugrig::twin
