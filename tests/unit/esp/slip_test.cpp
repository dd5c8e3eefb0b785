#include "drivers/esp/slip.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace plugrig::esp {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes only_frame(SlipDecoder& decoder) {
  const auto frame = decoder.next();
  if (!frame || frame->kind != SlipFrame::Kind::good || decoder.next()) return {};
  return frame->bytes;
}

TEST(Slip, EscapesEndAndEscape) {
  EXPECT_EQ(slip_encode(Bytes{0x01, 0xC0, 0xDB, 0x02}),
            (Bytes{0xC0, 0x01, 0xDB, 0xDC, 0xDB, 0xDD, 0x02, 0xC0}));
}

TEST(Slip, RoundTripOfAnyContentInAnyPieces) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    Bytes payload(1 + random() % 300);
    // Half of the bytes are special, so that all pairs of them occur.
    constexpr std::array<std::uint8_t, 4> special{0xC0, 0xDB, 0xDC, 0xDD};
    for (auto& byte : payload) {
      byte = random() % 2 == 0 ? special.at(random() % 4) : static_cast<std::uint8_t>(random());
    }
    const Bytes wire = slip_encode(payload);
    SlipDecoder decoder;
    for (std::size_t at = 0; at < wire.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 7, wire.size() - at);
      decoder.feed(std::span(wire).subspan(at, size));
      at += size;
    }
    ASSERT_EQ(only_frame(decoder), payload);
    EXPECT_TRUE(decoder.take_stray().empty());
  }
}

TEST(Slip, TextBetweenFramesIsKeptApart) {
  SlipDecoder decoder;
  decoder.feed(Bytes{'e', 't', 's', 0xC0, 1, 2, 0xC0, 'x', 0xC0, 3, 0xC0, '!'});
  EXPECT_EQ(decoder.next()->bytes, (Bytes{1, 2}));
  EXPECT_EQ(decoder.next()->bytes, (Bytes{3}));
  EXPECT_FALSE(decoder.next());
  EXPECT_EQ(decoder.take_stray(), (Bytes{'e', 't', 's', 'x', '!'}));
  EXPECT_TRUE(decoder.take_stray().empty());
}

TEST(Slip, EmptyFramesAreNoFrames) {
  SlipDecoder decoder;
  decoder.feed(Bytes{0xC0, 0xC0, 0xC0, 5, 0xC0});
  EXPECT_EQ(only_frame(decoder), (Bytes{5}));
}

TEST(Slip, LostEndCostsOneFrameAtMost) {
  // Frame 1 has lost its end: its bytes end at the start of frame 2, which becomes stray.
  SlipDecoder decoder;
  decoder.feed(Bytes{0xC0, 1, 1, /* lost C0 */ 0xC0, 2, 2, 0xC0, 0xC0, 3, 3, 0xC0});
  EXPECT_EQ(decoder.next()->bytes, (Bytes{1, 1}));
  EXPECT_EQ(decoder.next()->bytes, (Bytes{3, 3}));
}

TEST(Slip, UnknownEscapeIsReportedAsDamage) {
  SlipDecoder decoder;
  decoder.feed(Bytes{0xC0, 1, 0xDB, 0x41, 2, 0xC0, 0xC0, 9, 0xC0});
  EXPECT_EQ(decoder.next()->kind, SlipFrame::Kind::bad_escape);
  EXPECT_EQ(only_frame(decoder), (Bytes{9}));
}

TEST(Slip, EscapeRightBeforeTheEndIsDamage) {
  SlipDecoder decoder;
  decoder.feed(Bytes{0xC0, 1, 0xDB, 0xC0});
  EXPECT_EQ(decoder.next()->kind, SlipFrame::Kind::bad_escape);
}

TEST(Slip, LongestFramePassesOneMoreIsDamage) {
  SlipDecoder decoder;
  decoder.feed(slip_encode(Bytes(slip_max_frame, 0x55)));
  EXPECT_EQ(only_frame(decoder).size(), slip_max_frame);
  decoder.feed(slip_encode(Bytes(slip_max_frame + 1, 0x55)));
  const auto frame = decoder.next();
  EXPECT_EQ(frame->kind, SlipFrame::Kind::too_long);
  EXPECT_EQ(frame->bytes.size(), slip_max_frame);
}

TEST(Slip, StrayIsBoundedAndKeepsTheEnd) {
  SlipDecoder decoder;
  decoder.feed(Bytes(10000, 'a'));
  decoder.feed(Bytes{'z'});
  const Bytes stray = decoder.take_stray();
  EXPECT_EQ(stray.size(), 4096U);
  EXPECT_EQ(stray.back(), 'z');
}

}  // namespace
}  // namespace plugrig::esp
