#include <gtest/gtest.h>

#include "tests/unit/lx106/machine.hpp"

namespace plugrig::lx106_test {
namespace {

using twin::StopReason;

constexpr unsigned kEpc1 = 177, kInterrupt = 226, kIntenable = 228, kPs = 230, kVecbase = 231,
                   kExccause = 232, kCcount = 234, kCcompare = 240;
constexpr std::uint32_t kUart = 1U << 5, kTimer = 1U << 6, kFrc1 = 1U << 9;
constexpr std::uint32_t kUserVector = 0x40000050;
constexpr std::uint32_t kHere = 0xFFFF06;  // j .

TEST(Interrupts, LineIsTakenBetweenInstructions) {
  Machine m;
  m.program({0xF03D, 0xF03D});
  m.core.set_special(kIntenable, kUart);
  m.step();
  m.core.set_interrupt_lines(kUart);
  EXPECT_EQ(m.core.special(kInterrupt), kUart);
  EXPECT_EQ(m.core.run(100), StopReason::native);
  EXPECT_EQ(m.core.pc(), kUserVector);
  EXPECT_EQ(m.core.special(kEpc1), kIram + 2);
  EXPECT_EQ(m.core.special(kExccause), 4U);
  EXPECT_EQ(m.core.special(kPs), 0x30U);
  EXPECT_EQ(m.core.instructions(), 1U);
  EXPECT_EQ(m.core.fault().pc, 0U) << "an interrupt is no fault";
}

TEST(Interrupts, RaisedByAPeripheralInTheMiddleOfARun) {
  Machine m;
  m.program({0x0659, 0xF03D, 0xF03D});  // s32i.n a5, a6, 0
  m.core.set_reg(6, kRegister);
  m.core.set_special(kIntenable, kUart);
  m.io.on_write = [&](std::uint32_t, std::uint32_t) { m.core.set_interrupt_lines(kUart); };
  EXPECT_EQ(m.core.run(100), StopReason::native);
  EXPECT_EQ(m.core.special(kEpc1), kIram + 2);
}

TEST(Interrupts, MaskedOnes) {
  struct Mask {
    std::uint32_t intenable, ps;
  };
  for (const Mask& mask :
       {Mask{0, 0x20}, {~kUart, 0x20}, {kUart, 0x21}, {kUart, 0x2F}, {kUart, 0x30}}) {
    Machine m;
    m.program({0xF03D, 0xF03D, 0xF03D});
    m.core.set_special(kIntenable, mask.intenable);
    m.core.set_special(kPs, mask.ps);
    m.core.set_interrupt_lines(kUart);
    EXPECT_EQ(m.core.run(3), StopReason::budget) << std::hex << mask.ps;
    EXPECT_EQ(m.core.pc(), kIram + 6);
  }
}

TEST(Interrupts, NmiIsNotLevelOne) {
  Machine m;
  m.program({0xF03D, 0xF03D});
  m.core.set_special(kIntenable, 0xFFFFFFFF);
  m.core.set_interrupt_lines(1U << 14);
  EXPECT_EQ(m.core.run(2), StopReason::budget);
}

TEST(Interrupts, UnmaskingDeliversBeforeTheNextInstruction) {
  for (const std::uint32_t unmask : {0x006050U, 0x13E650U}) {  // rsil a5, 0; wsr.ps a5
    Machine m;
    m.program({unmask, 0xF03D});
    m.core.set_reg(5, 0x20);
    m.core.set_special(kIntenable, kUart);
    m.core.set_special(kPs, 0x23);
    m.core.set_interrupt_lines(kUart);
    EXPECT_EQ(m.core.run(100), StopReason::native);
    EXPECT_EQ(m.core.special(kEpc1), kIram + 3);
  }
}

TEST(Interrupts, HandlerInIramReturnsWithRfe) {
  Machine m;
  m.core.set_special(kVecbase, kIram + 0x400);
  m.core.set_special(kIntenable, kFrc1);
  m.program({0xF03D, 0x551B, 0xF03D});                     // nop.n; addi.n a5, a5, 1
  m.program({0x13E370, 0x661B, 0x003000}, kIram + 0x450);  // wsr.intclear a7; addi.n a6, a6, 1; rfe
  m.core.set_reg(7, kFrc1);
  m.core.set_interrupt_lines(kFrc1);
  m.core.set_interrupt_lines(0);  // edge: stays until cleared
  EXPECT_EQ(m.core.special(kInterrupt), kFrc1);
  m.step(5);
  EXPECT_EQ(m.core.reg(6), 1U);
  EXPECT_EQ(m.core.reg(5), 1U);
  EXPECT_EQ(m.core.special(kPs), 0x20U);
  EXPECT_EQ(m.core.special(kInterrupt), 0U);
}

TEST(Interrupts, LevelLineComesAgainUntilItIsQuiet) {
  Machine m;
  m.core.set_special(kVecbase, kIram + 0x400);
  m.core.set_special(kIntenable, kUart);
  m.program({0xF03D, 0xF03D});
  m.program({0x661B, 0x003000}, kIram + 0x450);
  m.core.set_interrupt_lines(kUart);
  m.step(6);
  EXPECT_EQ(m.core.reg(6), 3U);
  EXPECT_EQ(m.core.pc(), kIram) << "the interrupted code gets no turn";
}

TEST(Interrupts, WaitiSleepsUntilALine) {
  Machine m;
  m.program({0x007000, 0xF03D});  // waiti 0
  m.core.set_special(kIntenable, kUart);
  EXPECT_EQ(m.core.run(1000), StopReason::waiti);
  EXPECT_EQ(m.core.cycle(), 1U);
  m.core.advance_to(500);
  EXPECT_EQ(m.core.run(1000), StopReason::waiti) << "still asleep";
  m.core.set_interrupt_lines(kUart);
  EXPECT_EQ(m.core.run(1000), StopReason::native);
  EXPECT_EQ(m.core.pc(), kUserVector);
  EXPECT_EQ(m.core.special(kEpc1), kIram + 3);
  EXPECT_EQ(m.core.cycle(), 500U);
}

TEST(Interrupts, WaitiWithAMaskThatNothingPasses) {
  Machine m;
  m.program({0x007200});  // waiti 2
  m.core.set_special(kPs, 0x2F);
  m.core.set_special(kIntenable, kUart | kTimer);
  m.core.set_special(kCcompare, 50);
  m.core.set_interrupt_lines(kUart);
  EXPECT_EQ(m.core.run(1000), StopReason::waiti);
}

TEST(Interrupts, TimerWakesASleepingCoreOnItsCycle) {
  Machine m;
  m.program({0x007000});
  m.core.set_special(kIntenable, kTimer);
  m.core.set_special(kCcompare, 700);
  EXPECT_EQ(m.core.run(600), StopReason::budget) << "the timer is the next event, not the caller's";
  EXPECT_EQ(m.core.cycle(), 600U);
  EXPECT_EQ(m.core.run(1000), StopReason::native);
  EXPECT_EQ(m.core.cycle(), 700U);
  EXPECT_EQ(m.core.pc(), kUserVector);
}

TEST(Interrupts, TimerMatchesOnceAndAWriteClearsIt) {
  Machine m;
  m.core.set_special(kPs, 0x2F);
  m.program({0xF03D, 0xF03D, 0xF03D, 0xF03D});
  m.core.set_special(kCcompare, 2);
  m.core.run(1);
  EXPECT_EQ(m.core.special(kInterrupt), 0U);
  m.core.run(2);
  EXPECT_EQ(m.core.special(kInterrupt), kTimer);
  m.core.set_special(kCcompare, 1);
  EXPECT_EQ(m.core.special(kInterrupt), 0U);
}

TEST(Interrupts, TimerWrapsWithTheCounter) {
  Machine m;
  m.program({kHere});
  m.core.set_special(kCcount, 0xFFFFFFF0);
  m.core.set_special(kCcompare, 0x10);
  m.core.set_special(kIntenable, kTimer);
  EXPECT_EQ(m.core.run(1000), StopReason::native);
  EXPECT_EQ(m.core.cycle(), 33U) << "the first end of an instruction at or after 32";
  EXPECT_EQ(m.core.special(kCcount), 0x11U);
}

TEST(Interrupts, TimeThatPassesInNativeCodeReachesTheTimer) {
  Machine m;
  m.program({0xF03D});
  m.core.set_special(kIntenable, kTimer);
  m.core.set_special(kCcompare, 100);
  m.core.advance_to(5'000'000'000);  // more than once round
  EXPECT_EQ(m.core.run(5'000'000'010), StopReason::native);
  EXPECT_EQ(m.core.special(kInterrupt), kTimer);
  EXPECT_EQ(m.core.pc(), kUserVector);
}

}  // namespace
}  // namespace plugrig::lx106_test
