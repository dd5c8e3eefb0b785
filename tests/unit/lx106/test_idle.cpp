#include <gtest/gtest.h>

#include <random>

#include "fixtures/twin/chip/lx106_idle.hpp"
#include "tests/unit/lx106/machine.hpp"

namespace plugrig::lx106_test {
namespace {

using twin::StopReason;

constexpr std::uint64_t kLong = 100'000;
constexpr std::uint32_t kLoadA5 = 0x0258;       // l32i.n a5, a2, 0
constexpr std::uint32_t kBackFrom2 = 0xFFFE86;  // j to 0 from 2
constexpr std::uint32_t kBackFrom4 = 0xFFFE06;
constexpr std::uint32_t kBackFrom5 = 0xFFFDC6;

StopReason run_loop(Machine& m, std::initializer_list<std::uint32_t> loop,
                    std::uint32_t a2 = kRegister) {
  m.program(loop);
  m.core.set_reg(2, a2);
  return m.core.run(kLong);
}

TEST(Idle, PollingARegister) {
  Machine m;
  EXPECT_EQ(run_loop(m, {kLoadA5, 0xFA6537}), StopReason::idle);  // bbci a5, 3, 0
  EXPECT_LT(m.core.cycle(), 100U);
  EXPECT_EQ(m.core.pc(), kIram);
  EXPECT_EQ(m.core.idle_period(), 11U);
  // After the event the loop ends.
  m.core.advance_to(5000);
  m.io.values[kRegister] = 8;
  m.program({0xF03D}, kIram + 5);
  EXPECT_EQ(m.step(3), StopReason::budget);
  EXPECT_EQ(m.core.pc(), kIram + 6 + 1);
}

TEST(Idle, PollingAFlagThatAnInterruptWillSet) {
  Machine m;
  EXPECT_EQ(run_loop(m, {kLoadA5, 0xFFA516}, kData), StopReason::idle);  // beqz a5, 0
}

TEST(Idle, EndlessLoop) {
  Machine m;
  EXPECT_EQ(run_loop(m, {0xFFFF06}), StopReason::idle);
}

TEST(Idle, PollingThroughAFunction) {
  Machine m;
  m.program({kLoadA5, 0xF00D}, kIram + 8);
  EXPECT_EQ(run_loop(m, {0x000045, 0xFF9516}), StopReason::idle);  // call0 8; beqz a5, 0
}

TEST(Idle, FoundAgainAfterEachEvent) {
  Machine m;
  run_loop(m, {kLoadA5, 0xFA6537});
  for (std::uint64_t event = 1000; event < 10'000; event += 1000) {
    m.core.advance_to(event);
    EXPECT_EQ(m.core.run(event + 900), StopReason::idle);
    EXPECT_LT(m.core.cycle(), event + 100);
  }
}

TEST(Idle, FoundAfterMuchOtherWork) {
  Machine m;
  // addi.n a4, a4, -1; bnez a4, 0; then the poll at 5
  m.program({0x440B, 0xFFA456, kLoadA5, 0xFA6537});
  m.core.set_reg(2, kRegister);
  m.core.set_reg(4, 1000);
  EXPECT_EQ(m.core.run(kLong), StopReason::idle);
  EXPECT_EQ(m.core.pc(), kIram + 5);
  EXPECT_EQ(m.core.reg(4), 0U);
}

TEST(Idle, NotWhenARegisterCounts) {
  Machine m;
  EXPECT_EQ(run_loop(m, {0x551B, kBackFrom2}), StopReason::budget);
}

TEST(Idle, NotWhenTheCycleCounterIsRead) {
  Machine m;
  // rsr.ccount a5; movi.n a5, 0: nothing is left of it, and still the loop might look next time
  EXPECT_EQ(run_loop(m, {0x03EA50, 0x050C, kBackFrom5}), StopReason::budget);
}

TEST(Idle, NotWhenPendingInterruptsAreRead) {
  Machine m;
  EXPECT_EQ(run_loop(m, {0x03E250, 0x050C, kBackFrom5}), StopReason::budget);
}

TEST(Idle, NotWhenSomethingIsStored) {
  for (const std::uint32_t address : {kData, kRegister}) {
    Machine m;
    EXPECT_EQ(run_loop(m, {0x0259, kBackFrom2}, address), StopReason::budget);  // s32i.n a5, a2, 0
  }
}

TEST(Idle, NotWhenAReadIsSaidToMatter) {
  Machine m;
  m.io.on_read = [&](std::uint64_t, std::uint32_t value) {
    m.core.spoil_idle();
    return value;
  };
  EXPECT_EQ(run_loop(m, {kLoadA5, 0xFA6537}), StopReason::budget);
}

TEST(Idle, NotWhenReadsDifferThoughTheRegistersDoNot) {
  Machine m;
  m.io.on_read = [n = 0U](std::uint64_t, std::uint32_t) mutable { return ++n; };
  EXPECT_EQ(run_loop(m, {kLoadA5, 0x050C, kBackFrom4}), StopReason::budget);
}

TEST(Idle, NotWhenTheCoresOwnTimerIsTheNextEvent) {
  Machine m;
  m.core.set_special(228, 1U << 6);
  m.core.set_special(240, 50'000);
  EXPECT_EQ(run_loop(m, {kLoadA5, 0xFA6537}), StopReason::native);
  EXPECT_GE(m.core.cycle(), 50'000U);
  EXPECT_LT(m.core.cycle(), 50'020U);
}

TEST(Idle, NotWhenAnInterruptComesEveryTurn) {
  Machine m;
  m.core.set_special(231, kIram + 0x400);
  m.core.set_special(228, 1U << 5);
  m.program({0x003000}, kIram + 0x450);  // rfe
  m.core.set_interrupt_lines(1U << 5);
  EXPECT_EQ(run_loop(m, {0xFFFF06}), StopReason::budget);
}

TEST(Idle, OuterLoopWithADelayInsideIsNotTakenForTheDelay) {
  Machine m;
  // movi a4, 20; addi.n a4, a4, -1; bnez a4, 3; l32i.n a5, a2, 0; bbci a5, 3, 0
  m.program({0x14A042, 0x440B, 0xFFA456, kLoadA5, 0xF26537});
  m.core.set_reg(2, kRegister);
  const StopReason reason = m.core.run(kLong);
  if (reason == StopReason::idle) {
    EXPECT_EQ(m.core.pc(), kIram);  // never inside the delay
  } else {
    EXPECT_EQ(reason, StopReason::budget);
  }
}

/// Registers change at random times; one core runs every turn, the other skips whole turns.
class IdleIsInvisible : public testing::TestWithParam<std::uint64_t> {};

TEST_P(IdleIsInvisible, SameRegistersAndCyclesAsWithoutSkipping) {
  Machine plain;
  Machine skipping;
  plain.io.on_read = [&](std::uint64_t, std::uint32_t value) {
    plain.core.spoil_idle();
    return value;
  };
  for (Machine* m : {&plain, &skipping}) {
    // loop: l32i.n a5,a2,0; beq a5,a6,loop; mov.n a6,a5; addi.n a7,a7,1; s32i.n a7,a3,0; j loop
    m->program({kLoadA5, 0xFA1567, 0x056D, 0x771B, 0x0379, 0xFFFC46});
    m->core.set_reg(2, kRegister);
    m->core.set_reg(3, kData);
  }
  std::mt19937_64 random(GetParam());
  std::uint64_t now = 0;
  for (int event = 0; event < 200; ++event) {
    now += 1 + random() % (event % 3 == 0 ? 2000 : 60);
    while (plain.core.cycle() < now) ASSERT_EQ(plain.core.run(now), StopReason::budget);
    while (skipping.core.cycle() < now) {
      if (skipping.core.run(now) != StopReason::idle || skipping.core.cycle() >= now) continue;
      const std::uint64_t turns = (now - skipping.core.cycle()) / skipping.core.idle_period();
      skipping.core.advance_to(skipping.core.cycle() + turns * skipping.core.idle_period());
    }
    ASSERT_EQ(plain.core.cycle(), skipping.core.cycle()) << event;
    ASSERT_EQ(plain.core.pc(), skipping.core.pc()) << event;
    for (unsigned reg = 0; reg < 16; ++reg) {
      ASSERT_EQ(plain.core.reg(reg), skipping.core.reg(reg)) << event;
    }
    ASSERT_EQ(plain.data, skipping.data);
    const auto value = static_cast<std::uint32_t>(random() % 4);
    plain.io.values[kRegister] = skipping.io.values[kRegister] = value;
  }
  EXPECT_LT(skipping.core.instructions() * 2, plain.core.instructions()) << "it did skip";
}

INSTANTIATE_TEST_SUITE_P(Seeds, IdleIsInvisible, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace plugrig::lx106_test
