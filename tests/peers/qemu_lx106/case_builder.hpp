#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/peers/qemu_lx106/case.hpp"
#include "tests/peers/qemu_lx106/encoder.hpp"

namespace plugrig::qemu_lx106 {

/// Writes one case to the end of the batch's code: loads all registers from the state block, runs
/// the instructions under test, stores everything back.
///
/// One register (never a destination) holds the address of the state block all the time, because
/// user-mode code has nowhere else to keep it.
class CaseBuilder {
 public:
  CaseBuilder(Random& random, Batch& batch, std::size_t index);

  /// A case about `row`, with a few other instructions before it now and then.
  Case build(const Row& row);

 private:
  // Code bytes
  [[nodiscard]] std::uint32_t here() const;
  void emit(const Row& row, const Operands& operands);
  void emit(std::string_view name, const Operands& operands) { emit(row_named(name), operands); }
  void test(const Row& row, const Operands& operands);
  void fill_to(std::uint32_t address);
  void patch_jump(std::uint32_t at, std::uint32_t target);
  void word(std::uint32_t value);
  void prologue();
  void epilogue();
  void mark_and_leave(std::uint32_t marker);

  // Operands
  std::uint32_t destination();
  std::uint32_t source() { return random_.below(16); }
  /// A register whose start value can still be chosen, and gets `value`.
  std::uint32_t preset(std::uint32_t value, std::uint32_t not_this = 16);
  std::int32_t distance(std::int32_t low, std::int32_t high);
  void decide_branch(const Row& row, Operands& o);

  // Kinds of instructions
  void straight(const Row& row);
  void keep_shift_defined(const Row& row);
  Operands memory_operands(const Row& row);
  Operands plain_operands(const Row& row);
  void extra_instructions();
  void literal_load(const Row& row);
  void litbase_case(const Row& row);
  void control(const Row& row);
  void control_near_backward(const Row& row, Operands o, std::int32_t want);
  void control_near_forward(const Row& row, Operands o, std::int32_t want);
  void control_far(const Row& row, Operands o, std::int32_t want);
  void control_instruction(const Row& row, Operands o, std::uint32_t target);

  Random& random_;
  Batch& batch_;
  std::uint32_t state_address_;
  std::uint32_t base_;  ///< the register that holds state_address_
  Case case_;
  std::array<bool, 16> fixed_{};    ///< start value must stay as it is
  std::array<bool, 16> written_{};  ///< no longer holds its start value
  bool litbase_used_ = false;
  bool sar_above_32_ = false;                     ///< SAR may be above 32 where the case has got to
  bool sar_for_left_ = false;                     ///< SAR was last set by SSL or SSA8B
  std::optional<std::uint32_t> target_register_;  ///< of JX, CALLX0, RET
};

}  // namespace plugrig::qemu_lx106
