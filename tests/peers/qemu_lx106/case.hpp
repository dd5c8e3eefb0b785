#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig::qemu_lx106 {

// Where the image puts things (image.ld, driver.S).
inline constexpr std::uint32_t kBack = 0x10000000;  ///< a case returns by jumping here
inline constexpr std::uint32_t kStates = 0x10100000;
inline constexpr std::uint32_t kCases = 0x11000000;

/// A case's state block, in words: what it starts with and what it leaves behind.
namespace slot {
inline constexpr std::uint32_t registers = 0, sar = 16, back = 17, not_taken = 18, taken = 19,
                               litbase = 20, memory = 24, memory_words = 16, count = 40;
}
using StateBlock = std::array<std::uint32_t, slot::count>;

/// Randomness with our own arithmetic: the same on every standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(engine_() >> 32) % limit;
  }
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  std::int32_t between(std::int32_t low, std::int32_t high) {
    return low + static_cast<std::int32_t>(below(static_cast<std::uint32_t>(high - low) + 1));
  }
  /// Corners (0, 1, -1, sign bits, single bits, near neighbours) half of the time.
  std::uint32_t value();

 private:
  std::mt19937_64 engine_;
};

struct Case {
  std::uint32_t entry = 0;  ///< address of the first instruction
  StateBlock start{};
  std::vector<std::string_view> rows;  ///< rows of the sheet that it executes
  std::string text;                    ///< what it executes, for messages
};

/// Many cases and the code bytes of all of them, from address kCases on.
struct Batch {
  std::vector<Case> cases;
  std::vector<std::uint8_t> code;
};

/// `count` cases that go round all rows marked `qemu`. One seed gives one batch.
Batch make_batch(std::uint64_t seed, std::size_t count);

}  // namespace plugrig::qemu_lx106
