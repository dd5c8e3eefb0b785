// The interpreter against qemu's: the same code bytes from the same start must end the same.
//
// PLUGRIG_QEMU_SEED and PLUGRIG_QEMU_CASES (at least 10 000) choose another batch.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include "fixtures/twin/chip/lx106.hpp"
#include "tests/peers/qemu_lx106/qemu_runner.hpp"
#include "tests/unit/lx106/behaviour_vectors.hpp"

namespace plugrig::qemu_lx106 {
namespace {

using twin::Lx106;
using twin::StopReason;

constexpr std::size_t kLeastCases = 10'000;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

class Nothing final : public twin::Peripherals {
 public:
  bool read(std::uint32_t, std::uint64_t, std::uint32_t&) override { return false; }
  bool write(std::uint32_t, std::uint64_t, std::uint32_t) override { return false; }
};

/// The same batch on our core. Fills `states` with what the cases left; returns what went wrong.
std::string run_in_our_core(Batch& batch, std::vector<StateBlock>& states) {
  std::vector<std::uint8_t> memory;
  for (const Case& one : batch.cases) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(one.start.data());
    memory.insert(memory.end(), bytes, bytes + sizeof one.start);
  }
  while (batch.code.size() % 4 != 0) batch.code.push_back(0);
  Nothing nothing;
  Lx106 core({{kStates, memory, false, false, true}, {kCases, batch.code, false, true, false}},
             nothing);
  std::string wrong;
  for (std::size_t i = 0; i < batch.cases.size(); ++i) {
    core.reset(batch.cases[i].entry);
    for (unsigned reg = 1; reg < 16; ++reg) {
      core.set_reg(reg, kStates + static_cast<std::uint32_t>(i * sizeof(StateBlock)));
    }
    const StopReason reason = core.run(core.cycle() + 10'000'000);
    if (reason != StopReason::native || core.pc() != kBack) {
      wrong += fmt::format("case {} stopped at 0x{:08x} ({}):\n{}", i, core.pc(),
                           core.fault().describe(), batch.cases[i].text);
    }
  }
  states.resize(batch.cases.size());
  std::memcpy(states.data(), memory.data(), memory.size());
  return wrong;
}

std::string difference(const Case& one, const StateBlock& qemu, const StateBlock& ours) {
  std::string text;
  for (std::size_t i = 0; i < slot::count; ++i) {
    if (qemu[i] == ours[i]) continue;
    const std::string name = i < 16               ? fmt::format("a{}", i)
                             : i == slot::sar     ? "SAR"
                             : i == slot::litbase ? "LITBASE"
                             : i == slot::taken   ? "branch taken"
                             : i >= slot::memory  ? fmt::format("memory word {}", i - slot::memory)
                                                  : fmt::format("word {}", i);
    text += fmt::format("  {}: started 0x{:08x}, qemu 0x{:08x}, ours 0x{:08x}\n", name,
                        one.start[i], qemu[i], ours[i]);
  }
  for (std::size_t i = 0; i < 16; ++i) text += fmt::format(" a{}=0x{:08x}", i, one.start[i]);
  return one.text + text + fmt::format(" sar={}\n", one.start[slot::sar]);
}

/// How often each row ran, and the branches' two outcomes.
struct Counts {
  std::map<std::string_view, std::size_t> runs, taken, not_taken;
};

Counts count(const Batch& batch, const std::vector<StateBlock>& states) {
  Counts counts;
  for (std::size_t i = 0; i < batch.cases.size(); ++i) {
    for (const auto row : batch.cases[i].rows) ++counts.runs[row];
    if (states[i][slot::taken] != 0) ++counts.taken[batch.cases[i].rows.back()];
    if (states[i][slot::not_taken] != 0) ++counts.not_taken[batch.cases[i].rows.back()];
  }
  return counts;
}

bool is_conditional(Shape shape) {
  return shape == Shape::branch_zero || shape == Shape::branch_const ||
         shape == Shape::branch_const_u || shape == Shape::branch_registers ||
         shape == Shape::branch_bit || shape == Shape::branch_n;
}

TEST(QemuLx106, EveryCaseEndsTheSame) {
  const std::uint64_t seed = from_environment("PLUGRIG_QEMU_SEED", 20261122);
  const std::size_t cases = from_environment("PLUGRIG_QEMU_CASES", 12'000);
  ASSERT_GE(cases, kLeastCases);
  Batch batch = make_batch(seed, cases);

  std::vector<StateBlock> qemu;
  ASSERT_NO_THROW(
      try { qemu = run_in_qemu(batch); } catch (const std::exception& e) { FAIL() << e.what(); });
  std::vector<StateBlock> ours;
  EXPECT_EQ(run_in_our_core(batch, ours), "");

  int shown = 0;
  for (std::size_t i = 0; i < cases && shown < 10; ++i) {
    if (qemu[i] == ours[i]) continue;
    ++shown;
    ADD_FAILURE() << "seed " << seed << " case " << i << "\n"
                  << difference(batch.cases[i], qemu[i], ours[i]);
  }

  const Counts counts = count(batch, qemu);
  for (const Row& row : sheet_rows()) {
    if (row.proof != Proof::qemu) continue;
    const auto times = [&](const auto& map) {
      return map.contains(row.name) ? map.at(row.name) : 0;
    };
    EXPECT_GE(times(counts.runs), 50U) << row.name;
    if (!is_conditional(row.shape)) continue;
    EXPECT_GE(times(counts.taken), 5U) << row.name;
    EXPECT_GE(times(counts.not_taken), 5U) << row.name;
  }
}

TEST(QemuLx106, OneSeedGivesOneBatch) {
  const Batch first = make_batch(7, 300);
  const Batch second = make_batch(7, 300);
  EXPECT_EQ(first.code, second.code);
  EXPECT_NE(first.code, make_batch(8, 300).code);
}

TEST(QemuLx106, EveryRowOfTheSheetIsProvenSomewhere) {
  std::set<twin::lx106::Op> operations;
  std::set<std::string_view> vectors;
  for (const auto& vector : lx106_test::behaviour_vectors()) vectors.insert(vector.row);
  for (const Row& row : sheet_rows()) {
    operations.insert(row.op);
    EXPECT_EQ(twin::lx106::decode(0x40100000, row.fixed).op, row.op) << row.name;
    if (row.proof == Proof::vector) {
      EXPECT_TRUE(vectors.contains(row.name)) << "no behaviour vector for '" << row.name << "'";
    }
  }
  // Every operation that the core knows is in some row.
  for (int op = 0; op <= static_cast<int>(twin::lx106::Op::bbsi); ++op) {
    EXPECT_TRUE(operations.contains(static_cast<twin::lx106::Op>(op))) << "operation " << op;
  }
}

/// Operands for the assembler check, relative targets within the first 64 KiB.
Operands any_operands(const Row& row, Random& random, std::uint32_t pc) {
  Operands o{.r = random.below(16), .s = random.below(16), .t = random.below(16)};
  switch (row.shape) {
    case Shape::ssai:
    case Shape::srai:
      o.imm = random.between(0, 31);
      break;
    case Shape::slli:
      o.imm = random.between(1, 31);
      break;
    case Shape::srli:
      o.imm = random.between(0, 15);
      break;
    case Shape::extui:
      o.imm = random.between(0, 31);
      o.width = 1 + random.below(std::min(16U, static_cast<std::uint32_t>(32 - o.imm)));
      break;
    case Shape::movi:
      o.imm = random.between(-2048, 2047);
      break;
    case Shape::addi:
      o.imm = random.between(-128, 127);
      break;
    case Shape::addmi:
      o.imm = 256 * random.between(-128, 127);
      break;
    case Shape::load:
    case Shape::store:
      o.imm = static_cast<std::int32_t>(row.scale * random.below(256));
      break;
    case Shape::l32i_n:
    case Shape::s32i_n:
      o.imm = random.between(0, 15) * 4;
      break;
    case Shape::addi_n:
      o.imm = random.between(1, 15);
      break;
    case Shape::movi_n:
      o.imm = random.between(-32, 95);
      break;
    case Shape::branch_bit:
      o.t = random.below(32);
      break;
    case Shape::branch_n:
      o.imm = random.between(4, 67);
      break;
    case Shape::l32r:
    case Shape::call0:
      o.imm = static_cast<std::int32_t>(4 * random.below(1000)) - static_cast<std::int32_t>(pc);
      break;
    default:
      o.imm = random.between(-124, 131);
      break;
  }
  return o;
}

TEST(QemuLx106, EncoderAgreesWithTheAssembler) {
  constexpr std::uint32_t kPad = 4096;
  Random random(1);
  std::string text = fmt::format(".text\n.begin no-transform\n.space {}\n", kPad);
  std::vector<std::uint8_t> expected(kPad);
  std::vector<std::string> lines;
  std::vector<std::size_t> at;
  for (const Row& row : sheet_rows()) {
    if (row.proof != Proof::qemu) continue;
    for (int i = 0; i < 20; ++i) {
      const auto pc = static_cast<std::uint32_t>(expected.size());
      const Operands o = any_operands(row, random, pc);
      const std::uint32_t bits = encode(row, o, pc);
      lines.push_back(assembler_text(row, o));
      at.push_back(pc);
      text += lines.back() + "\n";
      for (std::uint32_t b = 0; b < row.length; ++b) {
        expected.push_back(static_cast<std::uint8_t>(bits >> 8 * b));
      }
    }
  }
  std::vector<std::uint8_t> assembled;
  ASSERT_NO_THROW(
      try { assembled = assemble(text); } catch (const std::exception& e) { FAIL() << e.what(); });
  ASSERT_EQ(assembled.size(), expected.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t end = i + 1 < at.size() ? at[i + 1] : expected.size();
    const std::vector<std::uint8_t> ours(expected.begin() + static_cast<std::ptrdiff_t>(at[i]),
                                         expected.begin() + static_cast<std::ptrdiff_t>(end));
    const std::vector<std::uint8_t> theirs(assembled.begin() + static_cast<std::ptrdiff_t>(at[i]),
                                           assembled.begin() + static_cast<std::ptrdiff_t>(end));
    EXPECT_EQ(ours, theirs) << lines[i];
  }
}

}  // namespace
}  // namespace plugrig::qemu_lx106
