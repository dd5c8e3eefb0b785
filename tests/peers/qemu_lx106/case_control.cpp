// Jumps, calls and branches: where they go, and a mark for the way that was taken.

#include <algorithm>
#include <cstdlib>

#include "tests/peers/qemu_lx106/case_builder.hpp"

namespace plugrig::qemu_lx106 {

namespace {

/// Reach of a shape, as distance of the target from the instruction.
struct Reach {
  std::int32_t low;
  std::int32_t high;
};

Reach reach_of(Shape shape) {
  switch (shape) {
    case Shape::branch_zero:
      return {-2044, 2051};
    case Shape::branch_n:
      return {4, 67};
    case Shape::jump:
      return {-131068, 131075};
    // Words from the word of the instruction; the ends hold for every alignment of it.
    case Shape::call0:
      return {-524284, 524284};
    case Shape::jump_register:
    case Shape::ret:
      return {-300, 300};
    default:
      return {-124, 131};
  }
}

/// Room for everything before the instruction, and for one way out.
constexpr std::uint32_t kLeadIn = 96;
constexpr std::int32_t kFar = 100'000;

}  // namespace

/// The ends of the reach in a few cases of a hundred, else near.
std::int32_t CaseBuilder::distance(std::int32_t low, std::int32_t high) {
  if (random_.chance(high > kFar ? 3 : 12)) return random_.chance(50) ? low : high;
  return random_.between(std::max(low, -2500), std::min(high, 2500));
}

void CaseBuilder::decide_branch(const Row& row, Operands& o) {
  o.s = source();
  o.t = source();
  o.r = random_.below(16);
  switch (row.shape) {
    case Shape::branch_const:
    case Shape::branch_const_u:
      if (random_.chance(60)) {
        const std::int32_t near = branch_constant(row.shape == Shape::branch_const_u, o.r);
        o.s = preset(static_cast<std::uint32_t>(near + random_.between(-1, 1)));
      }
      break;
    case Shape::branch_bit:
      o.t = random_.below(32);
      break;
    case Shape::branch_zero:
    case Shape::branch_n:
      if (random_.chance(30)) o.s = preset(0);
      break;
    case Shape::branch_registers:
      if (random_.chance(60)) {
        const std::uint32_t value = random_.value();
        const std::uint32_t others[] = {
            value, value + 1, value - 1, ~value, value & random_.value(), value | random_.value()};
        o.s = preset(value);
        o.t = preset(others[random_.below(6)]);
      }
      break;
    case Shape::jump_register:
      target_register_ = o.s = preset(0);
      break;
    case Shape::ret:
      fixed_[0] = true;
      target_register_ = 0;
      break;
    default:
      break;
  }
}

void CaseBuilder::control(const Row& row) {
  Operands o;
  decide_branch(row, o);
  const Reach reach = reach_of(row.shape);
  const std::int32_t want = distance(reach.low, reach.high);
  if (std::abs(want) > kFar) {
    control_far(row, o, want);
  } else if (want < 0) {
    control_near_backward(row, o, want);
  } else {
    control_near_forward(row, o, want);
  }
}

void CaseBuilder::control_instruction(const Row& row, Operands o, std::uint32_t target) {
  if (target_register_) case_.start.at(*target_register_) = target;
  o.imm = static_cast<std::int32_t>(target - here());
  test(row, o);
}

/// … jump over; target: mark, jump out; gap; instruction; not taken
void CaseBuilder::control_near_backward(const Row& row, Operands o, std::int32_t want) {
  prologue();
  extra_instructions();
  const std::uint32_t over = here();
  emit("j", {.imm = 4});
  if (row.shape == Shape::call0) fill_to((here() + 3) & ~3U);
  const std::uint32_t target = here();
  emit("s32i", {.s = base_, .t = base_, .imm = 4 * slot::taken});
  const std::uint32_t out = here();
  emit("j", {.imm = 4});
  fill_to(std::max(here(), target + static_cast<std::uint32_t>(-want)));
  patch_jump(over, here());
  control_instruction(row, o, target);
  mark_and_leave(slot::not_taken);
  patch_jump(out, here());
  epilogue();
}

/// … instruction; not taken: mark, jump out; gap; target: mark; out
void CaseBuilder::control_near_forward(const Row& row, Operands o, std::int32_t want) {
  prologue();
  extra_instructions();
  std::uint32_t target =
      std::max(here() + static_cast<std::uint32_t>(want), here() + row.length + 6);
  if (row.shape == Shape::call0) target = (target + 3) & ~3U;
  control_instruction(row, o, target);
  emit("s32i", {.s = base_, .t = base_, .imm = 4 * slot::not_taken});
  const std::uint32_t out = here();
  emit("j", {.imm = 4});
  fill_to(target);
  emit("s32i", {.s = base_, .t = base_, .imm = 4 * slot::taken});
  patch_jump(out, here());
  epilogue();
}

/// Too far for a jump out: each way has its own end.
void CaseBuilder::control_far(const Row& row, Operands o, std::int32_t want) {
  const auto size = static_cast<std::uint32_t>(std::abs(want));
  if (want < 0) {
    fill_to((here() + 3) & ~3U);
    const std::uint32_t target = here();
    mark_and_leave(slot::taken);
    fill_to(target + size - kLeadIn);
    prologue();
    extra_instructions();
    fill_to(target + size);
    control_instruction(row, o, target);
    mark_and_leave(slot::not_taken);
    return;
  }
  prologue();
  extra_instructions();
  std::uint32_t target = here() + size;
  if (row.shape == Shape::call0) target &= ~3U;
  control_instruction(row, o, target);
  mark_and_leave(slot::not_taken);
  fill_to(target);
  mark_and_leave(slot::taken);
}

}  // namespace plugrig::qemu_lx106
