#include "drivers/serial/ftdi/byte_ring.hpp"

#include <algorithm>

namespace plugrig::ftdi {

std::size_t ByteRing::push(std::span<const std::uint8_t> bytes) noexcept {
  const std::size_t count = std::min(bytes.size(), memory_.size() - size_);
  if (count == 0) return 0;
  const std::size_t end = (begin_ + size_) % memory_.size();
  const std::size_t first = std::min(count, memory_.size() - end);
  std::copy_n(bytes.begin(), first, memory_.begin() + static_cast<std::ptrdiff_t>(end));
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(first), count - first, memory_.begin());
  size_ += count;
  return count;
}

std::size_t ByteRing::take(std::span<std::uint8_t> into) noexcept {
  const std::size_t count = std::min(into.size(), size_);
  if (count == 0) return 0;
  const std::size_t first = std::min(count, memory_.size() - begin_);
  std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(begin_), first, into.begin());
  std::copy_n(memory_.begin(), count - first, into.begin() + static_cast<std::ptrdiff_t>(first));
  begin_ = (begin_ + count) % memory_.size();
  size_ -= count;
  return count;
}

}  // namespace plugrig::ftdi
