#include "drivers/serial/ftdi/eeprom.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/unit/ftdi/fake_channel.hpp"

namespace plugrig::ftdi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using State = EepromImage::State;

struct EepromTest : testing::Test {
  std::unique_ptr<Clock> clock = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = clock->reserve("test");
  std::shared_ptr<FakeAdapter> adapter;
  std::unique_ptr<FakeChannel> channel;

  EepromTest() {
    seat->enter();
    use(ChipKind::ft232r);
  }
  void use(ChipKind chip) {
    adapter = std::make_shared<FakeAdapter>(chip);
    channel = std::make_unique<FakeChannel>(adapter, 0, *clock);
  }
  void set_word(std::uint16_t byte, std::uint16_t word) {
    adapter->eeprom.at(byte / 2U) = word;
    adapter->seal();
  }
  std::vector<std::uint8_t> codes() {
    std::vector<std::uint8_t> found;
    for (const auto& pin : cbus_functions(*adapter->info.chip, read_eeprom(*channel)))
      found.push_back(pin.code);
    return found;
  }
};

TEST_F(EepromTest, FunctionsOfAnFt232r) {
  set_word(0x14, 0x5A31);
  const auto pins = cbus_functions(ChipKind::ft232r, read_eeprom(*channel));
  ASSERT_EQ(pins.size(), 4U);
  EXPECT_EQ(pins[0].name, "PWREN#");
  EXPECT_EQ(pins[1].name, "TXLED#");
  EXPECT_EQ(pins[2].name, "I/O");
  EXPECT_TRUE(pins[2].io);
  EXPECT_EQ(pins[3].name, "SLEEP#");
  EXPECT_FALSE(pins[3].io);
  EXPECT_EQ(pins[3].pad, "CBUS3");
}

TEST_F(EepromTest, FunctionsOfAnFtXTakeAByteEach) {
  use(ChipKind::ft_x);
  set_word(0x1A, 0x0802);
  set_word(0x1C, 0x7F15);
  const auto pins = cbus_functions(ChipKind::ft_x, read_eeprom(*channel));
  ASSERT_EQ(pins.size(), 4U);
  EXPECT_EQ(pins[0].name, "RXLED#");
  EXPECT_TRUE(pins[1].io);
  EXPECT_EQ(pins[2].name, "KEEP_AWAKE#");
  EXPECT_EQ(pins[3].name, "unknown");
  EXPECT_EQ(pins[3].code, 0x7F);
}

TEST_F(EepromTest, FunctionsOfAnFt232hLieBetweenOthers) {
  use(ChipKind::ft232h);
  set_word(0x1A, 0x0781);  // AC5 8, AC6 7 (its other nibbles: AC4, AC7)
  set_word(0x1C, 0x0098);  // AC8 8, AC9 9
  EXPECT_THAT(codes(), ElementsAre(8, 7, 8, 9));
  EXPECT_EQ(cbus_functions(ChipKind::ft232h, read_eeprom(*channel))[1].pad, "ACBUS6");
}

TEST_F(EepromTest, ChipsWithoutCbusBitBangHaveNoFunctions) {
  use(ChipKind::ft4232h);
  EXPECT_EQ(read_eeprom(*channel).state, State::valid);
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(EepromTest, OneFlippedBitAnywhereIsCorrupt) {
  for (std::size_t i = 0; i < adapter->eeprom.size(); ++i) {
    for (unsigned bit = 0; bit < 16; ++bit) {
      auto words = adapter->eeprom;
      words[i] = static_cast<std::uint16_t>(words[i] ^ (1U << bit));
      ASSERT_EQ(decode_eeprom(ChipKind::ft232r, words).state, State::corrupt) << i << '.' << bit;
    }
  }
}

TEST_F(EepromTest, AnFtXLeavesItsUserAreaOutOfTheChecksum) {
  use(ChipKind::ft_x);
  adapter->eeprom[0x20] ^= 0xFFFF;
  EXPECT_EQ(read_eeprom(*channel).state, State::valid);
  adapter->eeprom[0x40] ^= 1;
  EXPECT_EQ(read_eeprom(*channel).state, State::corrupt);
}

TEST_F(EepromTest, BlankIsNotCorrupt) {
  adapter->eeprom.assign(64, 0xFFFF);
  EXPECT_EQ(read_eeprom(*channel).state, State::blank);
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(EepromTest, ASmallMemoryRepeatsItself) {
  use(ChipKind::ft232h);
  std::vector<std::uint16_t> small(64, 0x1234);
  small.back() = eeprom_checksum(ChipKind::ft232h, small);
  adapter->eeprom = small;  // addresses wrap around
  const EepromImage image = read_eeprom(*channel);
  EXPECT_EQ(image.state, State::valid);
  EXPECT_EQ(image.words, small);
}

TEST_F(EepromTest, APlanSaysWhatWouldChangeAndTouchesNothing) {
  set_word(0x14, 0xA1A3);
  const EepromImage image = read_eeprom(*channel);
  const std::array pins{0, 1, 2};
  const CbusPlan plan = plan_cbus_io(ChipKind::ft232r, image, pins);
  ASSERT_EQ(plan.before.size(), 2U);
  EXPECT_EQ(plan.before[0].pad, "CBUS0");
  EXPECT_EQ(plan.before[0].name, "TXLED#");
  EXPECT_EQ(plan.before[1].pad, "CBUS2");
  EXPECT_TRUE(plan.after[0].io && plan.after[1].io);
  ASSERT_EQ(plan.words.size(), 2U) << "the pins' word and the checksum";
  EXPECT_EQ(plan.words[0].address, 0x0A);
  EXPECT_EQ(plan.words[0].before, 0xA1A3);
  EXPECT_EQ(plan.words[0].after, 0xAAAA);
  EXPECT_EQ(plan.words[1].address, 63);
  EXPECT_THAT(adapter->ports[0].requests, IsEmpty());
}

TEST_F(EepromTest, ProgramsUnderTheLockInAlignedPairs) {
  set_word(0x14, 0x1111);
  const auto before = adapter->eeprom;
  const std::array pins{0, 3};
  program_cbus_io(*channel, pins);
  EXPECT_EQ(adapter->eeprom[0x0A], 0xA11A);
  EXPECT_THAT(codes(), ElementsAre(0xA, 1, 1, 0xA)) << "so the checksum holds";
  for (std::size_t i = 0; i < 63; ++i) {
    if (i != 0x0A) {
      EXPECT_EQ(adapter->eeprom[i], before[i]) << i;
    }
  }
  const auto& sent = adapter->ports[0].requests;
  ASSERT_EQ(sent.size(), 6U);
  EXPECT_EQ(sent.front(), "09 119");
  EXPECT_EQ(sent[1].substr(0, 5), "91 0A");
  EXPECT_EQ(sent[2].substr(0, 5), "91 0B");
  EXPECT_EQ(sent[3].substr(0, 5), "91 3E");
  EXPECT_EQ(sent[4].substr(0, 5), "91 3F");
  EXPECT_EQ(sent.back(), "09 1") << "the latency of every open channel";
}

TEST_F(EepromTest, OtherChipsAreWrittenWordByWord) {
  for (const ChipKind chip : {ChipKind::ft_x, ChipKind::ft232h}) {
    use(chip);
    const std::array pins{0, 1, 2, 3};
    program_cbus_io(*channel, pins);
    EXPECT_THAT(codes(), ElementsAre(8, 8, 8, 8));
  }
}

TEST_F(EepromTest, WhatIsSetAlreadyIsNotWritten) {
  set_word(0x14, 0xAAAA);
  const std::array pins{0, 1, 2, 3};
  EXPECT_THAT(program_cbus_io(*channel, pins).words, IsEmpty());
  EXPECT_THAT(adapter->ports[0].requests, IsEmpty());
}

TEST_F(EepromTest, AChipThatIgnoresWritingIsTold) {
  set_word(0x14, 0x1111);
  adapter->eeprom_writable = false;
  const std::array pins{0};
  try {
    program_cbus_io(*channel, pins);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "ftdi.eeprom_write");
    EXPECT_THAT(fault.next(), HasSubstr("counterfeit"));
    ASSERT_EQ(fault.evidence().size(), 2U);
    EXPECT_EQ(fault.evidence()[0].text, fault.evidence()[1].text);
  }
}

TEST_F(EepromTest, AWriteThatStopsHalfWayLeavesTheOldWordsAsEvidence) {
  set_word(0x14, 0x1111);
  int left = 2;
  adapter->before_write = [&] {
    if (left-- == 0) adapter->unplug();
  };
  const std::array pins{0};
  try {
    program_cbus_io(*channel, pins);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "ftdi.lost");
    ASSERT_EQ(fault.evidence().size(), 1U);
    EXPECT_THAT(fault.evidence()[0].text, HasSubstr("0000 0101 0202"));
  }
}

TEST_F(EepromTest, PinsThatAreNoneAreRefused) {
  for (const int pin : {-1, 4, 99}) {
    const std::array pins{pin};
    EXPECT_EQ(fault_id([&] { program_cbus_io(*channel, pins); }), "ftdi.no_pin") << pin;
  }
  use(ChipKind::ft2232h);
  const std::array pins{0};
  EXPECT_EQ(fault_id([&] { program_cbus_io(*channel, pins); }), "ftdi.no_pin");
  EXPECT_THAT(adapter->ports[0].requests, IsEmpty());
}

TEST_F(EepromTest, BlankAndCorruptImagesAreNotChanged) {
  const std::array pins{0};
  adapter->eeprom[5] ^= 4;
  EXPECT_EQ(fault_id([&] { program_cbus_io(*channel, pins); }), "ftdi.eeprom_corrupt");
  adapter->eeprom.assign(64, 0xFFFF);
  EXPECT_EQ(fault_id([&] { program_cbus_io(*channel, pins); }), "ftdi.eeprom_blank");
  EXPECT_THAT(adapter->ports[0].requests, IsEmpty());
}

}  // namespace
}  // namespace plugrig::ftdi
