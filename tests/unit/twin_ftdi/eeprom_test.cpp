#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/twin_ftdi/chip_bench.hpp"

// EEPROM and descriptors (FTDI facts, sections 1 and 7).

namespace plugrig::twin::ftdi {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::SizeIs;

const std::vector<Model> all_models{Model::ft232r, Model::ft230x,  Model::ft231x,
                                    Model::ft232h, Model::ft2232h, Model::ft4232h};

unsigned word(ChipBench& bench, unsigned address) {
  const auto bytes = bench.ask(0x90, 2, address);
  return unsigned{bytes.at(0)} | unsigned{bytes.at(1)} << 8U;
}

unsigned byte(ChipBench& bench, unsigned at) { return word(bench, at / 2) >> (at % 2 * 8) & 0xFF; }

std::string string_of(ChipBench& bench, unsigned number) {
  Bytes data(255);
  const int got = bench.chip.control(
      {0x80, 0x06, static_cast<std::uint16_t>(0x0300 | number), 0x0409, 255}, data, bench.now);
  std::string text;
  for (int i = 2; i + 1 < got; i += 2) text += static_cast<char>(data[static_cast<std::size_t>(i)]);
  return got < 0 ? "stalled" : text;
}

TEST(Descriptors, TellTheChipByItsDeviceNumber) {
  struct Row {
    Model model;
    unsigned product, bcd, packet, channels;
  };
  for (const auto& row : std::vector<Row>{{Model::ft232r, 0x6001, 0x0600, 64, 1},
                                          {Model::ft230x, 0x6015, 0x1000, 64, 1},
                                          {Model::ft2232h, 0x6010, 0x0700, 512, 2},
                                          {Model::ft4232h, 0x6011, 0x0800, 512, 4},
                                          {Model::ft232h, 0x6014, 0x0900, 512, 1}}) {
    const auto bytes = Chip(row.model, "A1").descriptors();
    ASSERT_THAT(bytes, SizeIs(18 + 9 + 23 * row.channels));
    EXPECT_EQ(bytes[8] | bytes[9] << 8, 0x0403);
    EXPECT_EQ(bytes[10] | bytes[11] << 8, static_cast<int>(row.product));
    EXPECT_EQ(bytes[12] | bytes[13] << 8, static_cast<int>(row.bcd));
    for (unsigned n = 0; n < row.channels; ++n) {
      const auto at = 27 + 23 * n;
      EXPECT_EQ(bytes[at + 11], 0x81 + 2 * n);
      EXPECT_EQ(bytes[at + 18], 0x02 + 2 * n);
      EXPECT_EQ(bytes[at + 13] | bytes[at + 14] << 8, static_cast<int>(row.packet));
    }
  }
}

TEST(Descriptors, CarryTheTextsOfTheEeprom) {
  for (const auto model : all_models) {
    ChipBench bench(model, "FT7XK2A1");
    EXPECT_EQ(string_of(bench, 1), "FTDI");
    EXPECT_EQ(string_of(bench, 2), "Emulated FTDI");
    EXPECT_EQ(string_of(bench, 3), "FT7XK2A1");
    EXPECT_EQ(string_of(bench, 4), "stalled");
    EXPECT_EQ(bench.chip.descriptors()[16], 3);
  }
}

TEST(Descriptors, WithoutSerialNumber) {
  ChipBench bench(Model::ft232h, "");
  EXPECT_EQ(bench.chip.descriptors()[16], 0);
}

TEST(Eeprom, BlankAChipTakesItsDefaults) {
  for (const auto content : {EepromContent::blank, EepromContent::absent}) {
    ChipBench bench(Model::ft2232h, "ignored", {.eeprom = content});
    EXPECT_THAT(bench.chip.eeprom(), Each(0xFFFF));
    EXPECT_EQ(bench.chip.descriptors()[16], 0);
    EXPECT_EQ(string_of(bench, 2), "Dual RS232-HS");
    bench.request(0x91, 0x1234, 5);
    EXPECT_EQ(word(bench, 5), content == EepromContent::blank ? 0x1234U : 0xFFFFU);
  }
  EXPECT_THROW(Chip(Model::ft232r, "", "", {.eeprom = EepromContent::blank}),
               std::invalid_argument);
}

TEST(Eeprom, TextsThatDoNotFitAreRefused) {
  EXPECT_THROW(Chip(Model::ft232r, std::string(60, 'x')), std::invalid_argument);
}

TEST(Eeprom, CbusFunctionsStandWhereTheFactsSay) {
  ChipBench r(Model::ft232r);
  r.chip.set_cbus_io(0x09);
  EXPECT_EQ(byte(r, 0x14) & 0x0F, 0xAU);
  EXPECT_NE(byte(r, 0x14) >> 4, 0xAU);
  EXPECT_EQ(byte(r, 0x15) >> 4, 0xAU);
  ChipBench x(Model::ft230x);
  x.chip.set_cbus_io(0x04);
  EXPECT_EQ(byte(x, 0x1C), 0x08U);
  EXPECT_NE(byte(x, 0x1B), 0x08U);
  ChipBench h(Model::ft232h);
  h.chip.set_cbus_io(0x05);  // ACBUS5 and ACBUS8
  EXPECT_EQ(byte(h, 0x1A) >> 4, 0x8U);
  EXPECT_NE(byte(h, 0x1B) & 0x0F, 0x8U);
  EXPECT_EQ(byte(h, 0x1C) & 0x0F, 0x8U);
  EXPECT_NE(byte(h, 0x1C) >> 4, 0x8U);
}

TEST(Eeprom, AnFt232rTakesPairsOfWordsWhileUnlocked) {
  ChipBench bench(Model::ft232r);
  const auto before = bench.chip.eeprom();
  bench.request(0x91, 0x1111, 0x20);
  bench.request(0x91, 0x2222, 0x21);
  EXPECT_EQ(bench.chip.eeprom(), before) << "locked";
  bench.request(0x09, 0x77);
  bench.request(0x91, 0x2222, 0x21);
  EXPECT_EQ(bench.chip.eeprom(), before) << "an odd word alone";
  bench.request(0x91, 0x1111, 0x20);
  EXPECT_EQ(bench.chip.eeprom(), before) << "the pair is not complete";
  bench.request(0x91, 0x2222, 0x21);
  EXPECT_EQ(word(bench, 0x20), 0x1111U);
  EXPECT_EQ(word(bench, 0x21), 0x2222U);
  bench.request(0x91, 0x3333, 0x20);
  bench.request(0x91, 0x4444, 0x23);
  EXPECT_EQ(word(bench, 0x20), 0x1111U) << "not neighbours";
  bench.request(0x92, 0);
  EXPECT_EQ(word(bench, 0x20), 0x1111U) << "no erase";
}

TEST(Eeprom, AnExternalOneIsWrittenAndErased) {
  ChipBench bench(Model::ft2232h);
  bench.request(0x91, 0xBEEF, 0x30);
  EXPECT_EQ(word(bench, 0x30), 0xBEEFU);
  EXPECT_EQ(word(bench, 0x30 + 128), 0xBEEFU) << "addresses wrap";
  bench.request(0x92, 0);
  EXPECT_THAT(bench.chip.eeprom(), Each(0xFFFF));
  EXPECT_EQ(string_of(bench, 2), "Emulated FTDI") << "until it is plugged in anew";
  bench.chip.power_up();
  EXPECT_EQ(string_of(bench, 2), "Dual RS232-HS");
}

TEST(Eeprom, AWrongCheckWordMakesItCountForNothing) {
  for (const auto model : {Model::ft230x, Model::ft232h}) {
    ChipBench bench(model);
    bench.request(0x91, word(bench, 2) ^ 1U, 2);
    bench.chip.power_up();
    EXPECT_EQ(string_of(bench, 2), traits_of(model).product);
    bench.set_mode(0x20, 0xF0);
    EXPECT_EQ(bench.chip.cbus().directions, 0);
  }
}

}  // namespace
}  // namespace plugrig::twin::ftdi
