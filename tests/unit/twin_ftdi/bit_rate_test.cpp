#include <gtest/gtest.h>

#include "fixtures/twin/ftdi/bit_rate.hpp"
#include "tests/unit/twin_ftdi/chip_bench.hpp"

namespace plugrig::twin::ftdi {
namespace {

const auto& full = traits_of(Model::ft232r);
const auto& ft_x = traits_of(Model::ft230x);
const auto& high = traits_of(Model::ft2232h);

struct Row {
  std::uint16_t value, index;
  double rate;  ///< as the facts print it, rounded to 1 bit/s
};

// FTDI facts, section 3.
const std::vector<Row> full_speed{
    {0x2710, 0, 300},       {0x4138, 0, 9600},      {0xC028, 0, 74766},  {0x001A, 0, 115385},
    {0x000D, 0, 230769},    {0x4006, 0, 461538},    {0x8003, 0, 923077}, {0x0002, 0, 1'500'000},
    {0x0001, 0, 2'000'000}, {0x0000, 0, 3'000'000},
};
const std::vector<Row> h_chip{
    {0x2710, 0x0001, 300},       {0x04E2, 0x0201, 9600},      {0x80A0, 0x0201, 74883},
    {0xC068, 0x0201, 115246},    {0xC034, 0x0201, 230216},    {0x001A, 0x0201, 461538},
    {0x000D, 0x0201, 923077},    {0x0008, 0x0201, 1'500'000}, {0x0006, 0x0201, 2'000'000},
    {0x0004, 0x0201, 3'000'000}, {0x0003, 0x0201, 4'000'000}, {0x0000, 0x0201, 12'000'000},
    {0x0001, 0x0201, 8'000'000},
};

TEST(BitRate, FullSpeedWordsGiveTheRatesOfTheFacts) {
  for (const auto& row : full_speed) {
    const auto rate = decode_bit_rate(row.value, row.index, full);
    ASSERT_TRUE(rate);
    EXPECT_NEAR(*rate, row.rate, 0.51) << std::hex << row.value;
  }
}

TEST(BitRate, HChipWordsGiveTheRatesOfTheFacts) {
  for (const auto& row : h_chip) {
    const auto rate = decode_bit_rate(row.value, row.index, high);
    ASSERT_TRUE(rate);
    EXPECT_NEAR(*rate, row.rate, 0.51) << std::hex << row.value;
  }
}

TEST(BitRate, EighthsStandInACode) {
  const double eighths_of_code[8] = {0, 4, 2, 1, 3, 5, 6, 7};
  for (unsigned code = 0; code < 8; ++code) {
    const auto value = static_cast<std::uint16_t>(100 | (code & 3) << 14);
    const auto bit_16 = static_cast<std::uint16_t>(code >> 2);
    const auto above_channel = static_cast<std::uint16_t>(bit_16 << 8 | 1);
    const double wanted = 3e6 / (100 + eighths_of_code[code] / 8);
    EXPECT_DOUBLE_EQ(decode_bit_rate(value, bit_16, full).value(), wanted);
    EXPECT_DOUBLE_EQ(decode_bit_rate(value, above_channel, ft_x).value(), wanted);
    EXPECT_DOUBLE_EQ(decode_bit_rate(value, above_channel, high).value(), wanted);
  }
}

TEST(BitRate, AnFtXTakesTheLowByteOfTheIndexForTheChannel) {
  EXPECT_DOUBLE_EQ(decode_bit_rate(0x8003, 0x0001, ft_x).value(), 3e6 / 3.25);
  EXPECT_DOUBLE_EQ(decode_bit_rate(0x8003, 0x0201, ft_x).value(), 3e6 / 3.25) << "no 12 MHz base";
}

TEST(BitRate, BelowTwoThereIsOneAndOneAndAHalfOnly) {
  EXPECT_DOUBLE_EQ(decode_bit_rate(0, 0, full).value(), 3e6);
  EXPECT_DOUBLE_EQ(decode_bit_rate(1, 0, full).value(), 2e6);
  for (const unsigned value : {0x4000U, 0x8000U, 0xC000U, 0x4001U, 0x8001U, 0xC001U})
    EXPECT_FALSE(decode_bit_rate(static_cast<std::uint16_t>(value), 0, full)) << value;
  EXPECT_FALSE(decode_bit_rate(0, 1, full));
}

TEST(BitRate, AChannelKeepsItsOwn) {
  ChipBench bench(Model::ft4232h);
  bench.request(0x03, 0x000D, 0x0202);
  EXPECT_NEAR(bench.chip.baud(1), 923077, 1);
  EXPECT_DOUBLE_EQ(bench.chip.baud(0), 9600);
  bench.request(0x03, 0x4001, 0x0202);  // no such divisor
  EXPECT_NEAR(bench.chip.baud(1), 923077, 1);
}

TEST(BitRate, BytesTakeTheTimeOfTheirFormat) {
  struct Case {
    unsigned format;
    double bits;
  };
  for (const auto& [format, bits] : {Case{0x0008, 10}, Case{0x0007, 9}, Case{0x0108, 11},
                                     Case{0x1008, 11}, Case{0x0808, 10.5}}) {
    ChipBench bench(Model::ft232r);
    bench.request(0x03, 0x001A);
    bench.request(0x04, format);
    Instant arrived{};
    Wiring wiring;
    wiring.serial = [&](View, double) { arrived = bench.now; };
    bench.chip.wire(0, wiring);
    bench.write(counting(100));
    bench.run_for(std::chrono::milliseconds{50});
    EXPECT_NEAR(seconds(arrived.time_since_epoch()), 100 * bits / 115385, 2.5e-4);
  }
}

}  // namespace
}  // namespace plugrig::twin::ftdi
