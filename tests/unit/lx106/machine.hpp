#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <utility>
#include <vector>

#include "fixtures/twin/chip/lx106.hpp"

namespace plugrig::lx106_test {

inline constexpr std::uint32_t kData = 0x3FFE8000;
inline constexpr std::uint32_t kDataSize = 0x1000;
inline constexpr std::uint32_t kReadOnly = 0x40200000;
inline constexpr std::uint32_t kIram = 0x40100000;  ///< two regions side by side
inline constexpr std::uint32_t kIramMiddle = 0x40100800;
inline constexpr std::uint32_t kIramEnd = 0x40101000;
inline constexpr std::uint32_t kRom = 0x40000000;       ///< nothing mapped: native code
inline constexpr std::uint32_t kRegister = 0x60000000;  ///< peripheral registers, 256 bytes

/// Registers that keep what is written; a hook can answer reads.
class FakePeripherals final : public twin::Peripherals {
 public:
  bool read(std::uint32_t address, std::uint64_t cycle, std::uint32_t& value) override;
  bool write(std::uint32_t address, std::uint64_t cycle, std::uint32_t value) override;

  struct Access {
    bool is_write;
    std::uint32_t address;
    std::uint64_t cycle;
    std::uint32_t value;
    friend bool operator==(const Access&, const Access&) = default;
  };
  std::vector<Access> log;
  std::map<std::uint32_t, std::uint32_t> values;
  std::function<std::uint32_t(std::uint64_t cycle, std::uint32_t value)> on_read;
  std::function<void(std::uint32_t address, std::uint32_t value)> on_write;
};

/// A core with data memory, instruction memory and registers, and PS as running code has it.
class Machine {
 public:
  Machine();

  /// Puts instructions at `address` (each 2 or 3 bytes, as its first byte says); returns the
  /// address behind them.
  std::uint32_t program(std::initializer_list<std::uint32_t> instructions,
                        std::uint32_t address = kIram);
  /// Runs `count` instructions.
  twin::StopReason step(std::uint64_t count = 1);
  std::uint32_t word(std::uint32_t address);
  void set_word(std::uint32_t address, std::uint32_t value);

  FakePeripherals io;
  std::vector<std::uint8_t> data = std::vector<std::uint8_t>(kDataSize);
  std::vector<std::uint8_t> flash = std::vector<std::uint8_t>(0x100, 0xEE);
  std::vector<std::uint8_t> low = std::vector<std::uint8_t>(kIramMiddle - kIram);
  std::vector<std::uint8_t> high = std::vector<std::uint8_t>(kIramEnd - kIramMiddle);
  twin::Lx106 core;
};

}  // namespace plugrig::lx106_test
