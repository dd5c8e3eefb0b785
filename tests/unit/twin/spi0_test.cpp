// The SPI controller as software sees it: registers in, registers out, and the time between.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "fixtures/twin/chip/nor_flash.hpp"
#include "fixtures/twin/chip/spi0.hpp"

namespace plugrig::twin {
namespace {

using Bytes = std::vector<std::uint8_t>;

// One-shot bits of CMD, and bits of USER, as software writes them.
constexpr std::uint32_t kRead = 1U << 31, kWren = 1U << 30, kWrdi = 1U << 29, kRdid = 1U << 28,
                        kRdsr = 1U << 27, kWrsr = 1U << 26, kPp = 1U << 25, kSe = 1U << 24,
                        kBe = 1U << 23, kCe = 1U << 22, kUsr = 1U << 18;
constexpr std::uint32_t kCommand = 1U << 31, kAddress = 1U << 30, kDummy = 1U << 29,
                        kMiso = 1U << 28, kMosi = 1U << 27;

class Spi0Test : public ::testing::Test {
 protected:
  std::uint32_t get(std::uint32_t offset) {
    std::uint32_t value = 0;
    EXPECT_TRUE(spi_.read(offset, now_, value));
    return value;
  }
  void set(std::uint32_t offset, std::uint32_t value) {
    EXPECT_TRUE(spi_.write(offset, now_, value));
  }
  /// Starts CMD and waits until its bit has cleared, as software does. Returns the wire time.
  Duration run(std::uint32_t cmd) {
    set(Spi0::kCmd, cmd);
    EXPECT_EQ(get(Spi0::kCmd), cmd);
    const Duration begin = now_;
    if (spi_.next_event() != Duration::max()) now_ = spi_.next_event();
    EXPECT_EQ(get(Spi0::kCmd), 0U);
    return now_ - begin;
  }
  void wait_idle() { now_ = std::max(now_, flash_.busy_until()); }
  void fill_buffer(const Bytes& bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += 4) {
      std::uint32_t word = 0;
      for (std::size_t k = 0; k < 4 && i + k < bytes.size(); ++k) {
        word |= std::uint32_t{bytes[i + k]} << 8 * k;
      }
      set(Spi0::kW0 + static_cast<std::uint32_t>(i), word);
    }
  }
  Bytes buffer(std::size_t length) {
    Bytes out;
    for (std::uint32_t i = 0; i < length; ++i) {
      out.push_back(static_cast<std::uint8_t>(get(Spi0::kW0 + i / 4 * 4) >> i % 4 * 8));
    }
    return out;
  }
  struct User {
    std::uint8_t opcode;
    std::uint32_t phases = 0;  ///< besides the command
    unsigned address_bits = 1, dummy = 1, mosi = 1, miso = 1;
  };
  Duration user(const User& u) {
    set(Spi0::kUser, kCommand | u.phases);
    set(Spi0::kUser1,
        (u.address_bits - 1) << 26 | (u.mosi - 1) << 17 | (u.miso - 1) << 8 | (u.dummy - 1));
    set(Spi0::kUser2, 7U << 28 | u.opcode);
    return run(kUsr);
  }
  static Bytes ramp(std::size_t length) {
    Bytes out(length);
    for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<std::uint8_t>(3 + 7 * i);
    return out;
  }
  Bytes cells(std::uint32_t offset, std::size_t length) const {
    const auto part = flash_.cells().subspan(offset, length);
    return {part.begin(), part.end()};
  }

  NorFlash flash_{*find_flash_profile("gd25q80"), 1};
  Spi0 spi_{flash_, 52'000'000};
  Duration now_ = std::chrono::milliseconds{1};
};

TEST_F(Spi0Test, DefaultClockIsAQuarter) {
  EXPECT_DOUBLE_EQ(spi_.clock_Hz(), 13e6);
  set(Spi0::kClock, 1U << 31);
  EXPECT_DOUBLE_EQ(spi_.clock_Hz(), 52e6);
  set(Spi0::kClock, 4U << 18 | 1U << 12);
  EXPECT_DOUBLE_EQ(spi_.clock_Hz(), 5.2e6);
  set(Spi0::kCtrl, 1U << 12);
  EXPECT_DOUBLE_EQ(spi_.clock_Hz(), 52e6);
  spi_.set_apb(80'000'000);
  EXPECT_DOUBLE_EQ(spi_.clock_Hz(), 80e6);
}

TEST_F(Spi0Test, IdByTheBuiltInCommandAndByTheRecipe) {
  EXPECT_EQ(run(kRdid), spi_.wire_time(32));
  EXPECT_EQ(get(Spi0::kW0), 0x144051U);
  set(Spi0::kW0, 0);
  EXPECT_EQ(user({.opcode = 0x9F, .phases = kMiso, .miso = 24}), spi_.wire_time(32));
  EXPECT_EQ(get(Spi0::kW0), 0x144051U);
}

TEST_F(Spi0Test, CommandBitAndResultsWaitForTheWire) {
  flash_.load(0x1000, ramp(32));
  set(Spi0::kAddr, 32U << 24 | 0x1000);
  set(Spi0::kCmd, kRead);
  const Duration end = spi_.next_event();
  // 36 bytes at a quarter of 52 MHz: 1152 cycles.
  EXPECT_EQ(end - now_, spi_.wire_time(36 * 8));
  EXPECT_NEAR(static_cast<double>((end - now_).count()), 1152 / 52e-3, 1);
  now_ = end - Duration{1};
  EXPECT_EQ(get(Spi0::kCmd), kRead);
  EXPECT_NE(get(Spi0::kExt2) & 7, 0U);
  EXPECT_TRUE(spi_.busy(now_));
  EXPECT_EQ(get(Spi0::kW0), 0U);
  EXPECT_EQ(spi_.misuses(), 1U);
  now_ = end;
  EXPECT_EQ(get(Spi0::kCmd), 0U);
  EXPECT_EQ(get(Spi0::kExt2) & 7, 0U);
  EXPECT_EQ(buffer(32), ramp(32));
  EXPECT_EQ(spi_.next_event(), Duration::max());
  EXPECT_EQ(spi_.misuses(), 1U);
}

TEST_F(Spi0Test, BuiltInReadTakesUpTo64BytesAndLeavesTheRest) {
  flash_.load(0x20, ramp(64));
  set(Spi0::kAddr, 64U << 24 | 0x20);
  run(kRead);
  EXPECT_EQ(buffer(64), ramp(64));
  flash_.load(0x80, Bytes{9, 8, 7, 6, 5});
  set(Spi0::kAddr, 5U << 24 | 0x80);
  run(kRead);
  Bytes expected = ramp(64);
  std::copy_n(Bytes{9, 8, 7, 6, 5}.begin(), 5, expected.begin());
  EXPECT_EQ(buffer(64), expected);
}

TEST_F(Spi0Test, FastReadCostsItsDummyByte) {
  flash_.load(0, ramp(4));
  set(Spi0::kAddr, 4U << 24);
  set(Spi0::kCtrl, 1U << 13);
  EXPECT_EQ(run(kRead), spi_.wire_time(9 * 8));
  EXPECT_EQ(buffer(4), ramp(4));
}

TEST_F(Spi0Test, BuiltInWriteEnableProgramAndStatus) {
  run(kWren);
  run(kRdsr);
  EXPECT_EQ(get(Spi0::kRdStatus), NorFlash::kWel);
  run(kWrdi);
  run(kRdsr);
  EXPECT_EQ(get(Spi0::kRdStatus), 0U);

  fill_buffer(ramp(64));
  run(kWren);
  set(Spi0::kAddr, 64U << 24 | 0x1040);
  EXPECT_EQ(run(kPp), spi_.wire_time(68 * 8));
  run(kRdsr);
  EXPECT_EQ(get(Spi0::kRdStatus) & NorFlash::kWip, NorFlash::kWip);
  wait_idle();
  run(kRdsr);
  EXPECT_EQ(get(Spi0::kRdStatus), 0U);
  EXPECT_EQ(cells(0x1040, 64), ramp(64));
  EXPECT_EQ(cells(0x1080, 1), Bytes{0xFF});
}

TEST_F(Spi0Test, ProgramWithoutWriteEnableDoesNothing) {
  set(Spi0::kAddr, 4U << 24);
  run(kPp);
  EXPECT_FALSE(flash_.busy(now_));
  EXPECT_EQ(cells(0, 4), Bytes(4, 0xFF));
}

TEST_F(Spi0Test, BuiltInErases) {
  for (const std::uint32_t cmd : {kSe, kBe, kCe}) {
    flash_.load(0x12345, Bytes{0});
    run(kWren);
    set(Spi0::kAddr, 0x12345);
    run(cmd);
    EXPECT_TRUE(flash_.busy(now_));
    wait_idle();
    EXPECT_EQ(cells(0x12345, 1), Bytes{0xFF});
  }
  EXPECT_EQ(flash_.work().erases, 3U);
}

TEST_F(Spi0Test, StatusWriteWithOneAndTwoBytes) {
  run(kWren);
  set(Spi0::kRdStatus, 0x021C);
  run(kWrsr);
  wait_idle();
  EXPECT_EQ(flash_.read_status(now_), 0x1C);
  EXPECT_EQ(flash_.read_status(now_, 2), 0);
  set(Spi0::kCtrl, 1U << 22);
  run(kWren);
  set(Spi0::kRdStatus, 0x0200);
  run(kWrsr);
  wait_idle();
  EXPECT_EQ(flash_.read_status(now_), 0);
  EXPECT_EQ(flash_.read_status(now_, 2), 2);
}

TEST_F(Spi0Test, UserReadWithLeftAlignedAddress) {
  flash_.load(0x12345, ramp(64));
  set(Spi0::kAddr, 0x12345U << 8);
  user({.opcode = 0x03, .phases = kAddress | kMiso, .address_bits = 24, .miso = 512});
  EXPECT_EQ(buffer(64), ramp(64));
}

TEST_F(Spi0Test, UserFastReadWithDummyBits) {
  flash_.load(0x12345, ramp(8));
  set(Spi0::kAddr, 0x12345U << 8);
  const Duration took = user({.opcode = 0x0B,
                              .phases = kAddress | kDummy | kMiso,
                              .address_bits = 24,
                              .dummy = 8,
                              .miso = 64});
  EXPECT_EQ(buffer(8), ramp(8));
  EXPECT_EQ(took, spi_.wire_time(8 + 24 + 8 + 64));
}

TEST_F(Spi0Test, UserProgramTakesDataFromEitherHalf) {
  user({.opcode = 0x06});
  fill_buffer(ramp(64));
  set(Spi0::kAddr, 0x300U << 8);
  user({.opcode = 0x02, .phases = kAddress | kMosi, .address_bits = 24, .mosi = 512});
  wait_idle();
  EXPECT_EQ(cells(0x300, 64), ramp(64));

  user({.opcode = 0x06});
  set(Spi0::kAddr, 0x400U << 8);
  user({.opcode = 0x02, .phases = kAddress | kMosi | 1U << 25, .address_bits = 24, .mosi = 64});
  wait_idle();
  const Bytes all = ramp(64);
  EXPECT_EQ(cells(0x400, 8), Bytes(all.begin() + 32, all.begin() + 40));
}

TEST_F(Spi0Test, UserAnswerIntoTheUpperHalf) {
  user({.opcode = 0x9F, .phases = kMiso | 1U << 24, .miso = 24});
  EXPECT_EQ(get(Spi0::kW0), 0U);
  EXPECT_EQ(get(Spi0::kW0 + 32), 0x144051U);
}

TEST_F(Spi0Test, AnAnswerOffTheByteBoundaryAndOfOddLength) {
  flash_.load(0, Bytes{0b10110011, 0b01011010, 0xFF});
  // Four dummy bits too many for 0B: the first four bits of the answer go by unheard.
  set(Spi0::kAddr, 0);
  user({.opcode = 0x0B,
        .phases = kAddress | kDummy | kMiso,
        .address_bits = 24,
        .dummy = 12,
        .miso = 10});
  EXPECT_EQ(get(Spi0::kW0), 0b10'000000'00110101U);
}

TEST_F(Spi0Test, UserStatusWriteAndRead) {
  user({.opcode = 0x06});
  set(Spi0::kW0, 0x1C);
  user({.opcode = 0x01, .phases = kMosi, .mosi = 8});
  set(Spi0::kW0, 0);
  user({.opcode = 0x05, .phases = kMiso, .miso = 8});
  EXPECT_EQ(get(Spi0::kW0), 0x1CU | NorFlash::kWip | NorFlash::kWel);
  wait_idle();
  user({.opcode = 0x05, .phases = kMiso, .miso = 8});
  EXPECT_EQ(get(Spi0::kW0), 0x1CU);
}

TEST_F(Spi0Test, UserEraseAndUniqueId) {
  flash_.load(0x8000, Bytes{0});
  user({.opcode = 0x06});
  set(Spi0::kAddr, 0x8000U << 8);
  user({.opcode = 0x20, .phases = kAddress, .address_bits = 24});
  wait_idle();
  EXPECT_EQ(cells(0x8000, 1), Bytes{0xFF});
  user({.opcode = 0x4B, .phases = kDummy | kMiso, .dummy = 32, .miso = 64});
  EXPECT_NE(get(Spi0::kW0), 0xFFFFFFFFU);
}

TEST_F(Spi0Test, AnAddressOfOddLengthIsNotAnErase) {
  flash_.load(0, Bytes{0});
  user({.opcode = 0x06});
  set(Spi0::kAddr, 0);
  user({.opcode = 0x20, .phases = kAddress, .address_bits = 23 - 7});
  EXPECT_EQ(cells(0, 1), Bytes{0});
  EXPECT_FALSE(flash_.busy(now_));
}

TEST_F(Spi0Test, ACommandOverARunningOneIsRefusedAndCounted) {
  set(Spi0::kCmd, kRdid);
  set(Spi0::kCmd, kWren);
  set(Spi0::kW0, 0x55);
  EXPECT_EQ(spi_.misuses(), 2U);
  now_ = spi_.next_event();
  EXPECT_EQ(get(Spi0::kW0), 0x144051U);
  EXPECT_EQ(flash_.read_status(now_), 0);
}

TEST_F(Spi0Test, WhileTheFlashIsBusyReadsGiveFF) {
  run(kWren);
  set(Spi0::kAddr, 0);
  run(kSe);
  run(kRdid);
  EXPECT_EQ(get(Spi0::kW0), 0xFFFFFFU);
}

TEST_F(Spi0Test, NoFlashReadsAllOnes) {
  NorFlash none(*find_flash_profile("absent"), 1);
  Spi0 spi(none, 52'000'000);
  std::uint32_t value = 0;
  spi.write(Spi0::kCmd, now_, kRdid);
  spi.read(Spi0::kW0, spi.next_event(), value);
  EXPECT_EQ(value, 0xFFFFFFU);
}

TEST_F(Spi0Test, ResetCutsTheTransferAndRestoresTheClock) {
  set(Spi0::kClock, 1U << 31);
  set(Spi0::kCmd, kRdid);
  spi_.reset();
  EXPECT_EQ(spi_.next_event(), Duration::max());
  EXPECT_EQ(get(Spi0::kCmd), 0U);
  EXPECT_EQ(get(Spi0::kW0), 0U);
  EXPECT_DOUBLE_EQ(spi_.clock_Hz(), 13e6);
}

TEST_F(Spi0Test, OffsetsOutsideAreNotItsOwn) {
  std::uint32_t value = 0;
  EXPECT_FALSE(spi_.read(0x100, now_, value));
  EXPECT_FALSE(spi_.write(0x100, now_, 0));
  EXPECT_TRUE(spi_.read(0xFC, now_, value));
}

TEST_F(Spi0Test, OtherRegistersKeepWhatIsWritten) {
  for (const std::uint32_t offset : {0x0CU, 0x14U, 0x28U, 0x2CU, 0xF0U}) {
    set(offset, 0xA5A50000U + offset);
    EXPECT_EQ(get(offset), 0xA5A50000U + offset);
  }
}

TEST_F(Spi0Test, CmdWithNoKnownBitStartsNothing) {
  set(Spi0::kCmd, 1);
  EXPECT_EQ(get(Spi0::kCmd), 0U);
  EXPECT_EQ(spi_.next_event(), Duration::max());
}

}  // namespace
}  // namespace plugrig::twin
