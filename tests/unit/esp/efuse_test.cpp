#include "drivers/esp/efuse.hpp"

#include <gtest/gtest.h>

namespace plugrig::esp {
namespace {

constexpr std::uint32_t kMi = 1024U * 1024U;

TEST(Efuse, MacWithOwnOui) {
  const EfuseFacts facts = decode_efuse({0x78000000, 0x02003456, 0, 0x00A4CF12});
  EXPECT_EQ(facts.mac, "A4:CF:12:34:56:78");
}

TEST(Efuse, MacWithFixedOuis) {
  EXPECT_EQ(decode_efuse({0x78000000, 0x00003456, 0, 0}).mac, "18:FE:34:34:56:78");
  EXPECT_EQ(decode_efuse({0x78000000, 0x00013456, 0, 0}).mac, "AC:D0:74:34:56:78");
  EXPECT_EQ(decode_efuse({0x78000000, 0x00023456, 0, 0}).mac, "") << "unknown maker, no invention";
}

TEST(Efuse, ChipAndEmbeddedFlash) {
  constexpr std::uint32_t w0b4 = 1U << 4U, w0b5 = 1U << 5U, w2b16 = 1U << 16U;
  constexpr std::uint32_t b25 = 1U << 25U, b26 = 1U << 26U, b27 = 1U << 27U;
  struct Row {
    EfuseWords words;
    bool esp8285;
    std::uint32_t bytes;
    const char* package;
  };
  const Row rows[] = {
      {{0, 0, 0, 1}, false, 0, ""},
      {{w0b4, 0, 0, 1}, true, kMi, "ESP8285N08"},
      {{w0b4 | w0b5, 0, 0, 1}, true, kMi, "ESP8285H08"},
      {{w0b4, 0, 0, b26}, true, 2 * kMi, "ESP8285N16"},
      {{0, 0, w2b16, b25}, true, 2 * kMi, "ESP8285N16"},
      {{0, 0, w2b16, b25 | b26}, true, 4 * kMi, "ESP8285N32"},
      {{0, 0, w2b16, 1}, true, 0, ""},
      {{w0b4, 0, 0, b27}, true, 0, ""},
  };
  for (const Row& row : rows) {
    const EfuseFacts facts = decode_efuse(row.words);
    EXPECT_EQ(facts.esp8285, row.esp8285);
    EXPECT_EQ(facts.embedded_bytes, row.bytes);
    EXPECT_EQ(facts.package, row.package);
  }
}

TEST(Efuse, FlashSizeById) {
  EXPECT_EQ(flash_bytes_of(0x144051), kMi) << "seen in a Gosund plug";
  EXPECT_EQ(flash_bytes_of(0x1640EF), 4 * kMi);
  EXPECT_EQ(flash_bytes_of(0x1340C8), kMi / 2);
  EXPECT_EQ(flash_bytes_of(0x01851F), kMi) << "Adesto counts in the type byte";
  EXPECT_EQ(flash_bytes_of(0x000000), 0U);
  EXPECT_EQ(flash_bytes_of(0xFFFFFF), 0U);
  EXPECT_EQ(flash_bytes_of(0x0340EF), 0U) << "capacity outside the table";
  EXPECT_TRUE(flash_absent(0));
  EXPECT_TRUE(flash_absent(0xFFFFFF));
  EXPECT_FALSE(flash_absent(0x144051));
}

TEST(Efuse, CrystalAndDivisors) {
  EXPECT_EQ(crystal_MHz(451, 115200), 26U);
  EXPECT_EQ(crystal_MHz(694, 115200), 40U);
  // Table of the ESP8266 flashing notes, baud rates.
  EXPECT_EQ(uart_divisor(26, 115200), 451U);
  EXPECT_EQ(uart_divisor(26, 460800), 113U);
  EXPECT_EQ(uart_divisor(26, 921600), 56U);
  EXPECT_EQ(uart_divisor(26, 1'000'000), 52U);
  EXPECT_EQ(uart_divisor(26, 2'000'000), 26U);
}

}  // namespace
}  // namespace plugrig::esp
