#include "sequences/steps/flash_range.hpp"

#include <gtest/gtest.h>

namespace plugrig::steps {
namespace {

constexpr std::uint32_t mib = 0x100000;

TEST(FlashRange, NamesTheWholeChipAndTheSettings) {
  EXPECT_EQ(parse_flash_range("all", mib), (FlashRange{0, mib}));
  EXPECT_EQ(parse_flash_range("settings", mib), (FlashRange{0xF3000, 0xD000}));
  EXPECT_EQ(parse_flash_range("settings", 0x80000), std::nullopt);
}

TEST(FlashRange, TakesDecimalAndHexadecimalNumbers) {
  EXPECT_EQ(parse_flash_range("0x1000+4096", mib), (FlashRange{0x1000, 4096}));
  EXPECT_EQ(parse_flash_range("0+0x100000", mib), (FlashRange{0, mib}));
}

TEST(FlashRange, RefusesWhatIsNoPartOfTheChip) {
  for (const auto* text : {"", "+", "0x1000", "0x1000+", "+4096", "1+0", "x+1", "0x+1", "-1+2",
                           "0+0x100001", "0x100000+1", "4294967295+4294967295", "1 + 2", "ALL"})
    EXPECT_EQ(parse_flash_range(text, mib), std::nullopt) << text;
}

}  // namespace
}  // namespace plugrig::steps
