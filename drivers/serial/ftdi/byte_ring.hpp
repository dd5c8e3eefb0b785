#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace plugrig::ftdi {

/// Bytes in order, in a memory of fixed size. No thread rule of its own: the owner locks.
class ByteRing {
 public:
  explicit ByteRing(std::size_t capacity) : memory_(capacity) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// Appends as many as there is room for; returns how many. Never allocates.
  std::size_t push(std::span<const std::uint8_t> bytes) noexcept;
  /// Takes the oldest; returns how many.
  std::size_t take(std::span<std::uint8_t> into) noexcept;
  void clear() noexcept { size_ = 0; }

 private:
  std::vector<std::uint8_t> memory_;
  std::size_t begin_ = 0, size_ = 0;
};

}  // namespace plugrig::ftdi
