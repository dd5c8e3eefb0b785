#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/peers/qemu_lx106/sheet_rows.hpp"

namespace plugrig::qemu_lx106 {

/// Operand values. `imm` is what the assembler is given (a distance in bytes from the instruction
/// for everything relative to the program counter); `width` is EXTUI's.
struct Operands {
  std::uint32_t r = 0;
  std::uint32_t s = 0;
  std::uint32_t t = 0;
  std::int32_t imm = 0;
  std::uint32_t width = 1;
};

/// The instruction's bits, written from the format tables of the sheet and independent of the
/// core's decoder. `pc` matters for L32R and CALL0 only.
std::uint32_t encode(const Row& row, const Operands& operands, std::uint32_t pc);

/// The same instruction as assembler text.
std::string assembler_text(const Row& row, const Operands& operands);

/// The row of that name; std::out_of_range when there is none.
const Row& row_named(std::string_view name);

/// Constant number `index` of BEQI & co. and of BLTUI/BGEUI.
std::int32_t branch_constant(bool is_unsigned, std::uint32_t index);

}  // namespace plugrig::qemu_lx106
