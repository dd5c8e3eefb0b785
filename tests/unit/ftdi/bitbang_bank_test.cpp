#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/ftdi/fake_channel.hpp"

namespace plugrig::ftdi {
namespace {

using std::chrono::milliseconds;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

struct BitbangBankTest : testing::Test {
  std::unique_ptr<Clock> clock = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = clock->reserve("test");
  std::shared_ptr<FakeAdapter> adapter = std::make_shared<FakeAdapter>(ChipKind::ft2232h);
  FakePort& port = adapter->ports[1];

  BitbangBankTest() { seat->enter(); }
  std::unique_ptr<PinBank> open() {
    return make_bitbang_bank(std::make_shared<FakeChannel>(adapter, 1, *clock), *clock);
  }
  /// What was sent since the bank was opened.
  std::unique_ptr<PinBank> opened() {
    auto bank = open();
    port.requests.clear();
    port.trace.clear();
    return bank;
  }
};

TEST_F(BitbangBankTest, OpensReleasedAndThenClearsTheLatch) {
  const auto bank = open();
  EXPECT_THAT(port.requests, ElementsAre("03", "0B 0100", "out 00"));
  EXPECT_EQ(bank->pins(), 8);
  EXPECT_EQ(bank->channel()->index(), 1);
}

TEST_F(BitbangBankTest, WhatACrashLeftDrivenIsReleasedBeforeItsLevelChanges) {
  port.mode = BitMode::async_bitbang;
  port.latch = 0x04;  // a supply
  port.directions = 0x05;
  const auto bank = open();
  EXPECT_THAT(port.trace, Each(PinsSeen{0, 0}));
  EXPECT_EQ(port.latch, 0U);
}

TEST_F(BitbangBankTest, OpenDrainPinsMoveTogetherInOneRequest) {
  const auto bank = opened();
  bank->set(0x03, 0x03, 0);
  EXPECT_THAT(port.requests, ElementsAre("0B 0103"));
  bank->set(0x01, 0, 0);
  bank->set(0x02, 0, 0);
  EXPECT_THAT(port.requests, ElementsAre("0B 0103", "0B 0102", "0B 0100"));
  EXPECT_THAT(port.trace, ElementsAre(PinsSeen{0x03, 0}, PinsSeen{0x02, 0}, PinsSeen{0, 0}));
}

TEST_F(BitbangBankTest, PushPullPinsThatAreDrivenMoveByOneByte) {
  const auto bank = opened();
  bank->set(0x30, 0x30, 0x10);
  port.requests.clear();
  bank->set(0x30, 0x30, 0x20);
  EXPECT_THAT(port.requests, ElementsAre("out 20"));
  EXPECT_EQ(port.directions, 0x30U);
}

TEST_F(BitbangBankTest, APinThatBecomesAnOutputShowsItsLevelOnly) {
  const auto bank = opened();
  bank->set(0x10, 0x10, 0x10);
  EXPECT_THAT(port.requests, ElementsAre("out 10", "0B 0110"));
  for (const PinsSeen& seen : port.trace)
    EXPECT_EQ(seen.levels, seen.driven & 0x10U) << "never low while driven";
}

TEST_F(BitbangBankTest, AMixedChangeNeverDrivesAnOpenDrainPinHigh) {
  const auto bank = opened();
  bank->set(0x13, 0x13, 0x10);  // two open-drain pins low, a push-pull one high
  bank->set(0x13, 0x10, 0x00);  // released, and low
  bank->set(0x13, 0x11, 0x10);
  for (const PinsSeen& seen : port.trace) EXPECT_EQ(seen.levels & 0x03U, 0U);
  EXPECT_EQ(port.trace.back(), (PinsSeen{0x11, 0x10}));
  EXPECT_EQ(port.requests.size(), 6U);
}

TEST_F(BitbangBankTest, TheLatchIsAtThePinsBeforeTheDirectionFollows) {
  const auto bank = opened();
  const Instant before = clock->now();
  bank->set(0x10, 0x10, 0x10);
  EXPECT_GE(clock->now() - before, milliseconds{1}) << "an FT232R takes so long at worst";
  const Instant then = clock->now();
  bank->set(0x11, 0x11, 0x10);
  EXPECT_EQ(clock->now(), then) << "a change of direction alone waits for nothing";
}

TEST_F(BitbangBankTest, StrapsAreHeldBeforeASupplyComesAndLetGoAfterItWent) {
  const auto bank = opened();
  bank->set(0x04, 0x04, 0);  // a supply, off
  port.requests.clear();
  bank->set(0x07, 0x07, 0x04);
  bank->set(0x07, 0x04, 0x00);
  EXPECT_THAT(port.requests, ElementsAre("0B 0107", "out 04", "out 00", "0B 0104"));
}

TEST_F(BitbangBankTest, WhatStaysIsNotSentAgain) {
  const auto bank = opened();
  bank->set(0x03, 0x01, 0);
  port.requests.clear();
  bank->set(0x03, 0x01, 0);
  bank->set(0x02, 0x00, 0x02);  // the level of a released pin is nobody's
  EXPECT_THAT(port.requests, IsEmpty());
}

TEST_F(BitbangBankTest, OtherPinsKeepTheirState) {
  const auto bank = opened();
  bank->set(0x84, 0x84, 0x80);
  bank->set(0x01, 0x01, 0);
  bank->set(0x01, 0, 0);
  EXPECT_EQ(port.directions, 0x84U);
  EXPECT_EQ(port.latch, 0x80U);
}

TEST_F(BitbangBankTest, AnyChangeShowsOnlyOldAndNewLevelsAndTakesTheFewestRequests) {
  const auto bank = opened();
  std::mt19937_64 random(7);
  PinsSeen before{0, 0};
  for (int i = 0; i < 2000; ++i) {
    const auto mask = static_cast<std::uint16_t>(random() & 0xFFU);
    const auto directions = static_cast<std::uint16_t>(random() & 0xFFU);
    const auto levels = static_cast<std::uint16_t>(random() & 0xFFU);
    port.requests.clear();
    port.trace.clear();
    bank->set(mask, directions, levels);
    const unsigned driven = (before.driven & ~unsigned{mask}) | (unsigned{mask} & directions);
    const unsigned high = ((before.levels & ~unsigned{mask}) | (unsigned{mask} & levels)) & driven;
    const PinsSeen after{driven, high};
    for (const PinsSeen& seen : port.trace) {
      const unsigned as_before = ~(seen.driven ^ before.driven) & ~(seen.levels ^ before.levels);
      const unsigned as_after = ~(seen.driven ^ after.driven) & ~(seen.levels ^ after.levels);
      ASSERT_EQ((as_before | as_after) & 0xFFU, 0xFFU) << i;
    }
    ASSERT_EQ((PinsSeen{port.directions, port.latch & port.directions}), after) << i;
    const bool stays_driven = ((before.levels ^ after.levels) & before.driven & after.driven) != 0;
    ASSERT_LE(port.requests.size(), before.driven == after.driven ? (stays_driven ? 1U : 0U) : 2U);
    before = after;
  }
}

TEST_F(BitbangBankTest, ReadsLevelsByOneRequestAndSaysWhen) {
  const auto bank = opened();
  port.outside = 0xBF;
  bank->set(0x01, 0x01, 0);
  port.requests.clear();
  clock->sleep_for(milliseconds{5}, {});
  const PinReading reading = bank->read();
  EXPECT_EQ(reading.levels, 0xBE);
  EXPECT_EQ(reading.at, clock->now());
  EXPECT_THAT(port.requests, ElementsAre("0C"));
}

TEST_F(BitbangBankTest, PinsBeyondTheBankAreLeftAlone) {
  const auto bank = opened();
  bank->set(0xFF00, 0xFF00, 0xFF00);
  EXPECT_THAT(port.requests, IsEmpty());
}

TEST_F(BitbangBankTest, ALostAdapterIsToldByEveryCall) {
  const auto bank = opened();
  adapter->unplug();
  EXPECT_EQ(fault_id([&] { bank->set(1, 1, 0); }), "ftdi.lost");
  EXPECT_EQ(fault_id([&] { bank->set(1, 0, 0); }), "ftdi.lost") << "also when nothing changes";
  EXPECT_EQ(fault_id([&] { bank->read(); }), "ftdi.lost");
}

}  // namespace
}  // namespace plugrig::ftdi
