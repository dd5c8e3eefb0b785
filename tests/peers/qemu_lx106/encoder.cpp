#include "tests/peers/qemu_lx106/encoder.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace plugrig::qemu_lx106 {

namespace {

std::uint32_t field(std::int32_t value, unsigned bits) {
  return static_cast<std::uint32_t>(value) & ((1U << bits) - 1);
}

std::uint32_t s_t(const Operands& o) { return o.s << 8 | o.t << 4; }

std::uint32_t encode_shift(const Row& row, const Operands& o) {
  const std::uint32_t amount = field(o.imm, 6);
  switch (row.shape) {
    case Shape::ssai:
      return row.fixed | (amount & 15) << 8 | (amount >> 4) << 4;
    case Shape::slli: {
      const std::uint32_t rest = 32 - amount;
      return row.fixed | o.r << 12 | o.s << 8 | (rest & 15) << 4 | (rest >> 4) << 20;
    }
    case Shape::srai:
      return row.fixed | o.r << 12 | o.t << 4 | (amount & 15) << 8 | (amount >> 4) << 20;
    case Shape::srli:
      return row.fixed | o.r << 12 | o.t << 4 | amount << 8;
    default:
      return row.fixed | o.r << 12 | o.t << 4 | (amount & 15) << 8 | (amount >> 4) << 16 |
             (o.width - 1) << 20;
  }
}

std::uint32_t encode_immediate(const Row& row, const Operands& o) {
  const auto scale = static_cast<std::int32_t>(row.scale);
  switch (row.shape) {
    case Shape::movi:
      return row.fixed | o.t << 4 | (field(o.imm, 12) >> 8) << 8 | field(o.imm, 8) << 16;
    case Shape::addi:
      return row.fixed | s_t(o) | field(o.imm, 8) << 16;
    case Shape::addmi:
      return row.fixed | s_t(o) | field(o.imm / 256, 8) << 16;
    case Shape::load:
    case Shape::store:
      return row.fixed | s_t(o) | field(o.imm / scale, 8) << 16;
    case Shape::l32i_n:
    case Shape::s32i_n:
      return row.fixed | s_t(o) | field(o.imm / 4, 4) << 12;
    case Shape::addi_n:
      return row.fixed | o.r << 12 | o.s << 8 | (o.imm == -1 ? 0 : field(o.imm, 4)) << 4;
    default:  // movi_n
      return row.fixed | o.s << 8 | (field(o.imm, 7) >> 4) << 4 | field(o.imm, 4) << 12;
  }
}

std::uint32_t encode_relative(const Row& row, const Operands& o, std::uint32_t pc) {
  const std::int32_t offset = o.imm - 4;
  switch (row.shape) {
    case Shape::l32r: {
      const std::uint32_t literal = pc + static_cast<std::uint32_t>(o.imm);
      return row.fixed | o.t << 4 | (((literal - ((pc + 3) & ~3U)) >> 2) & 0xFFFF) << 8;
    }
    case Shape::call0: {
      const std::uint32_t target = pc + static_cast<std::uint32_t>(o.imm);
      return row.fixed | (((target - (pc & ~3U) - 4) >> 2) & 0x3FFFF) << 6;
    }
    case Shape::jump:
      return row.fixed | field(offset, 18) << 6;
    case Shape::branch_zero:
      return row.fixed | o.s << 8 | field(offset, 12) << 12;
    case Shape::branch_const:
    case Shape::branch_const_u:
      return row.fixed | o.s << 8 | o.r << 12 | field(offset, 8) << 16;
    case Shape::branch_registers:
      return row.fixed | s_t(o) | field(offset, 8) << 16;
    case Shape::branch_bit:
      return row.fixed | o.s << 8 | (o.t & 15) << 4 | (o.t >> 4) << 12 | field(offset, 8) << 16;
    default:  // branch_n
      return row.fixed | o.s << 8 | (field(offset, 6) >> 4) << 4 | field(offset, 4) << 12;
  }
}

/// ". + 20" without spaces, as the assembler takes a distance.
std::string here(std::int32_t distance) { return fmt::format(".{:+}", distance); }

}  // namespace

std::uint32_t encode(const Row& row, const Operands& o, std::uint32_t pc) {
  switch (row.shape) {
    case Shape::none:
    case Shape::ret:
      return row.fixed;
    case Shape::r_s_t:
      return row.fixed | o.r << 12 | s_t(o);
    case Shape::r_t:
      return row.fixed | o.r << 12 | o.t << 4;
    case Shape::r_s:
      return row.fixed | o.r << 12 | o.s << 8;
    case Shape::t_s:
      return row.fixed | s_t(o);
    case Shape::s_only:
    case Shape::jump_register:
      return row.fixed | o.s << 8;
    case Shape::read_special:
    case Shape::litbase:
      return row.fixed | o.t << 4;
    case Shape::ssai:
    case Shape::slli:
    case Shape::srai:
    case Shape::srli:
    case Shape::extui:
      return encode_shift(row, o);
    case Shape::movi:
    case Shape::addi:
    case Shape::addmi:
    case Shape::load:
    case Shape::store:
    case Shape::l32i_n:
    case Shape::s32i_n:
    case Shape::addi_n:
    case Shape::movi_n:
      return encode_immediate(row, o);
    default:
      return encode_relative(row, o, pc);
  }
}

std::string assembler_text(const Row& row, const Operands& o) {
  const auto n = row.name;
  switch (row.shape) {
    case Shape::none:
    case Shape::ret:
      return std::string(n);
    case Shape::r_s_t:
      return fmt::format("{} a{}, a{}, a{}", n, o.r, o.s, o.t);
    case Shape::r_t:
      return fmt::format("{} a{}, a{}", n, o.r, o.t);
    case Shape::r_s:
      return fmt::format("{} a{}, a{}", n, o.r, o.s);
    case Shape::t_s:
      return fmt::format("{} a{}, a{}", n, o.t, o.s);
    case Shape::s_only:
    case Shape::jump_register:
      return fmt::format("{} a{}", n, o.s);
    case Shape::read_special:
    case Shape::litbase:
      return fmt::format("{} a{}", n, o.t);
    case Shape::ssai:
      return fmt::format("{} {}", n, o.imm);
    case Shape::slli:
      return fmt::format("{} a{}, a{}, {}", n, o.r, o.s, o.imm);
    case Shape::srai:
    case Shape::srli:
      return fmt::format("{} a{}, a{}, {}", n, o.r, o.t, o.imm);
    case Shape::extui:
      return fmt::format("{} a{}, a{}, {}, {}", n, o.r, o.t, o.imm, o.width);
    case Shape::movi:
      return fmt::format("{} a{}, {}", n, o.t, o.imm);
    case Shape::addi:
    case Shape::addmi:
    case Shape::load:
    case Shape::store:
    case Shape::l32i_n:
    case Shape::s32i_n:
      return fmt::format("{} a{}, a{}, {}", n, o.t, o.s, o.imm);
    case Shape::addi_n:
      return fmt::format("{} a{}, a{}, {}", n, o.r, o.s, o.imm);
    case Shape::movi_n:
      return fmt::format("{} a{}, {}", n, o.s, o.imm);
    case Shape::l32r:
      return fmt::format("{} a{}, {}", n, o.t, here(o.imm));
    case Shape::branch_zero:
    case Shape::branch_n:
      return fmt::format("{} a{}, {}", n, o.s, here(o.imm));
    case Shape::branch_const:
    case Shape::branch_const_u: {
      const std::int32_t constant = branch_constant(row.shape == Shape::branch_const_u, o.r);
      return fmt::format("{} a{}, {}, {}", n, o.s, constant, here(o.imm));
    }
    case Shape::branch_registers:
      return fmt::format("{} a{}, a{}, {}", n, o.s, o.t, here(o.imm));
    case Shape::branch_bit:
      return fmt::format("{} a{}, {}, {}", n, o.s, o.t, here(o.imm));
    case Shape::jump:
    case Shape::call0:
      return fmt::format("{} {}", n, here(o.imm));
  }
  throw std::logic_error("a shape without assembler text");
}

const Row& row_named(std::string_view name) {
  for (const Row& row : sheet_rows()) {
    if (row.name == name) return row;
  }
  throw std::out_of_range(std::string(name));
}

std::int32_t branch_constant(bool is_unsigned, std::uint32_t index) {
  constexpr std::array<std::int32_t, 16> kSigned = {-1, 1,  2,  3,  4,  5,  6,   7,
                                                    8,  10, 12, 16, 32, 64, 128, 256};
  if (is_unsigned && index < 2) return index == 0 ? 32768 : 65536;
  return kSigned.at(index);
}

}  // namespace plugrig::qemu_lx106
