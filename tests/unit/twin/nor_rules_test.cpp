// The rules every die of the simulated flash obeys, whatever its profile.

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "fixtures/twin/chip/nor_flash.hpp"

namespace plugrig::twin {
namespace {

using Bytes = std::vector<std::uint8_t>;
using std::chrono::microseconds;
using std::chrono::milliseconds;

class NorRules : public ::testing::Test {
 protected:
  void program(std::uint32_t address, const Bytes& bytes) {
    flash_.write_enable(now_);
    flash_.program(address, bytes, now_);
    now_ = flash_.busy_until();
  }
  void finish() { now_ = std::max(now_, flash_.busy_until()); }
  Bytes read(std::uint32_t address, std::size_t length) {
    Bytes out(length);
    flash_.read(address, out, now_);
    return out;
  }
  void set_status(std::uint8_t value) {
    flash_.write_enable(now_);
    flash_.write_status(Bytes{value}, now_);
    finish();
  }
  Bytes transfer(Bytes sent, std::size_t answer = 0) {
    sent.resize(sent.size() + answer, 0xFF);
    Bytes received(sent.size());
    flash_.transfer(sent, received, now_);
    return {received.end() - static_cast<std::ptrdiff_t>(answer), received.end()};
  }

  NorFlash flash_{*find_flash_profile("gd25q80"), 7};
  Duration now_{milliseconds{1}};
};

TEST_F(NorRules, ANewDieIsErased) {
  EXPECT_TRUE(std::all_of(flash_.cells().begin(), flash_.cells().end(),
                          [](std::uint8_t b) { return b == 0xFF; }));
  EXPECT_EQ(flash_.cells().size(), 1U << 20);
}

TEST_F(NorRules, ProgramOnlyClearsBits) {
  program(0x1000, {0xF0, 0x0F});
  program(0x1000, {0x3C, 0xFF});
  EXPECT_EQ(read(0x1000, 3), (Bytes{0x30, 0x0F, 0xFF}));
}

TEST_F(NorRules, ProgramWrapsInsideItsPage) {
  program(0x20FE, {1, 2, 3, 4});
  EXPECT_EQ(read(0x20FE, 3), (Bytes{1, 2, 0xFF}));
  EXPECT_EQ(read(0x2000, 3), (Bytes{3, 4, 0xFF}));
}

TEST_F(NorRules, OfMoreThanAPageTheLastBytesCount) {
  Bytes bytes(258);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  program(0x3000, bytes);
  // Bytes 0 and 1 of the page were loaded twice; the first two of the command were lost.
  EXPECT_EQ(read(0x3000, 4), (Bytes{0, 1, 2, 3}));
  EXPECT_EQ(read(0x30FF, 2), (Bytes{0xFF, 0xFF}));
}

TEST_F(NorRules, ProgramAndEraseNeedWriteEnableEachTime) {
  flash_.program(0, Bytes{0}, now_);
  EXPECT_FALSE(flash_.busy(now_));
  EXPECT_EQ(read(0, 1), Bytes{0xFF});
  program(0, {0x55});
  flash_.program(1, Bytes{0}, now_);
  flash_.erase_sector(0, now_);
  flash_.erase_chip(now_);
  EXPECT_EQ(read(0, 2), (Bytes{0x55, 0xFF}));
}

TEST_F(NorRules, WriteDisableTakesItBack) {
  flash_.write_enable(now_);
  EXPECT_EQ(flash_.read_status(now_), NorFlash::kWel);
  flash_.write_disable(now_);
  EXPECT_EQ(flash_.read_status(now_), 0);
  flash_.program(0, Bytes{0}, now_);
  EXPECT_EQ(read(0, 1), Bytes{0xFF});
}

TEST_F(NorRules, BusyUntilItsTimeAndWelFallsWithIt) {
  flash_.write_enable(now_);
  flash_.program(0, Bytes(256, 0), now_);
  const Duration end = flash_.busy_until();
  EXPECT_EQ(flash_.read_status(now_), NorFlash::kWip | NorFlash::kWel);
  EXPECT_EQ(flash_.read_status(end - Duration{1}) & NorFlash::kWip, NorFlash::kWip);
  EXPECT_EQ(flash_.read_status(end), 0);
}

TEST_F(NorRules, WhileBusyOnlyTheStatusAnswers) {
  flash_.load(0x5000, Bytes{0x12});
  flash_.write_enable(now_);
  flash_.erase_sector(0x9000, now_);
  EXPECT_EQ(read(0x5000, 1), Bytes{0xFF});
  EXPECT_EQ(flash_.read_id(now_), 0xFFFFFFU);
  EXPECT_EQ(transfer({0x9F}, 3), (Bytes{0xFF, 0xFF, 0xFF}));
  EXPECT_EQ(transfer({0x03, 0, 0x50, 0}, 1), Bytes{0xFF});
  EXPECT_EQ(transfer({0x05}, 1), (Bytes{NorFlash::kWip | NorFlash::kWel}));
  flash_.write_enable(now_);  // ignored
  finish();
  EXPECT_EQ(flash_.read_status(now_), 0);
  EXPECT_EQ(read(0x5000, 1), Bytes{0x12});
}

TEST_F(NorRules, ErasesCoverTheAlignedRangeAroundTheAddress) {
  const Bytes zeros(0x40000, 0);
  struct Case {
    void (NorFlash::*erase)(std::uint32_t, Duration);
    std::uint32_t first, length;
  };
  for (const Case& c : {Case{&NorFlash::erase_sector, 0x1F000, 0x1000},
                        Case{&NorFlash::erase_block32, 0x18000, 0x8000},
                        Case{&NorFlash::erase_block64, 0x10000, 0x10000}}) {
    flash_.load(0, zeros);
    flash_.write_enable(now_);
    (flash_.*c.erase)(0x1F123, now_);
    finish();
    Bytes expected = zeros;
    std::fill_n(expected.begin() + c.first, c.length, std::uint8_t{0xFF});
    EXPECT_EQ(read(0, zeros.size()), expected) << c.length;
  }
}

TEST_F(NorRules, ChipEraseErasesAll) {
  flash_.load(0xFFFFF, Bytes{0});
  flash_.load(0, Bytes{0});
  flash_.write_enable(now_);
  flash_.erase_chip(now_);
  EXPECT_GT(flash_.busy_until() - now_, milliseconds{3500});
  finish();
  EXPECT_EQ(read(0, 1), Bytes{0xFF});
  EXPECT_EQ(read(0xFFFFF, 1), Bytes{0xFF});
}

TEST_F(NorRules, ReadsAndCommandsWrapAtTheEndOfTheDie) {
  flash_.load(0xFFFFF, Bytes{0xAA});
  flash_.load(0, Bytes{0xBB});
  EXPECT_EQ(read(0xFFFFF, 2), (Bytes{0xAA, 0xBB}));
  program(0x200010, {0x42});
  EXPECT_EQ(read(0x10, 1), Bytes{0x42});
}

TEST_F(NorRules, ProtectionCoversTheStatedFraction) {
  struct Case {
    std::uint8_t status;
    std::uint32_t inside, outside;  // outside = 0xFFFFFFFF: nothing is
  };
  constexpr std::uint32_t kNone = 0xFFFFFFFF;
  for (const Case& c :
       {Case{0x04, 0xF0000, 0xEF000}, Case{0x08, 0xE0000, 0xDF000}, Case{0x0C, 0xC0000, 0xBF000},
        Case{0x10, 0x80000, 0x7F000}, Case{0x14, 0x00000, kNone}, Case{0x1C, 0x00000, kNone},
        Case{0x24, 0x0F000, 0x10000}, Case{0x30, 0x7F000, 0x80000}}) {
    SCOPED_TRACE(int{c.status});
    set_status(0);
    flash_.load(0, Bytes(flash_.size(), 0x77));
    set_status(c.status);
    flash_.write_enable(now_);
    flash_.erase_sector(c.inside, now_);
    program(c.inside, {0});
    EXPECT_EQ(read(c.inside, 1), Bytes{0x77});
    EXPECT_EQ(flash_.read_status(now_), c.status);
    flash_.write_enable(now_);
    flash_.erase_chip(now_);
    EXPECT_FALSE(flash_.busy(now_));
    if (c.outside == kNone) continue;
    flash_.write_enable(now_);
    flash_.erase_sector(c.outside, now_);
    finish();
    EXPECT_EQ(read(c.outside, 1), Bytes{0xFF});
  }
}

TEST_F(NorRules, StatusWriteNeedsEnableTakesTimeAndKeepsWipAndWelOut) {
  flash_.write_status(Bytes{0x1C}, now_);
  EXPECT_EQ(flash_.read_status(now_), 0);
  flash_.write_enable(now_);
  flash_.write_status(Bytes{0x1F, 0x02}, now_);
  EXPECT_TRUE(flash_.busy(now_));
  finish();
  EXPECT_EQ(flash_.read_status(now_), 0x1C);
  EXPECT_EQ(flash_.read_status(now_, 2), 0x02);
}

TEST_F(NorRules, StatusSurvivesTheSupplyUnlessWrittenAsVolatile) {
  set_status(0x1C);
  flash_.write_enable_volatile(now_);
  flash_.write_status(Bytes{0}, now_);
  EXPECT_FALSE(flash_.busy(now_));
  EXPECT_EQ(flash_.read_status(now_), 0);
  flash_.power_cycle(now_);
  EXPECT_EQ(flash_.read_status(now_), 0x1C);
}

TEST_F(NorRules, LosingTheSupplyLeavesTheRangeHalfDone) {
  flash_.load(0x4000, Bytes(0x3000, 0));
  flash_.write_enable(now_);
  flash_.erase_sector(0x5000, now_);
  flash_.power_cycle(now_ + milliseconds{1});
  now_ += milliseconds{1};
  EXPECT_EQ(flash_.read_status(now_), 0);
  const Bytes cells = read(0x4000, 0x3000);
  const auto in_sector = cells.begin() + 0x1000;
  EXPECT_GT(std::count(in_sector, in_sector + 0x1000, 0xFF), 0);
  EXPECT_LT(std::count(in_sector, in_sector + 0x1000, 0xFF), 0x1000);
  EXPECT_EQ(std::count(cells.begin(), cells.begin() + 0x1000, 0), 0x1000);
  EXPECT_EQ(std::count(cells.begin() + 0x2000, cells.end(), 0), 0x1000);
}

TEST_F(NorRules, LosingTheSupplyWhenIdleChangesNoCell) {
  program(0, {1, 2, 3});
  flash_.power_cycle(now_);
  EXPECT_EQ(read(0, 4), (Bytes{1, 2, 3, 0xFF}));
}

TEST_F(NorRules, TransfersAreTheSameCommands) {
  EXPECT_EQ(transfer({0x9F}, 4), (Bytes{0x51, 0x40, 0x14, 0x51}));
  transfer({0x06});
  transfer({0x02, 0x00, 0x12, 0xFF, 0xAA, 0x55});
  finish();
  EXPECT_EQ(transfer({0x03, 0x00, 0x12, 0xFF}, 2), (Bytes{0xAA, 0xFF}));
  EXPECT_EQ(transfer({0x0B, 0x00, 0x12, 0x00, 0x00}, 1), Bytes{0x55});
  for (const Bytes& erase : {Bytes{0x20, 0, 0x12, 0}, Bytes{0x52, 0, 0x12, 0},
                             Bytes{0xD8, 0, 0x12, 0}, Bytes{0xC7}, Bytes{0x60}}) {
    flash_.load(0x12FF, Bytes{0});
    transfer({0x06});
    transfer(erase);
    finish();
    EXPECT_EQ(transfer({0x03, 0x00, 0x12, 0xFF}, 1), Bytes{0xFF}) << int{erase[0]};
  }
  transfer({0x06});
  transfer({0x04});
  EXPECT_EQ(transfer({0x05}, 1), Bytes{0});
}

TEST_F(NorRules, FurtherStatusRegistersByTransfer) {
  transfer({0x06});
  transfer({0x31, 0x02});
  finish();
  transfer({0x06});
  transfer({0x11, 0x40});
  finish();
  transfer({0x06});
  transfer({0x01, 0x04});
  finish();
  EXPECT_EQ(transfer({0x05}, 2), (Bytes{0x04, 0x04}));
  EXPECT_EQ(transfer({0x35}, 1), Bytes{0x02});
  EXPECT_EQ(transfer({0x15}, 1), Bytes{0x40});
  transfer({0x50});
  transfer({0x01, 0x00});
  EXPECT_FALSE(flash_.busy(now_));
  EXPECT_EQ(transfer({0x05}, 1), Bytes{0x00});
}

TEST_F(NorRules, ACommandOfWrongLengthIsNotCarriedOut) {
  flash_.load(0, Bytes{0});
  transfer({0x06, 0xFF});
  EXPECT_EQ(flash_.read_status(now_), 0);
  transfer({0x06});
  transfer({0x20, 0, 0});
  transfer({0x20, 0, 0, 0, 0});
  transfer({0xC7, 0});
  transfer({0x02, 0, 0, 0});
  EXPECT_FALSE(flash_.busy(now_));
  EXPECT_EQ(read(0, 1), Bytes{0});
  EXPECT_EQ(flash_.read_status(now_), NorFlash::kWel);
}

TEST_F(NorRules, UniqueIdDependsOnTheSeed) {
  NorFlash other(flash_.profile(), 8);
  const Bytes sent(13, 0x4B);
  Bytes mine(13), again(13), others(13);
  flash_.transfer(sent, mine, now_);
  NorFlash(flash_.profile(), 7).transfer(sent, again, now_);
  other.transfer(sent, others, now_);
  EXPECT_EQ(mine, again);
  EXPECT_NE(mine, others);
}

TEST_F(NorRules, SfdpGivesSignatureAndDensity) {
  EXPECT_EQ(transfer({0x5A, 0, 0, 0, 0}, 4), (Bytes{'S', 'F', 'D', 'P'}));
  EXPECT_EQ(transfer({0x5A, 0, 0, 0x14, 0}, 4), (Bytes{0xFF, 0xFF, 0x7F, 0x00}));
}

TEST_F(NorRules, DeepSleepListensOnlyToItsWakeUp) {
  transfer({0xB9});
  EXPECT_EQ(transfer({0x9F}, 1), Bytes{0xFF});
  EXPECT_EQ(flash_.read_id(now_), 0xFFFFFFU);
  transfer({0xAB});
  EXPECT_EQ(transfer({0x9F}, 1), Bytes{0x51});
}

TEST_F(NorRules, UnknownOpcodesDoNothing) {
  flash_.load(0, Bytes(64, 0x5A));
  for (unsigned op : {0x00U, 0x77U, 0xEBU, 0xFFU}) {
    transfer({0x06});
    EXPECT_EQ(transfer({static_cast<std::uint8_t>(op), 0, 0, 0}, 2), (Bytes{0xFF, 0xFF}));
    EXPECT_EQ(read(0, 1), Bytes{0x5A});
  }
}

TEST_F(NorRules, LoadRefusesWhatDoesNotFit) {
  EXPECT_THROW(flash_.load(0xFFFFF, Bytes(2)), std::out_of_range);
  EXPECT_THROW(flash_.load(0x100001, Bytes{}), std::out_of_range);
  EXPECT_NO_THROW(flash_.load(0x100000, Bytes{}));
}

TEST_F(NorRules, CountsItsWork) {
  program(0, Bytes(256, 0));
  flash_.write_enable(now_);
  flash_.erase_sector(0, now_);
  EXPECT_EQ(flash_.work().programs, 1U);
  EXPECT_EQ(flash_.work().erases, 1U);
  EXPECT_EQ(flash_.work().busy, flash_.busy_until() - milliseconds{1});
}

}  // namespace
}  // namespace plugrig::twin
