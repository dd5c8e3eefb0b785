#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace plugrig::twin::test {

/// A few instructions of the LX106, encoded by hand from the instruction sheet. Literals lie in
/// front of the code.
class Program {
 public:
  static constexpr std::uint32_t kBase = 0x40100000;

  explicit Program(std::vector<std::uint32_t> literals) {
    for (const std::uint32_t literal : literals) word(literal);
    literals_ = literals.size();
  }

  [[nodiscard]] std::uint32_t here() const {
    return kBase + static_cast<std::uint32_t>(bytes_.size());
  }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  [[nodiscard]] std::uint32_t entry() const {
    return kBase + 4 * static_cast<std::uint32_t>(literals_);
  }
  void set_literal(std::size_t index, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) bytes_[4 * index + i] = byte(value >> (8 * i));
  }

  void l32r(unsigned t, std::size_t literal) {
    const std::uint32_t from = (here() + 3) & ~3U;
    const std::uint32_t to = kBase + 4 * static_cast<std::uint32_t>(literal);
    put((((to - from) >> 2) & 0xFFFF) << 8 | t << 4 | 1);
  }
  void l32i(unsigned t, unsigned s, unsigned offset) {
    put((offset / 4) << 16 | 0x2000 | s << 8 | t << 4 | 2);
  }
  void s32i(unsigned t, unsigned s, unsigned offset) {
    put((offset / 4) << 16 | 0x6000 | s << 8 | t << 4 | 2);
  }
  void l8ui(unsigned t, unsigned s, unsigned offset) { put(offset << 16 | s << 8 | t << 4 | 2); }
  void movi(unsigned t, int value) {
    const auto v = static_cast<std::uint32_t>(value) & 0xFFF;
    put((v & 0xFF) << 16 | 0xA000 | (v >> 8) << 8 | t << 4 | 2);
  }
  void addi(unsigned t, unsigned s, int value) {
    put((static_cast<std::uint32_t>(value) & 0xFF) << 16 | 0xC000 | s << 8 | t << 4 | 2);
  }
  /// ar = low `width` bits of at.
  void low_bits(unsigned r, unsigned t, unsigned width) {
    put((width - 1) << 20 | 0x040000 | r << 12 | t << 4);
  }
  void beqz(unsigned s, std::uint32_t target) {
    put(((target - here() - 4) & 0xFFF) << 12 | s << 8 | 0x16);
  }
  void j(std::uint32_t target) { put(((target - here() - 4) & 0x3FFFF) << 6 | 6); }
  void callx0(unsigned s) { put(s << 8 | 0xC0); }
  void jx(unsigned s) { put(s << 8 | 0xA0); }
  void ret() { put(0x80); }
  void rsil(unsigned t, unsigned level) { put(0x6000 | level << 8 | t << 4); }
  void waiti(unsigned level) { put(0x7000 | level << 8); }
  void ill() { put(0); }
  /// Words for a memory upload: a multiple of four.
  void pad() {
    while (bytes_.size() % 4 != 0) bytes_.push_back(0);
  }

 private:
  static std::uint8_t byte(std::uint32_t value) { return static_cast<std::uint8_t>(value); }
  void put(std::uint32_t instruction) {
    for (unsigned i = 0; i < 3; ++i) bytes_.push_back(byte(instruction >> (8 * i)));
  }
  void word(std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) bytes_.push_back(byte(value >> (8 * i)));
  }

  std::vector<std::uint8_t> bytes_;
  std::size_t literals_ = 0;
};

}  // namespace plugrig::twin::test
