#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "drivers/esp/link.hpp"

namespace plugrig::esp {

/// One entry of a WRITE_REG: (old & ~mask) | (value & mask), after `delay_us` (up to 65535).
struct RegisterWrite {
  std::uint32_t address = 0;
  std::uint32_t value = 0;
  std::uint32_t mask = 0xFFFFFFFF;
  std::uint32_t delay_us = 0;
};

/// Commands that the ROM loader and a stub both know. Each is tried up to three times with a
/// resynchronisation in between; then LinkTrouble. One thread.
class LoaderCommands {
 public:
  explicit LoaderCommands(Link& link) : link_(link) {}

  std::uint32_t read_register(std::uint32_t address, const Deadline& deadline);
  /// For values that go into a record: read until two readings in a row agree, because an answer
  /// carries no checksum.
  std::uint32_t read_register_surely(std::uint32_t address, const Deadline& deadline);
  /// Several at once, sent ahead of their answers: at most 8, so that they and one more packet fit
  /// into the ROM's receive ring of 256 bytes. Empty when an answer is missing or refused; the line
  /// is in order again then.
  std::vector<std::uint32_t> read_registers(std::span<const std::uint32_t> addresses,
                                            const Deadline& deadline);
  void write_registers(std::span<const RegisterWrite> writes, const Deadline& deadline);

  /// Sends `data`, wants status 0; used for all commands without a checksum.
  Response command(Op op, std::span<const std::uint8_t> data, Duration limit,
                   const Deadline& deadline);

  /// Copies `bytes` into RAM at `address` in packets of `block` bytes. Throws LinkTrouble when a
  /// packet is refused or lost: a transfer cannot be taken up in the middle.
  void load_memory(std::uint32_t address, std::span<const std::uint8_t> bytes, std::size_t block,
                   const Deadline& deadline);
  /// Runs code at `entry`. The answer may get lost when the code takes the UART over at once.
  void run(std::uint32_t entry, const Deadline& deadline);

  [[nodiscard]] Link& link() { return link_; }

 private:
  Link& link_;
};

}  // namespace plugrig::esp
