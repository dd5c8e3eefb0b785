#include "drivers/serial/ftdi/inverted_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plugrig::ftdi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

EepromImage image_with(std::uint16_t word_5) {
  EepromImage image;
  image.words.resize(64);
  image.words[5] = word_5;
  image.state = EepromImage::State::valid;
  return image;
}

TEST(InvertedLines, AreTheBitsOfTheHighByteInTheOrderOfThePins) {
  EXPECT_THAT(*inverted_lines(ChipKind::ft232r, image_with(0x00FF)), IsEmpty());
  EXPECT_THAT(*inverted_lines(ChipKind::ft232r, image_with(0x1000)), ElementsAre("DTR"));
  EXPECT_THAT(*inverted_lines(ChipKind::ft232r, image_with(0xFF00)),
              ElementsAre("TXD", "RXD", "RTS", "CTS", "DTR", "DSR", "DCD", "RI"));
}

TEST(InvertedLines, AreNotGuessed) {
  for (const auto chip : {ChipKind::ft_x, ChipKind::ft232h, ChipKind::ft2232h, ChipKind::ft4232h})
    EXPECT_FALSE(inverted_lines(chip, image_with(0xFF00)).has_value());
  for (const auto state : {EepromImage::State::blank, EepromImage::State::corrupt}) {
    auto image = image_with(0xFF00);
    image.state = state;
    EXPECT_FALSE(inverted_lines(ChipKind::ft232r, image).has_value());
  }
  auto cut = image_with(0);
  cut.words.resize(5);
  EXPECT_FALSE(inverted_lines(ChipKind::ft232r, cut).has_value());
}

}  // namespace
}  // namespace plugrig::ftdi
