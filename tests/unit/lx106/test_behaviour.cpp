// Privileged instructions and traps, one at a time; the table is behaviour_vectors.cpp.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/unit/lx106/behaviour_vectors.hpp"
#include "tests/unit/lx106/machine.hpp"

namespace plugrig::lx106_test {
namespace {

/// CCOUNT runs by itself; 226 and 227 are two names of INTERRUPT.
constexpr std::array<unsigned, 2> kMoving = {234, 227};

void check(const BehaviourVector& v) {
  SCOPED_TRACE(testing::Message() << v.row << " " << std::hex << v.bytes);
  Machine machine;
  machine.program({v.bytes});
  for (unsigned reg = 0; reg < 16; ++reg) machine.core.set_reg(reg, 0x11110000 + reg);
  for (const auto& [reg, value] : v.registers_before) machine.core.set_reg(reg, value);
  for (const auto& [number, value] : v.specials_before) machine.core.set_special(number, value);
  std::array<std::uint32_t, 16> registers{};
  std::array<std::uint32_t, 256> specials{};
  for (unsigned i = 0; i < 16; ++i) registers.at(i) = machine.core.reg(i);
  for (unsigned i = 0; i < 256; ++i) specials.at(i) = machine.core.special(i);
  for (const auto& [reg, value] : v.registers_after) registers.at(reg) = value;
  for (const auto& [number, value] : v.specials_after) specials.at(number) = value;

  // A trap or sleep shows when the core looks around after the instruction.
  const std::uint64_t until =
      machine.core.cycle() + (v.stop == twin::StopReason::budget ? 1U : 100U);
  EXPECT_EQ(machine.core.run(until), v.stop);
  EXPECT_EQ(machine.core.instructions(), 1U);
  EXPECT_EQ(machine.core.pc(), v.pc_after);
  for (unsigned i = 0; i < 16; ++i) EXPECT_EQ(machine.core.reg(i), registers.at(i)) << "a" << i;
  for (unsigned i = 0; i < 256; ++i) {
    if (std::find(kMoving.begin(), kMoving.end(), i) != kMoving.end()) continue;
    EXPECT_EQ(machine.core.special(i), specials.at(i)) << "special register " << i;
  }
  EXPECT_TRUE(machine.io.log.empty());
}

TEST(Behaviour, EveryVector) {
  for (const BehaviourVector& vector : behaviour_vectors()) check(vector);
}

TEST(Behaviour, ResetState) {
  Machine machine;
  machine.core.set_special(231, 1);
  machine.core.set_reg(3, 9);
  machine.core.reset(0x40001234);
  EXPECT_EQ(machine.core.pc(), 0x40001234U);
  EXPECT_EQ(machine.core.special(230), 0x1FU);
  EXPECT_EQ(machine.core.special(231), 0x40000000U);
  EXPECT_EQ(machine.core.special(234), 0U);
  EXPECT_EQ(machine.core.special(228), 0U);
  EXPECT_EQ(machine.core.reg(3), 0U);
}

}  // namespace
}  // namespace plugrig::lx106_test
