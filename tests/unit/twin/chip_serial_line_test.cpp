#include <gtest/gtest.h>

#include "fixtures/twin/chip/serial_line.hpp"

namespace plugrig::twin {
namespace {

constexpr double kPsPerS = 1e12;

/// What a receiver at `rate` makes of `value` sent at `sent`.
std::optional<SerialLine::Sampled> received(std::uint8_t value, std::uint32_t sent, double rate) {
  SerialLine line;
  line.add(value, 1'000'000, sent);
  return line.receive(0, kPsPerS / rate);
}

int wrong_of_256(std::uint32_t sent, double rate) {
  int wrong = 0;
  for (unsigned value = 0; value < 256; ++value) {
    const auto byte = received(static_cast<std::uint8_t>(value), sent, rate);
    if (!byte || byte->value != value || byte->framing_error) ++wrong;
  }
  return wrong;
}

TEST(SerialLine, SmallDifferencesOfRateAreHarmless) {
  EXPECT_EQ(wrong_of_256(115200, 115200), 0);
  EXPECT_EQ(wrong_of_256(115200, 115200 * 1.03), 0);
  EXPECT_EQ(wrong_of_256(115200, 115200 * 0.97), 0);
}

TEST(SerialLine, LargeDifferencesGarble) {
  EXPECT_GT(wrong_of_256(115200, 115200 * 1.07), 64);
  EXPECT_GT(wrong_of_256(115200, 115200 * 0.93), 64);
  EXPECT_GT(wrong_of_256(74880, 115200), 250);
}

TEST(SerialLine, FasterSenderLooksLikeAGlitchOrGarbage) {
  // Ten bits at 921600 fit into one bit at 74880: no start bit is seen for a byte of ones.
  EXPECT_FALSE(received(0xFF, 921600, 74880));
}

TEST(SerialLine, BackToBackBytes) {
  SerialLine line;
  const std::int64_t byte_ps = 10 * 1'000'000'000'000LL / 115200;
  for (int i = 0; i < 3; ++i) line.add(static_cast<std::uint8_t>(0x80 + i), i * byte_ps, 115200);
  std::int64_t from = 0;
  for (int i = 0; i < 3; ++i) {
    const auto byte = line.receive(from, kPsPerS / 115200);
    ASSERT_TRUE(byte);
    EXPECT_EQ(byte->value, 0x80 + i);
    from = byte->end_ps;
  }
  EXPECT_FALSE(line.receive(from, kPsPerS / 115200));
}

TEST(SerialLine, EdgesOfAByte) {
  SerialLine line;
  line.add(0x55, 0, 1'000'000);  // start, 1 0 1 0 1 0 1 0, stop: an edge a bit
  int edges = 0;
  std::int64_t at = -1;
  while (const auto edge = line.next_edge(at)) {
    EXPECT_EQ(edge->at_ps, edges * 1'000'000);
    EXPECT_EQ(edge->rises, edges % 2 == 1);
    at = edge->at_ps;
    ++edges;
  }
  EXPECT_EQ(edges, 10);
}

}  // namespace
}  // namespace plugrig::twin
