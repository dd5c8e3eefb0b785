#include "drivers/modbus/registers.hpp"

#include <gtest/gtest.h>

#include "drivers/modbus/crc.hpp"

namespace plugrig::modbus {
namespace {

using enum RegisterType;
using Words = std::vector<std::uint16_t>;

std::optional<double> number(const Words& words, RegisterType type,
                             WordOrder order = WordOrder::high_first) {
  return decode(raw_value(words, {type, order}), type);
}

TEST(Registers, NumbersOfEveryType) {
  EXPECT_EQ(number({0xFFFF}, u16), 65535);
  EXPECT_EQ(number({0xFFFF}, s16), -1);
  EXPECT_EQ(number({0x8000}, s16), -32768);
  EXPECT_EQ(number({0x8000, 0}, u32), 2147483648.0);
  EXPECT_EQ(number({0x8000, 0}, s32), -2147483648.0);
  EXPECT_EQ(number({0, 0, 0, 0x0102}, u64), 258);
  EXPECT_EQ(number({0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE}, s64), -2);
  EXPECT_EQ(number({0x4037, 0, 0, 0}, float64), 23.0);
}

// Modbus notes §2.8 and §6: 230.2 V as the library's helpers have it in either order.
TEST(Registers, FloatsInBothWordOrders) {
  EXPECT_FLOAT_EQ(static_cast<float>(number({0x4366, 0x3333}, float32).value()), 230.2F);
  EXPECT_FLOAT_EQ(
      static_cast<float>(number({0x3333, 0x4366}, float32, WordOrder::low_first).value()), 230.2F);
  EXPECT_EQ(number({1, 0}, u32, WordOrder::low_first), 1);
}

TEST(Registers, NoNumberIsNoReading) {
  EXPECT_FALSE(number({0x7FC0, 0}, float32));  // no data, Modbus notes §3.9
  EXPECT_FALSE(number({0x7F80, 0}, float32));  // over range
  EXPECT_FALSE(number({0xFF80, 0}, float32));
  EXPECT_FALSE(number({0xFFC0, 0}, float32));  // Modbus notes §3.4
  EXPECT_FALSE(number({0x7FF0, 0, 0, 0}, float64));
}

// Modbus notes §1 and §6.
TEST(Crc, ReferenceValues) {
  const std::string check = "123456789";
  EXPECT_EQ(crc16(std::vector<std::uint8_t>(check.begin(), check.end())), 0x4B37);
  const std::vector<std::uint8_t> frame{0x01, 0x04, 0x04, 0x43, 0x66, 0x33, 0x33, 0x5A, 0xFA};
  EXPECT_TRUE(crc_is_right(frame));
  for (std::size_t i = 0; i < frame.size() * 8; ++i) {
    auto flipped = frame;
    flipped[i / 8] = static_cast<std::uint8_t>(flipped[i / 8] ^ 1U << i % 8);
    EXPECT_FALSE(crc_is_right(flipped)) << "bit " << i;
  }
}

}  // namespace
}  // namespace plugrig::modbus
