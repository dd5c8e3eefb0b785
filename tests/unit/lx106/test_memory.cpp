#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

#include "tests/unit/lx106/machine.hpp"

namespace plugrig::lx106_test {
namespace {

using twin::StopReason;

constexpr unsigned kEpc1 = 177, kExccause = 232, kExcvaddr = 238;
constexpr std::uint32_t kUserVector = 0x40000050;

struct BadAccess {
  const char* what;
  std::uint32_t bits;  ///< uses a5 for data and a6 for the address
  std::uint32_t address;
  std::uint32_t cause;
};

void PrintTo(const BadAccess& access, std::ostream* out) { *out << access.what; }

class BadAccesses : public testing::TestWithParam<BadAccess> {};

TEST_P(BadAccesses, RaiseTheirException) {
  const BadAccess& bad = GetParam();
  Machine m;
  m.program({0xF03D, bad.bits});
  m.core.set_reg(5, 0x55);
  m.core.set_reg(6, bad.address);
  EXPECT_EQ(m.core.run(100), StopReason::native);
  EXPECT_EQ(m.core.pc(), kUserVector);
  EXPECT_EQ(m.core.special(kExccause), bad.cause);
  EXPECT_EQ(m.core.special(kExcvaddr), bad.address);
  EXPECT_EQ(m.core.special(kEpc1), kIram + 2);
  EXPECT_EQ(m.core.reg(5), 0x55U) << "a load that failed writes nothing";
  EXPECT_EQ(m.core.fault().cause, bad.cause);
  EXPECT_EQ(m.core.fault().pc, kIram + 2);
  EXPECT_EQ(m.core.fault().address, bad.address);
  EXPECT_EQ(m.core.fault().a[6], bad.address);
}

INSTANTIATE_TEST_SUITE_P(
    Memory, BadAccesses,
    testing::Values(BadAccess{"l8ui from IRAM", 0x000652, kIram + 0x100, 3},
                    BadAccess{"l16ui from IRAM", 0x001652, kIram + 0x100, 3},
                    BadAccess{"l16si from IRAM", 0x009652, kIram + 0x102, 3},
                    BadAccess{"s8i to IRAM", 0x004652, kIram + 0x101, 3},
                    BadAccess{"s16i to IRAM", 0x005652, kIram + 0x102, 3},
                    BadAccess{"l16ui odd", 0x001652, kData + 1, 9},
                    BadAccess{"l16si odd", 0x009652, kData + 3, 9},
                    BadAccess{"l32i at 2", 0x002652, kData + 2, 9},
                    BadAccess{"l32i.n at 1", 0x0658, kData + 1, 9},
                    BadAccess{"s16i odd", 0x005652, kData + 1, 9},
                    BadAccess{"s32i at 2", 0x006652, kData + 2, 9},
                    BadAccess{"s32i.n in IRAM at 2", 0x0659, kIram + 2, 9},
                    BadAccess{"load from nowhere", 0x002652, 0x00000000, 28},
                    BadAccess{"load behind the data", 0x000652, kData + kDataSize, 28},
                    BadAccess{"store to nowhere", 0x006652, 0x20000000, 29},
                    BadAccess{"store to flash", 0x006652, kReadOnly, 29},
                    BadAccess{"s8i to a register", 0x004652, kRegister, 3},
                    BadAccess{"s16i to a register", 0x005652, kRegister + 2, 3}));

TEST(Memory, FailedStoresChangeNothing) {
  Machine m;
  m.set_word(kIram + 0x100, 0x01020304);
  m.program({0x004652});
  m.core.set_reg(6, kIram + 0x101);
  m.core.run(100);
  EXPECT_EQ(m.word(kIram + 0x100), 0x01020304U);
  EXPECT_TRUE(m.io.log.empty());
}

TEST(Memory, WordsInIramAndAllWidthsInData) {
  Machine m;
  m.program({0x0659, 0x0648,        // s32i.n a5, a6, 0; l32i.n a4, a6, 0
             0x004752, 0x015752,    // s8i a5, a7, 0; s16i a5, a7, 2
             0x000732, 0x019722});  // l8ui a3, a7, 0; l16si a2, a7, 2
  m.core.set_reg(5, 0xCAFEF00D);
  m.core.set_reg(6, kIram + 0x100);
  m.core.set_reg(7, kData + 0x10);
  EXPECT_EQ(m.step(6), StopReason::budget);
  EXPECT_EQ(m.core.reg(4), 0xCAFEF00DU);
  EXPECT_EQ(m.word(kData + 0x10), 0xF00D000DU);
  EXPECT_EQ(m.core.reg(3), 0x0DU);
  EXPECT_EQ(m.core.reg(2), 0xFFFFF00DU);
}

TEST(Memory, NarrowLoadsFromRegistersTakeTheirPartOfTheWord) {
  Machine m;
  m.io.values[kRegister + 4] = 0x8899AABB;
  m.program({0x060652, 0x031642, 0x039632});  // l8ui a5, a6, 6; l16ui a4, a6, 6; l16si a3, a6, 6
  m.core.set_reg(6, kRegister);
  m.step(3);
  EXPECT_EQ(m.core.reg(5), 0x99U);
  EXPECT_EQ(m.core.reg(4), 0x8899U);
  EXPECT_EQ(m.core.reg(3), 0xFFFF8899U);
  for (const auto& access : m.io.log) EXPECT_EQ(access.address, kRegister + 4);
}

TEST(Memory, CodeOutsideExecutableMemoryIsNative) {
  for (const std::uint32_t pc : {kData, kReadOnly, kRom, kIramEnd, 0x20000000U}) {
    Machine m;
    m.core.set_pc(pc);
    EXPECT_EQ(m.core.run(100), StopReason::native);
    EXPECT_EQ(m.core.pc(), pc);
    EXPECT_EQ(m.core.instructions(), 0U);
  }
}

TEST(Memory, InstructionsAtTheEdgesOfRegions) {
  Machine m;
  // addi a5, a5, 1 over the border of two regions, in each of its positions.
  for (const std::uint32_t start : {kIramMiddle - 1, kIramMiddle - 2, kIramMiddle - 3}) {
    m.program({0x01C552}, start);
    m.core.set_pc(start);
    m.core.set_reg(5, 41);
    m.step();
    EXPECT_EQ(m.core.reg(5), 42U);
    EXPECT_EQ(m.core.pc(), start + 3);
  }
  // The last ones that fit, and one that does not.
  m.program({0x551B}, kIramEnd - 2);
  m.core.set_pc(kIramEnd - 2);
  m.step();
  EXPECT_EQ(m.core.reg(5), 43U);
  m.program({0x01C552}, kIramEnd - 3);
  m.core.set_pc(kIramEnd - 3);
  m.step();
  EXPECT_EQ(m.core.reg(5), 44U);
  const std::array<std::uint8_t, 2> head = {0x52, 0xC5};
  m.core.poke(kIramEnd - 2, head);
  m.core.set_pc(kIramEnd - 2);
  EXPECT_EQ(m.step(), StopReason::native);
  EXPECT_EQ(m.core.pc(), kIramEnd - 2);
}

TEST(Memory, PeekAndPokeCrossRegionsAndReportTheOutside) {
  Machine m;
  const std::array<std::uint8_t, 4> bytes = {1, 2, 3, 4};
  EXPECT_TRUE(m.core.poke(kIramMiddle - 1, bytes));
  EXPECT_EQ(m.low.back(), 1);
  EXPECT_EQ(m.high[2], 4);
  std::array<std::uint8_t, 4> back{};
  EXPECT_TRUE(m.core.peek(kIramMiddle - 1, back));
  EXPECT_EQ(back, bytes);
  EXPECT_FALSE(m.core.poke(kIramEnd - 1, bytes));
  EXPECT_FALSE(m.core.peek(kIramEnd - 1, back));
  EXPECT_FALSE(m.core.poke(kReadOnly, bytes));
  EXPECT_TRUE(m.core.peek(kReadOnly, back));
  EXPECT_FALSE(m.core.peek(kRegister, back));
  EXPECT_TRUE(m.core.peek(0x12345678, {}));
}

TEST(Memory, RegionsMustBeAlignedAndApart) {
  FakePeripherals io;
  std::vector<std::uint8_t> bytes(16);
  EXPECT_THROW(twin::Lx106({{2, bytes, false, false, true}}, io), std::invalid_argument);
  EXPECT_THROW(twin::Lx106({{0, std::span(bytes).first(6), false, false, true}}, io),
               std::invalid_argument);
  EXPECT_THROW(twin::Lx106({{0, bytes, false, false, true}, {12, bytes, false, false, true}}, io),
               std::invalid_argument);
  EXPECT_NO_THROW(
      twin::Lx106({{0, bytes, false, false, true}, {16, bytes, false, false, true}}, io));
}

/// Regions nearer than the lookup's granularity are still told apart.
TEST(Memory, SmallRegionsSideBySide) {
  FakePeripherals io;
  std::vector<std::uint8_t> first(16, 1);
  std::vector<std::uint8_t> second(16, 2);
  twin::Lx106 core({{0x100, first, false, false, true}, {0x110, second, false, false, true}}, io);
  std::array<std::uint8_t, 1> byte{};
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(core.peek(0x10F, byte));
    EXPECT_EQ(byte[0], 1);
    EXPECT_TRUE(core.peek(0x110, byte));
    EXPECT_EQ(byte[0], 2);
    EXPECT_FALSE(core.peek(0x120, byte));
    EXPECT_FALSE(core.peek(0x4000100, byte)) << "same slot of the lookup, other address";
  }
}

TEST(Memory, FaultSaysWhatAndWhere) {
  Machine m;
  m.program({0x000000});
  m.core.set_reg(0, 0xABCD);
  m.core.run(10);
  const std::string illegal = m.core.fault().describe();
  EXPECT_NE(illegal.find("illegal instruction (cause 0) at 0x40100000"), std::string::npos);
  EXPECT_NE(illegal.find("a0=0x0000abcd"), std::string::npos);
  EXPECT_NE(illegal.find("a15=0x00000000"), std::string::npos);
  EXPECT_EQ(illegal.find("address"), std::string::npos);

  Machine n;
  n.program({0x002652});
  n.core.set_reg(6, 0x10);
  n.core.run(10);
  EXPECT_NE(n.core.fault().describe().find("nothing there (cause 28) at 0x40100000, address "
                                           "0x00000010"),
            std::string::npos);
}

}  // namespace
}  // namespace plugrig::lx106_test
