#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ftdi/fake_channel.hpp"

namespace plugrig::ftdi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct MpsseBankTest : testing::Test {
  std::unique_ptr<Clock> clock = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = clock->reserve("test");
  std::shared_ptr<FakeAdapter> adapter = std::make_shared<FakeAdapter>(ChipKind::ft232h);
  FakePort& port = adapter->ports[0];

  MpsseBankTest() { seat->enter(); }
  std::unique_ptr<PinBank> open() {
    return make_mpsse_bank(std::make_shared<FakeChannel>(adapter, 0, *clock), *clock);
  }
  std::unique_ptr<PinBank> opened() {
    auto bank = open();
    port.requests.clear();
    port.trace.clear();
    return bank;
  }
};

TEST_F(MpsseBankTest, ComesInStepAndReleasesAllPins) {
  const auto bank = open();
  EXPECT_THAT(port.requests,
              ElementsAre("0B 0000", "0B 0200", "out AA 87", "out 80 00 00 82 00 00"));
  EXPECT_EQ(bank->pins(), 16);
}

TEST_F(MpsseBankTest, AnFt4232hHasOneByteOfPins) {
  adapter = std::make_shared<FakeAdapter>(ChipKind::ft4232h);
  const auto bank = open();
  EXPECT_EQ(bank->pins(), 8);
  FakePort& quad = adapter->ports[0];
  EXPECT_EQ(quad.requests.back(), "out 80 00 00");
  quad.requests.clear();
  quad.outside = 0xFF3C;
  EXPECT_EQ(bank->read().levels, 0x3C);
  bank->set(0x0101, 0x0101, 0);
  EXPECT_THAT(quad.requests, ElementsAre("out 81 87", "out 80 00 01 81 87"));
}

TEST_F(MpsseBankTest, OneCommandAByteAndOneTransferForBoth) {
  const auto bank = opened();
  bank->set(0x0011, 0x0011, 0x0010);
  bank->set(0x0300, 0x0300, 0x0200);
  bank->set(0x0301, 0x0000, 0x0000);
  EXPECT_THAT(port.requests, ElementsAre("out 80 10 11 81 87", "out 82 02 03 81 87",
                                         "out 80 10 10 82 02 00 81 87"));
  bank->set(0x0301, 0x0000, 0x0000);
  EXPECT_EQ(port.requests.size(), 3U) << "nothing changes";
}

TEST_F(MpsseBankTest, OpenDrainPinsNeverShowHigh) {
  const auto bank = opened();
  bank->set(0x0003, 0x0003, 0);
  bank->set(0x0101, 0x0100, 0x0100);
  bank->set(0x0002, 0x0000, 0);
  for (const PinsSeen& seen : port.trace) EXPECT_EQ(seen.levels & 0x03U, 0U);
  EXPECT_EQ(port.trace.back(), (PinsSeen{0x0100, 0x0100}));
}

TEST_F(MpsseBankTest, ReadsBothBytesInOneTransfer) {
  const auto bank = opened();
  port.outside = 0xA55A;
  bank->set(0x0002, 0x0002, 0);
  port.requests.clear();
  const PinReading reading = bank->read();
  EXPECT_EQ(reading.levels, 0xA558);
  EXPECT_EQ(reading.at, clock->now());
  EXPECT_THAT(port.requests, ElementsAre("out 81 83 87"));
}

TEST_F(MpsseBankTest, LeftoversOfAnEarlierProgramDoNotPassForTheAnswer) {
  port.to_host = {0xFA, 0x12, 0x32, 0x60};
  EXPECT_EQ(fault_id([&] { open(); }), "none");
}

TEST_F(MpsseBankTest, AnEngineThatIsSilentIsTold) {
  port.mpsse_works = false;
  try {
    open();
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "ftdi.mpsse");
    EXPECT_EQ(fault.blame(), Blame::host);
    EXPECT_THAT(fault.happened(), HasSubstr("quad.A"));
  }
}

TEST_F(MpsseBankTest, ReturnsWhenTheChipHasActedAndTellsWhenItDoesNot) {
  const auto bank = opened();
  port.mpsse_works = false;
  EXPECT_EQ(fault_id([&] { bank->set(1, 1, 1); }), "ftdi.mpsse");
  port.mpsse_works = true;
  bank->set(1, 1, 1);
  EXPECT_EQ(port.requests.back(), "out AA 87") << "back in step behind the command";
  EXPECT_EQ(port.trace.back(), (PinsSeen{1, 1})) << "what was not answered is sent again";
}

TEST_F(MpsseBankTest, ALateAnswerDoesNotPassForTheNextReading) {
  const auto bank = opened();
  port.mpsse_works = false;
  EXPECT_EQ(fault_id([&] { bank->read(); }), "ftdi.mpsse");
  port.to_host = {0x00, 0x00};  // now it comes
  port.mpsse_works = true;
  port.outside = 0xFFFF;
  EXPECT_EQ(bank->read().levels, 0xFFFF);
}

TEST_F(MpsseBankTest, ALostAdapterIsToldByEveryCall) {
  const auto bank = opened();
  adapter->unplug();
  EXPECT_EQ(fault_id([&] { bank->set(1, 0, 0); }), "ftdi.lost");
  EXPECT_EQ(fault_id([&] { bank->read(); }), "ftdi.lost");
}

}  // namespace
}  // namespace plugrig::ftdi
