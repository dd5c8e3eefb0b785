// Stubs are uploaded over each other: what runs is always what memory holds.

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/lx106/machine.hpp"

namespace plugrig::lx106_test {
namespace {

constexpr std::uint32_t kAdd1 = 0x551B, kAdd2 = 0x552B;  // addi.n a5, a5, 1 / 2

std::uint32_t run_at(Machine& m, std::uint32_t pc) {
  m.core.set_pc(pc);
  m.core.set_reg(5, 0);
  m.step();
  return m.core.reg(5);
}

TEST(ChangedCode, ByPoke) {
  Machine m;
  m.program({kAdd1});
  EXPECT_EQ(run_at(m, kIram), 1U);
  m.program({kAdd2});
  EXPECT_EQ(run_at(m, kIram), 2U);
}

TEST(ChangedCode, FromOutsideTheCore) {
  Machine m;
  m.program({kAdd1});
  EXPECT_EQ(run_at(m, kIram), 1U);
  m.low[0] = 0x2B;
  EXPECT_EQ(run_at(m, kIram), 2U);
}

TEST(ChangedCode, ByItsOwnStoreToTheVeryNextInstruction) {
  Machine m;
  m.program({0x0679, kAdd1, kAdd1}, kIram);  // s32i.n a7, a6, 0 over itself and the next one
  m.core.set_reg(6, kIram);
  m.core.set_reg(7, kAdd2 << 16 | 0xF03D);
  m.step(3);
  EXPECT_EQ(m.core.reg(5), 3U);
}

TEST(ChangedCode, OnlyTheLastByteOfAnInstruction) {
  Machine m;
  m.program({0x01C552}, kIram + 2);  // addi a5, a5, 1: its last byte is in the next word
  EXPECT_EQ(run_at(m, kIram + 2), 1U);
  m.low[4] = 7;
  EXPECT_EQ(run_at(m, kIram + 2), 7U);
}

TEST(ChangedCode, AddressesThatShareACacheEntry) {
  FakePeripherals io;
  std::vector<std::uint8_t> code(0x10000);
  twin::Lx106 core({{kIram, code, true, true, true}}, io);
  for (const std::uint32_t offset : {0U, 0x4000U, 0x8000U, 0xC000U}) {
    code[offset] = static_cast<std::uint8_t>(0x0B | (1 + offset / 0x4000) << 4);
    code[offset + 1] = 0x55;
  }
  for (int round = 0; round < 3; ++round) {
    for (const std::uint32_t offset : {0U, 0x4000U, 0x8000U, 0xC000U}) {
      core.set_pc(kIram + offset);
      core.set_reg(5, 0);
      core.run(core.cycle() + 1);
      EXPECT_EQ(core.reg(5), 1 + offset / 0x4000);
    }
  }
}

/// Random changes by all ways; the same core must do what a new one does.
TEST(ChangedCode, SameAsACoreThatNeverSawTheOldCode) {
  std::mt19937_64 random(42);
  Machine old;
  for (int round = 0; round < 2000; ++round) {
    const auto place = static_cast<std::uint32_t>(random() % 64);
    old.low[place] = static_cast<std::uint8_t>(random());
    const auto pc = kIram + static_cast<std::uint32_t>(random() % 60);
    Machine fresh;
    fresh.low = old.low;
    for (Machine* m : {&old, &fresh}) {
      m->core.reset(pc);
      for (unsigned reg = 0; reg < 16; ++reg) m->core.set_reg(reg, kData + 16 * reg);
      m->step();
    }
    ASSERT_EQ(old.core.pc(), fresh.core.pc()) << round;
    for (unsigned reg = 0; reg < 16; ++reg) ASSERT_EQ(old.core.reg(reg), fresh.core.reg(reg));
    old.data = fresh.data;
  }
}

}  // namespace
}  // namespace plugrig::lx106_test
