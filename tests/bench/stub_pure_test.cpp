// The stub's pure parts, compiled for the host: the SLIP receiver and the baud rate arithmetic.

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <vector>

namespace {

#include "drivers/esp/stub/types.h"

std::deque<u8>& fifo() {
  static std::deque<u8> bytes;
  return bytes;
}

using fifo_source = std::deque<u8>*;
inline fifo_source fifo_open() { return &fifo(); }
inline u32 fifo_read(fifo_source source) {
  const u32 byte = source->front();
  source->pop_front();
  return byte;
}

#include "drivers/esp/stub/baud.h"
#include "drivers/esp/stub/receiver.h"

class Receiver : public testing::Test {
 protected:
  void feed(const std::vector<u8>& bytes, std::size_t at_once = 1000) {
    for (std::size_t at = 0; at < bytes.size(); at += at_once) {
      const std::size_t count = std::min(at_once, bytes.size() - at);
      fifo().insert(fifo().end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    bytes.begin() + static_cast<std::ptrdiff_t>(at + count));
      receive(&receiver_, slots_->data(), static_cast<u32>(count));
    }
  }

  struct Got {
    std::vector<u8> bytes;
    u32 sum;
    bool damaged;
  };

  // The frames that wait, in order; their slots are free afterwards.
  std::vector<Got> take() {
    std::vector<Got> out;
    for (;;) {
      slot& next = (*slots_)[taken_];
      if (next.ready == 0) return out;
      const auto* bytes = reinterpret_cast<const u8*>(next.word);
      out.push_back({{bytes, bytes + next.size}, next.sum, next.damaged != 0});
      next.ready = 0;
      taken_ = (taken_ + 1) % SLOTS;
    }
  }

  std::vector<std::vector<u8>> frames() {
    std::vector<std::vector<u8>> out;
    for (const Got& got : take()) out.push_back(got.bytes);
    return out;
  }

  receiver receiver_{};
  std::unique_ptr<std::array<slot, SLOTS>> slots_ = std::make_unique<std::array<slot, SLOTS>>();
  std::size_t taken_ = 0;
};

using Frames = std::vector<std::vector<u8>>;

TEST_F(Receiver, UnescapesAndSums) {
  feed({0xC0, 1, 0xDB, 0xDC, 0xDB, 0xDD, 2, 0xC0});
  const auto got = take();
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].bytes, (std::vector<u8>{1, 0xC0, 0xDB, 2}));
  EXPECT_EQ(got[0].sum, 1U ^ 0xC0U ^ 0xDBU ^ 2U);
  EXPECT_FALSE(got[0].damaged);
}

TEST_F(Receiver, StateSurvivesEveryCutOfTheStream) {
  for (std::size_t at_once = 1; at_once != 9; ++at_once) {
    feed({0xC0, 1, 0xDB, 0xDC, 0xDB, 0xDD, 2, 0xC0}, at_once);
    EXPECT_EQ(frames(), (Frames{{1, 0xC0, 0xDB, 2}})) << at_once;
  }
}

TEST_F(Receiver, DropsWhatComesBeforeTheFirstEnd) {
  feed({9, 9, 9, 0xC0, 1, 0xC0});
  EXPECT_EQ(frames(), (Frames{{1}}));
}

TEST_F(Receiver, IgnoresEmptyFrames) {
  feed({0xC0, 0xC0, 0xC0, 1, 0xC0, 0xC0, 0xC0, 0xC0, 2, 0xC0});
  EXPECT_EQ(frames(), (Frames{{1}, {2}}));
}

TEST_F(Receiver, ALostEndCostsOneFrameOnly) {
  feed({0xC0, 1, /* END lost */ 0xC0, 2, 0xC0, 0xC0, 3, 0xC0});
  EXPECT_EQ(frames(), (Frames{{1}, {2}, {3}}));
}

TEST_F(Receiver, NoiseBetweenFramesStaysOutOfThem) {
  feed({0xC0, 1, 0xC0, 7, 7, 0xC0, 2, 0xC0});
  EXPECT_EQ(frames(), (Frames{{1}, {7, 7}, {2}}));
}

TEST_F(Receiver, ImpossibleEscapesMarkTheFrame) {
  feed({0xC0, 1, 0xDB, 0x22, 2, 0xC0, 0xC0, 3, 0xDB, 0xC0, 0xC0, 4, 0xC0});
  const auto got = take();
  ASSERT_EQ(got.size(), 3U);
  EXPECT_TRUE(got[0].damaged);
  EXPECT_TRUE(got[1].damaged);
  EXPECT_FALSE(got[2].damaged);
}

TEST_F(Receiver, ALongFrameIsMarkedAndStopsAtTheLimit) {
  std::vector<u8> bytes(FRAME_MAX, 0x11);
  bytes.insert(bytes.begin(), 0xC0);
  bytes.push_back(0xC0);
  feed(bytes);
  bytes.insert(bytes.begin() + 1, 0x11);
  feed(bytes);
  const auto got = take();
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].bytes.size(), std::size_t{FRAME_MAX});
  EXPECT_FALSE(got[0].damaged);
  EXPECT_EQ(got[1].bytes.size(), std::size_t{FRAME_MAX});
  EXPECT_TRUE(got[1].damaged);
}

TEST_F(Receiver, WithoutAFreeSlotAWholeFrameIsLostAndCounted) {
  feed({0xC0, 1, 0xC0, 0xC0, 2, 0xC0, 0xC0, 3, 0xC0, 0xC0, 4, 0xC0});
  EXPECT_EQ(receiver_.lost, 1U);
  EXPECT_EQ(frames(), (Frames{{1}, {2}, {3}}));
  feed({0xC0, 5, 0xC0});
  EXPECT_EQ(frames(), (Frames{{5}}));
  EXPECT_EQ(receiver_.lost, 1U);
}

TEST_F(Receiver, ASlotFreedInTheMiddleOfAFrameWaitsForTheNext) {
  feed({0xC0, 1, 0xC0, 2, 0xC0, 3, 0xC0, 4});
  EXPECT_EQ(frames().size(), 3U);
  feed({4, 0xC0, 5, 0xC0});
  EXPECT_EQ(frames(), (Frames{{5}}));
}

// The divisor that a search over all divisors finds to be nearest.
u32 searched(u32 clock_Hz, u32 baud) {
  u32 best = 1;
  const auto error = [&](u32 divisor) {
    return std::abs(static_cast<double>(clock_Hz) / divisor - baud);
  };
  for (u32 divisor = 1; divisor != 3000; ++divisor) {
    if (error(divisor) < error(best)) best = divisor;
  }
  return best;
}

TEST(Baud, NearestDivisor) {
  for (const u32 clock_Hz : {52000000U, 80000000U}) {
    for (const u32 baud : {38400U, 74880U, 115200U, 230400U, 460800U, 921600U, 1000000U, 1500000U,
                           2000000U, 2600000U, 3000000U, 4000000U}) {
      EXPECT_EQ(nearest_divisor(clock_Hz, baud), searched(clock_Hz, baud))
          << clock_Hz << ' ' << baud;
    }
  }
}

TEST(Baud, FindsTheCrystalFromWhatIsInForce) {
  EXPECT_EQ(divisor_for(451, 115200, 2000000), 26U);
  EXPECT_EQ(divisor_for(448, 115200, 2000000), 26U);  // as autobaud measures it
  EXPECT_EQ(divisor_for(694, 115200, 2000000), 40U);  // 40 MHz crystal
  EXPECT_EQ(divisor_for(26, 2000000, 115200), 451U);
  EXPECT_EQ(divisor_for(451, 0, 1000000), 52U);
}

TEST(Baud, RefusesWhatNoDivisorGives) {
  EXPECT_EQ(divisor_for(451, 115200, 0), 0U);
  EXPECT_EQ(divisor_for(451, 115200, 100), 0U);
  EXPECT_EQ(divisor_for(451, 115200, 3600000), 0U);  // 14: 3.71, 15: 3.47
  EXPECT_EQ(divisor_for(451, 115200, 80000000), 0U);
  EXPECT_EQ(divisor_for(451, 115200, 3000000), 17U);  // 1.96 % off
}

}  // namespace
