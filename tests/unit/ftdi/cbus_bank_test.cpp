#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ftdi/fake_channel.hpp"

namespace plugrig::ftdi {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct CbusBankTest : testing::Test {
  std::unique_ptr<Clock> clock = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = clock->reserve("test");
  std::shared_ptr<FakeAdapter> adapter = std::make_shared<FakeAdapter>(ChipKind::ft232r);
  FakePort& port = adapter->ports[0];

  CbusBankTest() {
    seat->enter();
    adapter->eeprom[0x14 / 2] = 0xAAAA;  // CBUS0 … 3: I/O (FTDI facts, section 7)
    adapter->seal();
  }
  std::unique_ptr<PinBank> open(std::uint8_t used) {
    return make_cbus_bank(std::make_shared<FakeChannel>(adapter, 0, *clock), *clock, used);
  }
};

TEST_F(CbusBankTest, OpensWithAllPinsReleased) {
  const auto bank = open(0x0F);
  EXPECT_THAT(port.requests, ElementsAre("0B 2000"));
  EXPECT_EQ(bank->pins(), 4);
}

TEST_F(CbusBankTest, LevelsAndDirectionsGoInOneRequest) {
  const auto bank = open(0x0F);
  port.requests.clear();
  bank->set(0x07, 0x07, 0x04);  // two lines low, the supply high
  bank->set(0x01, 0x00, 0x00);
  bank->set(0x02, 0x00, 0x02);
  EXPECT_THAT(port.requests, ElementsAre("0B 2074", "0C", "0B 2064", "0B 2044"))
      << "read back once";
  for (const PinsSeen& seen : port.trace) EXPECT_EQ(seen.levels & 0x03U, 0U);
}

TEST_F(CbusBankTest, ALevelOfAReleasedPinIsNotSent) {
  const auto bank = open(0x0F);
  bank->set(0x04, 0x04, 0x04);
  port.requests.clear();
  bank->set(0x04, 0x00, 0x00);
  EXPECT_THAT(port.requests, ElementsAre("0B 2000"));
  bank->set(0x04, 0x00, 0x04);
  EXPECT_EQ(port.requests.size(), 1U);
}

TEST_F(CbusBankTest, ReadsTheLowNibble) {
  const auto bank = open(0x0F);
  port.outside = 0xFFF7;
  bank->set(0x01, 0x01, 0);
  EXPECT_EQ(bank->read().levels, 0x06);
}

TEST_F(CbusBankTest, PinsWithAnotherFunctionAreNamedWithTheCommandThatSetsThem) {
  adapter->eeprom[0x14 / 2] = 0xA2A3;  // CBUS0 TXLED#, CBUS2 RXLED#
  adapter->seal();
  try {
    open(0x07);
    FAIL() << "two pins are LEDs";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "ftdi.cbus");
    EXPECT_EQ(fault.blame(), Blame::fixture);
    EXPECT_THAT(fault.happened(), AllOf(HasSubstr("CBUS0 (0) is TXLED#"),
                                        HasSubstr("CBUS2 (2) is RXLED#"), Not(HasSubstr("CBUS1"))));
    EXPECT_THAT(fault.next(), HasSubstr("--eeprom FT7XK2A1 --set-cbus-io 0,2"));
  }
  EXPECT_THAT(port.requests, IsEmpty()) << "nothing was driven";
  EXPECT_EQ(fault_id([&] { open(0x0A); }), "none") << "the others are I/O";
}

TEST_F(CbusBankTest, AnAdapterWithoutASerialNumberIsNamedByItsPath) {
  adapter->info.serial.clear();
  adapter->eeprom[0x14 / 2] = 0;
  adapter->seal();
  try {
    open(0x01);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_THAT(fault.next(), HasSubstr("--eeprom 1-4 "));
  }
}

TEST_F(CbusBankTest, ABlankOrBrokenEepromIsToldApart) {
  adapter->eeprom[3] ^= 1;
  EXPECT_EQ(fault_id([&] { open(0x01); }), "ftdi.eeprom_corrupt");
  adapter->eeprom.assign(64, 0xFFFF);
  EXPECT_EQ(fault_id([&] { open(0x01); }), "ftdi.eeprom_blank");
}

TEST_F(CbusBankTest, AnFt232hHasItsPinsAtOtherPlaces) {
  adapter = std::make_shared<FakeAdapter>(ChipKind::ft232h);
  adapter->eeprom[0x1A / 2] = 0x0880;  // ACBUS5 high nibble of 1A, ACBUS6 low of 1B
  adapter->eeprom[0x1C / 2] = 0x0018;  // ACBUS8 low nibble; ACBUS9 high nibble: TXLED#
  adapter->seal();
  EXPECT_EQ(fault_id([&] { open(0x07); }), "none");
  try {
    open(0x08);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_THAT(fault.happened(), HasSubstr("ACBUS9 (3) is TXLED#"));
  }
}

TEST_F(CbusBankTest, APinThatDoesNotFollowIsNamed) {
  const auto bank = open(0x0F);
  port.cbus_works = false;
  try {
    bank->set(0x03, 0x02, 0);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "ftdi.cbus_dead");
    EXPECT_EQ(fault.blame(), Blame::fixture);
    EXPECT_THAT(fault.happened(), AllOf(HasSubstr("CBUS1"), Not(HasSubstr("CBUS0"))));
  }
  EXPECT_EQ(fault_id([&] { bank->set(0x02, 0x02, 0); }), "ftdi.cbus_dead") << "each time";
  port.cbus_works = true;
  EXPECT_EQ(fault_id([&] { bank->set(0x02, 0x02, 0); }), "none");
}

TEST_F(CbusBankTest, ALostAdapterIsToldByEveryCall) {
  const auto bank = open(0x0F);
  adapter->unplug();
  EXPECT_EQ(fault_id([&] { bank->set(1, 0, 0); }), "ftdi.lost");
  EXPECT_EQ(fault_id([&] { bank->read(); }), "ftdi.lost");
}

}  // namespace
}  // namespace plugrig::ftdi
