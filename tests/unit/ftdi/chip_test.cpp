#include "drivers/serial/ftdi/chip.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace plugrig::ftdi {
namespace {

constexpr ChipKind kAll[] = {ChipKind::ft232r, ChipKind::ft_x, ChipKind::ft232h, ChipKind::ft2232h,
                             ChipKind::ft4232h};

TEST(Chip, IsToldByBcdDevice) {
  EXPECT_EQ(kind_of_bcd(0x0600), ChipKind::ft232r);
  EXPECT_EQ(kind_of_bcd(0x1000), ChipKind::ft_x);
  EXPECT_EQ(kind_of_bcd(0x0900), ChipKind::ft232h);
  EXPECT_EQ(kind_of_bcd(0x0700), ChipKind::ft2232h);
  EXPECT_EQ(kind_of_bcd(0x0800), ChipKind::ft4232h);
}

TEST(Chip, OldOnesAndThoseThatTheLibraryMistakesAreUnknown) {
  for (const int bcd :
       {0x0200, 0x0400, 0x0500, 0x2800, 0x2900, 0x3000, 0x3200, 0x3300, 0x3600, 0}) {
    EXPECT_EQ(kind_of_bcd(static_cast<std::uint16_t>(bcd)), std::nullopt) << bcd;
  }
}

TEST(Chip, NamesAsPeopleWriteThem) {
  EXPECT_EQ(kind_named("FT4232H"), ChipKind::ft4232h);
  EXPECT_EQ(kind_named("ft2232h"), ChipKind::ft2232h);
  EXPECT_EQ(kind_named("FT230X"), ChipKind::ft_x);
  EXPECT_EQ(kind_named("ft231x"), ChipKind::ft_x);
  EXPECT_EQ(kind_named("FT4232HP"), std::nullopt);
  EXPECT_EQ(kind_named(""), std::nullopt);
  for (const ChipKind kind : kAll) EXPECT_EQ(kind_named(facts_of(kind).name), kind);
}

// FTDI facts, section 3, the table "wanted / real".
TEST(NearestRate, IsThatOfThePublishedTable) {
  struct Row {
    std::uint32_t wanted;
    double full_speed, high_speed;  ///< bit/s; 0 = refused
  };
  const Row rows[] = {{300, 300, 300},
                      {74880, 74766, 74883},
                      {115200, 115385, 115246},
                      {230400, 230769, 230216},
                      {460800, 461538, 461538},
                      {921600, 923077, 923077},
                      {1'500'000, 1'500'000, 1'500'000},
                      {2'000'000, 2'000'000, 2'000'000},
                      {3'000'000, 3'000'000, 3'000'000},
                      {4'000'000, 0, 4'000'000},
                      {12'000'000, 0, 12'000'000}};
  for (const Row& row : rows) {
    const auto slow = nearest_rate(ChipKind::ft232r, row.wanted);
    const auto fast = nearest_rate(ChipKind::ft4232h, row.wanted);
    EXPECT_NEAR(slow ? slow->achieved : 0, row.full_speed, 0.5) << row.wanted;
    EXPECT_NEAR(fast ? fast->achieved : 0, row.high_speed, 0.5) << row.wanted;
  }
}

TEST(NearestRate, NothingOutsideTheRange) {
  EXPECT_EQ(nearest_rate(ChipKind::ft232r, 0), std::nullopt);
  EXPECT_EQ(nearest_rate(ChipKind::ft232r, 183), std::nullopt);
  EXPECT_NE(nearest_rate(ChipKind::ft232r, 184), std::nullopt);
  EXPECT_EQ(nearest_rate(ChipKind::ft232r, 3'000'001), std::nullopt);
  EXPECT_EQ(nearest_rate(ChipKind::ft2232h, 12'000'001), std::nullopt);
  EXPECT_EQ(nearest_rate(ChipKind::ft2232h, 0xFFFFFFFF), std::nullopt);
}

/// The rate of the divisor that is nearest among all that section 3 allows, found by trying all.
double nearest_of_all(double base, double wanted) {
  double best = base;
  const auto consider = [&](double rate) {
    if (std::abs(rate - wanted) < std::abs(best - wanted)) best = rate;
  };
  consider(base / 1.5);
  for (int eighths = 16; eighths <= 16383 * 8 + 7; ++eighths) {
    const double rate = base * 8 / eighths;
    consider(rate);
    if (rate < wanted / 2) break;
  }
  return best;
}

TEST(NearestRate, NoDivisorIsNearer) {
  for (const std::uint32_t wanted :
       {1200U, 9600U, 57600U, 115201U, 999'999U, 1'411'000U, 1'412'000U, 1'600'000U, 1'749'999U,
        1'750'001U, 2'400'000U, 2'499'999U, 2'500'001U}) {
    EXPECT_NEAR(nearest_rate(ChipKind::ft_x, wanted)->achieved, nearest_of_all(3e6, wanted), 1e-6)
        << wanted;
    EXPECT_NEAR(nearest_rate(ChipKind::ft232h, wanted)->achieved, nearest_of_all(12e6, wanted),
                1e-6)
        << wanted;
  }
  for (const std::uint32_t wanted : {5'800'000U, 6'900'000U, 7'100'000U, 9'900'000U, 10'100'000U}) {
    EXPECT_NEAR(nearest_rate(ChipKind::ft232h, wanted)->achieved, nearest_of_all(12e6, wanted),
                1e-6)
        << wanted;
  }
}

TEST(NearestRate, SlowRatesOfHighSpeedChipsNeedTheSlowBase) {
  // 12 MHz / 16383.875 = 732.4
  EXPECT_NEAR(nearest_rate(ChipKind::ft232h, 300)->achieved, 300, 1e-9);
  EXPECT_NEAR(nearest_rate(ChipKind::ft232h, 184)->achieved, 184, 0.05);
  EXPECT_NEAR(nearest_rate(ChipKind::ft232h, 1200)->achieved, 1200, 1e-9);
}

TEST(NearestRate, ErrorIsSigned) {
  EXPECT_NEAR(nearest_rate(ChipKind::ft232r, 74880)->error(), -0.0015, 0.0001);
  EXPECT_NEAR(nearest_rate(ChipKind::ft232r, 115200)->error(), 0.0016, 0.0001);
  EXPECT_GT(nearest_rate(ChipKind::ft232r, 2'500'000)->error() *
                nearest_rate(ChipKind::ft232r, 2'500'000)->error(),
            kMaxRateError * kMaxRateError);
}

}  // namespace
}  // namespace plugrig::ftdi
