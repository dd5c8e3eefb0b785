#include <gtest/gtest.h>

#include "fixtures/twin/chip/uart0.hpp"

namespace plugrig::twin {
namespace {

constexpr std::uint64_t kByte = 10 * 451;  // cycles of a byte at 115200

class Uart0Test : public testing::Test {
 protected:
  void SetUp() override { write(Uart0::kClkDiv, 451); }
  std::uint32_t read(std::uint32_t offset) {
    std::uint32_t value = 0;
    EXPECT_TRUE(uart.read(offset, now, value));
    return value;
  }
  void write(std::uint32_t offset, std::uint32_t value) {
    EXPECT_TRUE(uart.write(offset, now, value));
  }
  /// `count` bytes back to back from the host, the first one starts now.
  void from_host(int count, std::uint32_t rate = 115200) {
    const std::int64_t byte_ps = 10'000'000'000'000LL / rate;
    for (int i = 0; i < count; ++i) {
      uart.line_add(static_cast<std::uint8_t>(i), clock.ps_of(now) + i * byte_ps, rate);
    }
  }
  void pass(std::uint64_t cycles) {
    now += cycles;
    uart.sync(now);
  }

  ChipClock clock{26'000'000};
  Uart0 uart{clock};
  std::uint64_t now = 0;
};

TEST_F(Uart0Test, BytesArriveInTheirTime) {
  from_host(2);
  pass(kByte * 9 / 10);
  EXPECT_EQ(read(Uart0::kStatus) & 0xFF, 0U);
  pass(kByte / 10);
  EXPECT_EQ(read(Uart0::kStatus) & 0xFF, 1U);
  pass(kByte);
  EXPECT_EQ(read(Uart0::kStatus) & 0xFF, 2U);
  EXPECT_EQ(read(Uart0::kFifoPort), 0U);
  EXPECT_EQ(read(Uart0::kFifoPort), 1U);
  EXPECT_EQ(read(Uart0::kStatus) & 0xFF, 0U);
}

TEST_F(Uart0Test, ThresholdInterruptComesAgainWhileTheFifoIsFull) {
  write(Uart0::kConf1, 3);
  write(Uart0::kIntEna, Uart0::kRxFull);
  from_host(3);
  pass(2 * kByte + kByte / 2);
  EXPECT_FALSE(uart.interrupt());
  pass(kByte);
  EXPECT_TRUE(uart.interrupt());
  write(Uart0::kIntClr, 0x1FF);
  EXPECT_TRUE(uart.interrupt());
  read(Uart0::kFifoPort);
  EXPECT_FALSE(uart.interrupt());
}

TEST_F(Uart0Test, TimeoutAfterSilence) {
  write(Uart0::kConf1, 100 | 10U << 24 | 1U << 31);
  write(Uart0::kIntEna, Uart0::kRxTimeout);
  from_host(1);
  pass(10 * kByte);
  EXPECT_FALSE(uart.interrupt());
  EXPECT_LT(uart.next_event(), now + 2 * kByte);
  pass(2 * kByte);
  EXPECT_TRUE(uart.interrupt());
  EXPECT_EQ(read(Uart0::kIntSt), Uart0::kRxTimeout);
  write(Uart0::kIntClr, Uart0::kRxTimeout);
  EXPECT_FALSE(uart.interrupt());
  EXPECT_EQ(uart.next_event(), kNever);
}

TEST_F(Uart0Test, OverflowIsFlaggedAndLosesBytes) {
  from_host(130);
  pass(131 * kByte);
  EXPECT_EQ(read(Uart0::kStatus) & 0xFF, 128U);
  EXPECT_EQ(read(Uart0::kIntRaw) & Uart0::kOverflow, Uart0::kOverflow);
  EXPECT_EQ(uart.overruns(), 2U);
}

TEST_F(Uart0Test, FifoResetBits) {
  from_host(5);
  for (int i = 0; i < 10; ++i) write(Uart0::kFifoPort, 'x');
  pass(6 * kByte);
  write(Uart0::kConf0, 0x1C | 1U << 17 | 1U << 18);
  EXPECT_EQ(read(Uart0::kStatus) & 0xFF00FF, 0U);
}

TEST_F(Uart0Test, SendsAtTheDivisorsRate) {
  for (const char c : {'a', 'b', 'c'}) write(Uart0::kFifoPort, static_cast<std::uint8_t>(c));
  EXPECT_EQ(read(Uart0::kStatus) >> 16 & 0xFF, 2U);  // one is on its way
  EXPECT_EQ(uart.next_event(), kByte);
  pass(2 * kByte);
  const auto sent = uart.take_sent();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].value, 'b');
  EXPECT_EQ(sent[1].end_cycle, 2 * kByte);
  EXPECT_EQ(sent[1].bit_per_s, 115299U);
}

TEST_F(Uart0Test, WrongRateGivesFramingErrors) {
  from_host(20, 57600);
  pass(41 * kByte);
  EXPECT_NE(read(Uart0::kIntRaw) & Uart0::kFraming, 0U);
}

TEST_F(Uart0Test, AutobaudCountsEdgesAndShortestPulses) {
  write(Uart0::kAutobaud, 0x801);
  pass(1);
  uart.line_add(0x55, clock.ps_of(now), 115200);
  pass(2 * kByte);
  EXPECT_EQ(read(Uart0::kEdges), 10U);
  EXPECT_EQ((read(Uart0::kLowPulse) + read(Uart0::kHighPulse)) / 2 + 12, 451U);
}

TEST_F(Uart0Test, NoRegisterBehindTheLast) {
  std::uint32_t value = 0;
  EXPECT_FALSE(uart.read(0x80, now, value));
  EXPECT_FALSE(uart.write(0x80, now, value));
}

}  // namespace
}  // namespace plugrig::twin
