#include "tests/peers/qemu_lx106/case_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace plugrig::qemu_lx106 {

namespace {
/// Room for everything between the start of a case and the instruction under test.
constexpr std::uint32_t kLeadIn = 96;
}  // namespace

CaseBuilder::CaseBuilder(Random& random, Batch& batch, std::size_t index)
    : random_(random),
      batch_(batch),
      state_address_(kStates + static_cast<std::uint32_t>(index * sizeof(StateBlock))),
      base_(1 + random.below(15)) {
  for (std::uint32_t i = 0; i < slot::count; ++i) case_.start.at(i) = random_.value();
  case_.start[base_] = state_address_;
  case_.start[slot::sar] = random_.below(64);
  sar_above_32_ = case_.start[slot::sar] > 32;
  case_.start[slot::back] = kBack;
  case_.start[slot::not_taken] = case_.start[slot::taken] = case_.start[slot::litbase] = 0;
  fixed_[base_] = true;
}

// --- code bytes

std::uint32_t CaseBuilder::here() const {
  return kCases + static_cast<std::uint32_t>(batch_.code.size());
}

void CaseBuilder::emit(const Row& row, const Operands& operands) {
  const std::uint32_t bits = encode(row, operands, here());
  for (std::uint32_t i = 0; i < row.length; ++i) {
    batch_.code.push_back(static_cast<std::uint8_t>(bits >> 8 * i));
  }
}

/// An instruction under test: counted and named in messages.
void CaseBuilder::test(const Row& row, const Operands& operands) {
  case_.rows.push_back(row.name);
  case_.text += fmt::format("  {:08x}: {}\n", here(), assembler_text(row, operands));
  emit(row, operands);
}

/// Fills with instructions that do nothing (a gap of one byte can only be jumped over).
void CaseBuilder::fill_to(std::uint32_t address) {
  if (address < here()) throw std::logic_error("a case does not fit its distance");
  if (address - here() == 1) batch_.code.push_back(0);
  if ((address - here()) % 2 == 1) emit("nop", {});
  while (here() < address) emit("nop.n", {});
}

void CaseBuilder::patch_jump(std::uint32_t at, std::uint32_t target) {
  const std::uint32_t bits =
      encode(row_named("j"), {.imm = static_cast<std::int32_t>(target - at)}, at);
  for (std::uint32_t i = 0; i < 3; ++i) {
    batch_.code.at(at - kCases + i) = static_cast<std::uint8_t>(bits >> 8 * i);
  }
}

void CaseBuilder::word(std::uint32_t value) {
  for (std::uint32_t i = 0; i < 4; ++i) {
    batch_.code.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  }
}

void CaseBuilder::prologue() {
  case_.entry = here();
  const std::uint32_t x = base_ == 1 ? 2 : 1;
  emit("l32i", {.s = base_, .t = x, .imm = 4 * slot::sar});
  emit("wsr.sar", {.t = x});
  for (std::uint32_t i = 0; i < 16; ++i) {
    if (i == base_) continue;
    emit("l32i.n", {.s = base_, .t = i, .imm = static_cast<std::int32_t>(4 * i)});
  }
}

void CaseBuilder::epilogue() {
  for (std::uint32_t i = 0; i < 16; ++i) {
    if (i == base_) continue;
    emit("s32i.n", {.s = base_, .t = i, .imm = static_cast<std::int32_t>(4 * i)});
  }
  emit("rsr.sar", {.t = 0});
  emit("s32i", {.s = base_, .t = 0, .imm = 4 * slot::sar});
  if (litbase_used_) {
    emit("rsr.litbase", {.t = 0});
    emit("s32i", {.s = base_, .t = 0, .imm = 4 * slot::litbase});
    emit("movi", {.t = 0, .imm = 0});
    emit("wsr.litbase", {.t = 0});
  }
  emit("l32i", {.s = base_, .t = 0, .imm = 4 * slot::back});
  emit("ret.n", {});
}

void CaseBuilder::mark_and_leave(std::uint32_t marker) {
  emit("s32i", {.s = base_, .t = base_, .imm = static_cast<std::int32_t>(4 * marker)});
  epilogue();
}

// --- operands

std::uint32_t CaseBuilder::destination() {
  for (;;) {
    const std::uint32_t reg = random_.below(16);
    if (fixed_.at(reg)) continue;
    written_.at(reg) = true;
    return reg;
  }
}

std::uint32_t CaseBuilder::preset(std::uint32_t value, std::uint32_t not_this) {
  const std::uint32_t first = random_.below(16);
  for (std::uint32_t i = 0; i < 16; ++i) {
    const std::uint32_t reg = (first + i) % 16;
    if (fixed_.at(reg) || written_.at(reg) || reg == not_this) continue;
    case_.start.at(reg) = value;
    fixed_.at(reg) = true;
    return reg;
  }
  throw std::logic_error("a case has no register left");
}

Operands CaseBuilder::memory_operands(const Row& row) {
  const bool narrow = row.shape == Shape::l32i_n || row.shape == Shape::s32i_n;
  const bool load = row.shape == Shape::load || row.shape == Shape::l32i_n;
  const std::uint32_t items = 4 * slot::memory_words / row.scale;
  const std::uint32_t offset_in_block = 4 * slot::memory + row.scale * random_.below(items);
  Operands o;
  if (!narrow && random_.chance(15)) {
    o.s = base_;
    o.imm = static_cast<std::int32_t>(offset_in_block);
  } else {
    const std::uint32_t imm = row.scale * random_.below(narrow ? 16 : 256);
    o.imm = static_cast<std::int32_t>(imm);
    o.s = preset(state_address_ + offset_in_block - imm);
  }
  const bool into_itself = load && o.s != base_ && random_.chance(20);
  if (into_itself) written_.at(o.s) = true;
  o.t = into_itself ? o.s : load ? destination() : source();
  return o;
}

Operands CaseBuilder::plain_operands(const Row& row) {
  Operands o{.r = source(), .s = source(), .t = source()};
  switch (row.shape) {
    case Shape::r_s_t:
    case Shape::r_t:
    case Shape::r_s:
      o.r = destination();
      break;
    case Shape::t_s:
      o.t = destination();
      break;
    case Shape::ssai:
      o.imm = random_.between(0, 31);
      break;
    case Shape::slli:
      o = {.r = destination(), .s = o.s, .imm = random_.between(1, 31)};
      break;
    case Shape::srai:
      o = {.r = destination(), .t = o.t, .imm = random_.between(0, 31)};
      break;
    case Shape::srli:
      o = {.r = destination(), .t = o.t, .imm = random_.between(0, 15)};
      break;
    case Shape::extui:
      o = {.r = destination(),
           .t = o.t,
           .imm = random_.between(0, 31),
           .width = 1 + random_.below(16)};
      // The assembler rejects fields that end beyond bit 31.
      o.width = std::min(o.width, static_cast<std::uint32_t>(32 - o.imm));
      break;
    case Shape::movi:
      o = {.t = destination(), .imm = random_.between(-2048, 2047)};
      break;
    case Shape::addi:
      o = {.s = o.s, .t = destination(), .imm = random_.between(-128, 127)};
      break;
    case Shape::addmi:
      o = {.s = o.s, .t = destination(), .imm = 256 * random_.between(-128, 127)};
      break;
    case Shape::addi_n:
      o = {.r = destination(), .s = o.s, .imm = random_.between(0, 14)};
      o.imm = o.imm == 0 ? -1 : o.imm == 14 ? 15 : o.imm;
      break;
    case Shape::movi_n:
      o = {.s = destination(), .imm = random_.between(-32, 95)};
      break;
    case Shape::read_special:
      if (row.op != twin::lx106::Op::wsr) o.t = destination();
      break;
    default:
      break;
  }
  return o;
}

/// Two places where shifts have no answer to compare with; another SAR is set before them.
///
/// SLL with SAR above 32 is undefined (the sheet's formula and qemu differ). SRL and SRA right
/// after SSL or SSA8B with SAR = 32: qemu 7.2 takes the amount modulo 32, though the same amount
/// set by WSR.SAR shifts everything out, as the instruction set says; our vectors cover that.
void CaseBuilder::keep_shift_defined(const Row& row) {
  using twin::lx106::Op;
  if (row.op == Op::sll && sar_above_32_) {
    straight(row_named(random_.chance(50) ? "ssl" : "ssa8b"));
  }
  if ((row.op == Op::srl || row.op == Op::sra) && sar_for_left_) {
    straight(row_named(random_.chance(50) ? "ssr" : "ssai"));
  }
  if (row.op == Op::wsr || row.op == Op::xsr) {
    sar_above_32_ = true;
    sar_for_left_ = false;
  } else if (row.op >= Op::ssr && row.op <= Op::ssai) {
    sar_above_32_ = false;
    sar_for_left_ = row.op == Op::ssl || row.op == Op::ssa8b;
  }
}

void CaseBuilder::straight(const Row& row) {
  keep_shift_defined(row);
  const bool memory = row.shape == Shape::load || row.shape == Shape::store ||
                      row.shape == Shape::l32i_n || row.shape == Shape::s32i_n;
  test(row, memory ? memory_operands(row) : plain_operands(row));
}

/// Up to three other instructions, so that results flow from one to the next.
void CaseBuilder::extra_instructions() {
  if (!random_.chance(35)) return;
  std::vector<const Row*> candidates;
  for (const Row& row : sheet_rows()) {
    if (row.proof == Proof::qemu && row.shape != Shape::litbase &&
        (row.shape < Shape::l32r || row.shape == Shape::read_special)) {
      candidates.push_back(&row);
    }
  }
  for (std::uint32_t n = 1 + random_.below(3); n > 0; --n) {
    straight(*candidates[random_.below(static_cast<std::uint32_t>(candidates.size()))]);
  }
}

Case CaseBuilder::build(const Row& row) {
  fill_to(here() + random_.below(4));
  switch (row.shape) {
    case Shape::l32r:
      literal_load(row);
      break;
    case Shape::litbase:
      litbase_case(row);
      break;
    case Shape::branch_zero:
    case Shape::branch_const:
    case Shape::branch_const_u:
    case Shape::branch_registers:
    case Shape::branch_bit:
    case Shape::branch_n:
    case Shape::jump:
    case Shape::call0:
    case Shape::jump_register:
    case Shape::ret:
      control(row);
      break;
    default:
      prologue();
      extra_instructions();
      straight(row);
      epilogue();
  }
  return std::move(case_);
}

// --- literals

void CaseBuilder::literal_load(const Row& row) {
  constexpr std::uint32_t kFarthest = 65536 * 4;
  const bool far = random_.chance(2);
  std::uint32_t literal = 0;
  const auto put_literal = [&] {
    fill_to((here() + 3) & ~3U);
    literal = here();
    word(random_.value());
  };
  if (far) {
    put_literal();
    fill_to(literal + kFarthest - kLeadIn);
    prologue();
    extra_instructions();
    fill_to(literal + kFarthest - random_.below(4));
  } else {
    prologue();
    extra_instructions();
    const std::uint32_t over = here();
    emit("j", {.imm = 4});
    put_literal();
    fill_to(here() + random_.below(40));
    patch_jump(over, here());
  }
  test(row, {.t = destination(), .imm = static_cast<std::int32_t>(literal - here())});
  epilogue();
}

/// LITBASE is written in the case and put back to 0 by the epilogue.
void CaseBuilder::litbase_case(const Row& row) {
  litbase_used_ = true;
  fill_to((here() + 3) & ~3U);
  const std::uint32_t literal = here();
  word(random_.value());
  const std::uint32_t page = (literal | 0xFFF) + 1 + 4096 * random_.below(20);
  const bool reads_literal = row.name == "wsr.litbase";
  const std::uint32_t value = reads_literal ? page | 1 : random_.value();
  const std::uint32_t holder = preset(value | (random_.below(0x800) << 1));
  prologue();
  test(row_named("wsr.litbase"), {.t = holder});
  if (reads_literal) {
    const std::uint32_t t = destination();
    const std::uint32_t bits = row_named("l32r").fixed | t << 4 | ((literal - page) >> 2) << 8;
    case_.text += fmt::format("  {:08x}: l32r a{} from LITBASE\n", here(), t);
    for (std::uint32_t i = 0; i < 3; ++i) {
      batch_.code.push_back(static_cast<std::uint8_t>(bits >> 8 * i));
    }
  } else {
    test(row, {.t = destination()});
  }
  epilogue();
}

}  // namespace plugrig::qemu_lx106
