#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fixtures/twin/chip/lx106_isa.hpp"

namespace plugrig::qemu_lx106 {

/// How a row of the instruction sheet is proven.
enum class Proof : std::uint8_t {
  qemu,    ///< generated cases here, compared with qemu
  vector,  ///< hand-written vector in tests/unit/lx106 (privileged, traps: qemu-user cannot)
};

/// Operands of an instruction: which fields vary and how the assembler writes them.
enum class Shape : std::uint8_t {
  none,
  r_s_t,   ///< name ar, as, at
  r_t,     ///< name ar, at
  r_s,     ///< name ar, as
  t_s,     ///< name at, as
  s_only,  ///< name as
  ssai,
  slli,
  srai,
  srli,
  extui,
  movi,
  addi,
  addmi,
  load,  ///< name at, as, offset; scale below
  store,
  l32i_n,
  s32i_n,
  addi_n,
  movi_n,
  l32r,
  branch_zero,     ///< 12-bit offset
  branch_const,    ///< b4const
  branch_const_u,  ///< b4constu
  branch_registers,
  branch_bit,  ///< bit number in the instruction
  branch_n,    ///< forward only
  jump,
  call0,
  jump_register,  ///< JX, CALLX0
  ret,
  read_special,  ///< RSR, WSR, XSR of SAR
  litbase,       ///< WSR.LITBASE, then the row's own RSR/XSR/L32R with it
};

struct Row {
  std::string_view name;  ///< assembler mnemonic
  twin::lx106::Op op;     ///< operation it must decode to
  Proof proof = Proof::qemu;
  Shape shape = Shape::none;
  std::uint32_t fixed = 0;   ///< instruction with all operand fields zero
  std::uint32_t length = 3;  ///< bytes
  std::uint32_t scale = 1;   ///< access width of loads and stores
};

/// Every row of sections 3 and 4 of the instruction sheet.
const std::vector<Row>& sheet_rows();

}  // namespace plugrig::qemu_lx106
